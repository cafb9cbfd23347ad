"""What Maze adds to the scheduler's own web server: tasks, their files, metrics."""
