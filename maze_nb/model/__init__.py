"""The nouns of Maze: ids, tasks, resources, graphs, nodes, states and events."""
