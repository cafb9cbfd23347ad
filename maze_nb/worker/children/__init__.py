"""Child processes of a worker, for tasks that have to be stoppable or alone with devices."""
