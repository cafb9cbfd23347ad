"""Notebooks run headless: parameters in, an executed copy, a report and an exit code out."""
