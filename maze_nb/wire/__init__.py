"""To and from bytes: events, specs, user code and values, and the Dask graph of a run."""
