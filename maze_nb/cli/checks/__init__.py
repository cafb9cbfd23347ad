"""What ``maze-nb doctor`` looks at, one file each."""
