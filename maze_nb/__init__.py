"""Maze-nb: run a notebook as a distributed workflow on Dask."""
