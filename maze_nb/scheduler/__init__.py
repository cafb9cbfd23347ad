"""The half of Maze that lives in the Dask scheduler: hooks, instructions to Dask calls, RPC."""
