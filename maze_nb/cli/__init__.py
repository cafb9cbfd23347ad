"""The commands: ``maze-nb``, the same under ``dask maze``, and ``dask-worker``."""
