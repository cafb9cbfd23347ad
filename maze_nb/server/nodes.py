"""The nodes of the schedulers that are known on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from maze_nb.errors import MazeError
from maze_nb.server.request import JsonHandler

if TYPE_CHECKING:
    from maze_nb.server.schedulers import Schedulers


class NodesHandler(JsonHandler):
    """Tells the nodes, asked for in bounded time."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return ``{"nodes", "schedulers", "reason"}``; the reason says why there are none."""
        self.tell(await self.room.run(lambda: nodes_told(self.room.schedulers())))


def nodes_told(schedulers: Schedulers) -> dict[str, Any]:
    """Return the nodes of all schedulers, each with the address of its own."""
    try:
        found = schedulers.nodes()
        if not found:
            schedulers.any()
    except MazeError as error:
        return {"nodes": [], "schedulers": [], "reason": str(error)}
    nodes = [
        {**msgspec.to_builtins(node), "scheduler": each.address}
        for each in found
        for node in each.nodes
    ]
    silent = [each.reason for each in found if each.reason]
    told = [{"address": each.address, "reason": each.reason} for each in found]
    without = "the scheduler has no nodes yet: start one with `maze-nb worker`"
    reason = "" if nodes else next(iter(silent), without)
    return {"nodes": nodes, "schedulers": told, "reason": reason}
