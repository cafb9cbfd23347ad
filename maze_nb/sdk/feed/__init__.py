"""What a live view is told of runs, and what it may ask: the same for every host of a view."""
