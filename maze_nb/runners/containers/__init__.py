"""Tasks that are containers, run by Docker or Podman."""
