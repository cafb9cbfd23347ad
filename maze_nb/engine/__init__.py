"""Decisions: events in, instructions out; no Dask, no I/O, no clock, no randomness."""
