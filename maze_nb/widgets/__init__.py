"""The live widget of a run, and how runs and graphs are displayed in a notebook."""
