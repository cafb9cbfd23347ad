"""What is served under which address."""

from __future__ import annotations

from maze_nb.server.nodes import NodesHandler
from maze_nb.server.runs import RunsHandler
from maze_nb.server.view_socket import ViewSocket

HANDLERS = [
    (r"/maze/api/runs", RunsHandler),
    (r"/maze/api/nodes", NodesHandler),
    (r"/maze/view", ViewSocket),
]
