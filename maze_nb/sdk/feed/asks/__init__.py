"""The questions of a view that have one answer each, a file for each."""
