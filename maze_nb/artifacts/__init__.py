"""Files that tasks leave behind: what is known of them, where they are kept, how they are read."""
