"""What a worker tells the scheduler while its tasks run.

Notices ride on the worker's own ordered stream, so they arrive before what Dask sends after them.
That a task began is told only of those still running a moment later: short tasks report their
start with their end, and cost no message.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from distributed.worker import Worker

from maze_nb.errors import MazeError

STARTED = "maze-started"
FAILED = "maze-failed"
STOPPED = "maze-stopped"
PLUGIN = "maze-worker"
_DELAY = 0.05


class Notices:
    """Collects and sends notices; called from the worker's threads and its event loop."""

    def __init__(self, worker: Worker, node_id: str) -> None:
        self.node_id = node_id
        self._worker = worker
        self._running: dict[Hashable, tuple[int, float]] = {}
        self._untold: dict[Hashable, None] = {}
        self._stopping: set[Hashable] = set()
        self._is_due = False

    def begin(self, key: Hashable, attempt: int, started: float) -> None:
        """Note that a task began; ``started`` in seconds since 1970."""
        self._running[key] = (attempt, started)
        self._untold[key] = None
        if not self._is_due:
            self._is_due = True
            self._worker.loop.add_callback(self._schedule)

    def fail(self, key: Hashable, attempt: int, report: bytes) -> None:
        """Tell at once how a task failed."""
        self._send({"op": FAILED, "key": key, "attempt": attempt, "report": report})

    def end(self, key: Hashable) -> None:
        """Note that a task's code ended; told only if the scheduler gave the task up."""
        self._running.pop(key, None)
        self._untold.pop(key, None)
        if key in self._stopping:
            self._stopping.discard(key)
            self._send({"op": STOPPED, "keys": [key]})

    def stop(self, keys: Iterable[Hashable]) -> None:
        """Answer when the code of each of these tasks, which were given up, does not run."""
        idle = []
        for key in keys:
            self._stopping.add(key)
            if key not in self._running and key in self._stopping:
                self._stopping.discard(key)
                idle.append(key)
        if idle:
            self._worker.batched_send({"op": STOPPED, "keys": idle})

    def _send(self, message: dict[str, Any]) -> None:
        self._worker.loop.add_callback(self._worker.batched_send, message)

    def _schedule(self) -> None:
        self._worker.loop.call_later(_DELAY, self._tell_started)

    def _tell_started(self) -> None:
        self._is_due = False
        told = []
        for key in list(self._untold):
            self._untold.pop(key, None)
            begun = self._running.get(key)
            if begun is not None:
                told.append((key, *begun))
        if told:
            self._worker.batched_send({"op": STARTED, "tasks": told})


def notices_of(worker: Worker) -> Notices:
    """Return the notices of a worker.

    Raises
    ------
    MazeError
        If the worker half of Maze is not installed there.
    """
    plugin = worker.plugins.get(PLUGIN)
    found = getattr(plugin, "notices", None)
    if found is None:
        raise MazeError(f"worker {worker.address} has no worker half of Maze: is the scheduler's?")
    return found  # type: ignore[no-any-return]
