"""Tasks that are commands, and cells that are: run by Bash, ended with all that they started."""
