"""What a worker tells the scheduler while its tasks run.

Notices ride on the worker's own ordered stream, so they arrive before what Dask sends after them.
That a task began is told only of those still running a moment later: short tasks report their
start with their end, and cost no message.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from distributed.worker import Worker

from maze_nb.errors import MazeError
from maze_nb.model.attempt import Usage
from maze_nb.worker.files.results import Results, results_folder
from maze_nb.worker.memory import OwnMemory
from maze_nb.worker.usage import Growth

STARTED = "maze-started"
FAILED = "maze-failed"
STOPPED = "maze-stopped"
TOLD = "maze-told"
PLUGIN = "maze-worker"
_DELAY = 0.05
_MEASURE_AGAIN = 0.15


class Notices:
    """Collects and sends notices; called from the worker's threads and its event loop.

    Parameters
    ----------
    worker
        Whose they are.
    node_id
        The node it belongs to.
    results_dir
        Its folder for what tasks leave behind; by default one in the home of Maze.

    Attributes
    ----------
    children
        The child processes in which tasks run that need one.
    results
        What it keeps of tasks in files.
    """

    def __init__(self, worker: Worker, node_id: str, results_dir: str = "") -> None:
        # Whoever submits tasks imports this module, and has no child processes.
        from maze_nb.worker.children.pool import Children

        self.node_id = node_id
        self.results = Results(results_folder(results_dir))
        self.children = Children(node_id)
        self._worker = worker
        self._memory = OwnMemory()
        self._running: dict[Hashable, tuple[int, float]] = {}
        self._growing: dict[Hashable, Growth] = {}
        self._stops: dict[Hashable, Callable[[], None]] = {}
        self._untold: dict[Hashable, None] = {}
        self._stopping: set[Hashable] = set()
        self._is_due = False
        self._is_measuring = False

    @property
    def active(self) -> int:
        """How many tasks run now."""
        return len(self._running)

    def begin(self, key: Hashable, placement: int, started: float, *, is_here: bool = True) -> None:
        """Note that a task began.

        Parameters
        ----------
        placement
            Tells apart how often it was sent to a worker.
        started
            Seconds since 1970.
        is_here
            Whether its code runs in this process.
        """
        if is_here:
            self._growing[key] = Growth(self._memory())
        self._running[key] = (placement, started)
        self._untold[key] = None
        if not self._is_due:
            self._is_due = True
            self._worker.loop.add_callback(self._schedule)

    def may_stop(self, key: Hashable, stop: Callable[[], None]) -> None:
        """Say how the code of a task that runs can be stopped, without waiting for it."""
        self._stops[key] = stop
        if key in self._stopping:
            stop()

    def usage(self, key: Hashable) -> Usage:
        """Return by how much this process grew since a task began here."""
        growth = self._growing[key]
        growth.note(self._memory())
        return growth.usage()

    def fail(self, key: Hashable, placement: int, report: bytes) -> None:
        """Tell at once how a task failed."""
        self._send({"op": FAILED, "key": key, "placement": placement, "report": report})

    def tell(self, key: Hashable, data: bytes) -> None:
        """Tell what a task that runs has shown, unless it was given up.

        Parameters
        ----------
        data
            As :func:`~maze_nb.wire.shown.encode_told` made it.
        """
        begun = self._running.get(key)
        if begun is not None and key not in self._stopping:
            placement, started = begun
            self._send(
                {"op": TOLD, "key": key, "placement": placement, "started": started, "data": data}
            )

    def end(self, key: Hashable) -> None:
        """Note that a task's code ended; told only if the scheduler gave the task up."""
        self._stops.pop(key, None)
        self._running.pop(key, None)
        self._growing.pop(key, None)
        self._untold.pop(key, None)
        if key in self._stopping:
            self._stopping.discard(key)
            self._send({"op": STOPPED, "keys": [key]})

    def stop(self, keys: Iterable[Hashable]) -> None:
        """Stop the code of these tasks, which were given up; answer when it does not run.

        What runs in a child process is told to end at once. What runs in a thread cannot be
        stopped.
        """
        idle = []
        for key in keys:
            self._stopping.add(key)
            if key not in self._running and key in self._stopping:
                self._stopping.discard(key)
                idle.append(key)
                continue
            stop = self._stops.get(key)
            if stop is not None:
                stop()
        if idle:
            self._worker.batched_send({"op": STOPPED, "keys": idle})

    def yield_devices(self, gpu_ids: Iterable[int]) -> None:
        """Let go of devices that another worker of this node is about to use."""
        self.children.yield_devices(gpu_ids)

    def close(self) -> None:
        """End all child processes; does not wait for it."""
        self.children.close()

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
        if self._growing and not self._is_measuring:
            self._measure()

    def _measure(self) -> None:
        memory = self._memory()
        for growth in list(self._growing.values()):
            growth.note(memory)
        self._is_measuring = bool(self._growing)
        if self._is_measuring:
            self._worker.loop.call_later(_MEASURE_AGAIN, self._measure)


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
