"""The run store: what is known of every run, by ``run_id``."""
