"""Workflows written as files: YAML or JSON, read with the place of everything in them."""
