"""Code that is written: values, names and calls as the source of a Python module."""
