"""What tasks leave in files: their folders, logs and summaries, and the way of files from there."""
