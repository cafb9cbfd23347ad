"""Where clusters come from: the embedded one of this process, or one to attach to."""

from __future__ import annotations

from maze_nb.deploy.attach import attach
from maze_nb.deploy.connection import Connection, connect
from maze_nb.deploy.embedded import EmbeddedCluster, embedded_cluster, start_embedded

__all__ = [
    "Connection",
    "EmbeddedCluster",
    "attach",
    "connect",
    "embedded_cluster",
    "start_embedded",
]
