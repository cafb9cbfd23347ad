"""Changing a workflow that is not run yet by edits in plain data, as views send them."""
