"""Sweeps: one notebook, run for each combination of some parameters."""
