"""The code that executes tasks: one file a kind, behind one small protocol."""
