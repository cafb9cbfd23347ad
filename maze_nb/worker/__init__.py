"""The half of Maze that lives in Dask workers: probing the machine, executing tasks."""
