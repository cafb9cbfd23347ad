"""What tests of notebooks and workflows use: the plugin for pytest."""
