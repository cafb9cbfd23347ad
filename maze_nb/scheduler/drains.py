"""Nodes that get no new work: until someone says otherwise, or until they can be closed."""

from __future__ import annotations

import asyncio
import logging

from distributed.scheduler import Scheduler

from maze_nb.engine.events import NodeDrained, NodeUndrained
from maze_nb.errors import MazeError, nearest
from maze_nb.model.ids import NodeId
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.nodes import NodeList

logger = logging.getLogger(__name__)


class Drains:
    """The nodes that are being drained; guards that each is closed once, and only when idle."""

    def __init__(self, scheduler: Scheduler, dispatch: Dispatch, nodes: NodeList) -> None:
        self._scheduler = scheduler
        self._dispatch = dispatch
        self._nodes = nodes
        self._to_close: set[NodeId] = set()
        self._closing: set[asyncio.Task[None]] = set()

    def drain(self, node_id: str, *, close: bool) -> None:
        """Give a node no new work; `close` its workers when they have nothing left to do.

        Raises
        ------
        MazeError
            If there is no such node.
        """
        found = self._known(node_id)
        self._dispatch.tell(NodeDrained(found))
        if close:
            self._to_close.add(found)

    def undrain(self, node_id: str) -> None:
        """Give a node work again.

        Raises
        ------
        MazeError
            If there is no such node.
        """
        found = self._known(node_id)
        self._to_close.discard(found)
        self._dispatch.tell(NodeUndrained(found))

    def review(self) -> None:
        """Close those that have nothing left to do."""
        fleet = self._dispatch.engine.fleet
        for node_id in list(self._to_close):
            slots = fleet.slots_of.get(node_id, ())
            if any(slot.running or slot.ahead for slot in slots):
                continue
            self._to_close.discard(node_id)
            workers = [slot.slot.slot_id for slot in slots]
            if workers:
                task = asyncio.create_task(self._close(list(map(str, workers))))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    async def _close(self, workers: list[str]) -> None:
        # Dask moves what only these workers hold before it ends them.
        try:
            await self._scheduler.retire_workers(workers=workers, close_workers=True, remove=True)
        except Exception:
            logger.exception("the drained workers %s could not be closed", workers)
        left = [worker for worker in workers if worker in self._scheduler.workers]
        if left:
            logger.warning("%s stay: no other worker can take the results they hold", left)

    def _known(self, node_id: str) -> NodeId:
        nodes = self._dispatch.engine.fleet.nodes
        if node_id not in nodes and self._nodes.is_gone(node_id):
            raise MazeError(
                f"node {node_id!r} has ended; start its workers again to have it back, such as "
                f"with maze-nb worker --id {node_id}"
            )
        if node_id not in nodes:
            raise MazeError(f"there is no node {node_id!r}: {nearest(node_id, nodes)}")
        return NodeId(node_id)
