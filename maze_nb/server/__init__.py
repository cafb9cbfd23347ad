"""The extension of Jupyter Server: runs, nodes and live views without a kernel."""

from __future__ import annotations


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    # Whatever else asks this module something does not need all of Jupyter Server for it.
    from maze_nb.server.app import MazeServerApp

    return [{"module": "maze_nb.server", "app": MazeServerApp}]
