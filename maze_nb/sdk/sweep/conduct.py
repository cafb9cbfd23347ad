"""Running a sweep: each combination a run of its own, so many at a time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from maze_nb.errors import ConnectionFailedError, MazeError
from maze_nb.model.states import RunStatus
from maze_nb.sdk.notebook import notebook_task
from maze_nb.sdk.notebook_file import NotebookFile
from maze_nb.sdk.sweep.collect import row_of
from maze_nb.sdk.sweep.folder import Plan, SweepFolder
from maze_nb.sdk.sweep.row import Row

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.run import Run

_LOOK_SECONDS = 1.0
_CANCEL_SECONDS = 15.0
_FEWEST, _MOST = 4, 64


class Listener(Protocol):
    """Told of each combination; from the thread that runs the sweep."""

    def started(self, row: Row) -> None:
        """Hear that a combination was submitted."""

    def ended(self, row: Row) -> None:
        """Hear what came of one."""


class Silence:
    """Listens to nothing."""

    def started(self, row: Row) -> None:
        """Do nothing."""

    def ended(self, row: Row) -> None:
        """Do nothing."""


def conduct(
    client: MaClient,
    folder: SweepFolder,
    plan: Plan,
    found: NotebookFile,
    rows: Iterable[Row],
    *,
    count: int,
    max_parallel: int | None,
    listener: Listener,
) -> None:
    """Run combinations of a sweep, and keep what comes of each as soon as it has ended.

    Parameters
    ----------
    found
        The notebook.
    rows
        Which combinations.
    count
        How many the sweep has.
    max_parallel
        How many may run at once; None: as many as the cluster can.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted: what ran was cancelled, and is kept as that.
    ConnectionFailedError
        If the cluster is lost.
    """
    conductor = _Conductor(client, folder, plan, found, count, listener)
    most = max_parallel or _as_many_as_fit(client)
    waiting = deque(rows)
    try:
        while waiting or conductor.live:
            while waiting and len(conductor.live) < most:
                conductor.submit(waiting.popleft())
            conductor.look()
    except BaseException:
        conductor.cancel()
        raise


class _Conductor:
    def __init__(
        self,
        client: MaClient,
        folder: SweepFolder,
        plan: Plan,
        found: NotebookFile,
        count: int,
        listener: Listener,
    ) -> None:
        self.live: dict[int, tuple[Row, Run]] = {}
        self._client = client
        self._folder = folder
        self._plan = plan
        self._found = found
        self._count = count
        self._listener = listener
        self._news = threading.Event()

    def submit(self, row: Row) -> None:
        plan = self._plan
        given = {**plan.fixed, **row.parameters}
        name = f"{plan.name} {row.label}"
        function = notebook_task(self._found, given, (), Path(plan.notebook).stem)
        workflow = self._client.create_workflow(name)
        workflow.add_task(function, given, resources=plan.resources or None, **plan.options)
        run = self._client.get_run(workflow.run())
        self.live[row.number] = row, run
        run.log.subscribe(self._news.set)
        self._news.set()
        self._listener.started(msgspec.structs.replace(row, run_id=run.run_id))

    def look(self) -> None:
        """Wait for news, and keep what has ended."""
        self._news.wait(_LOOK_SECONDS)
        self._news.clear()
        for row, run in [*self.live.values()]:
            if run.is_finished:
                self._end(row, run)
                continue
            try:
                run.log.wait(run.log.last_seq, 0)
            except MazeError as error:
                self._end(row, run)
                raise ConnectionFailedError(
                    f"the cluster was lost while the sweep ran ({error}): what has ended is in "
                    f"{self._folder.path}"
                ) from error

    def cancel(self) -> None:
        """Cancel what runs, and keep that it was; in bounded time."""
        for _, run in self.live.values():
            with suppress(Exception):
                run.cancel()
        until = time.monotonic() + _CANCEL_SECONDS
        with suppress(MazeError):
            while self.live and time.monotonic() < until:
                self.look()
        for row, _ in self.live.values():
            self._keep(msgspec.structs.replace(row, status=RunStatus.CANCELLED.value))
        self.live.clear()

    def _end(self, row: Row, run: Run) -> None:
        del self.live[row.number]
        self._keep(row_of(row, run, self._folder, self._found.notebook.name, self._count))

    def _keep(self, row: Row) -> None:
        self._folder.add(row)
        self._listener.ended(row)


def _as_many_as_fit(client: MaClient) -> int:
    """Return how many runs keep all cores busy without the scheduler holding all of a sweep."""
    cores = sum(node.cpu for node in client.nodes())
    return min(max(int(2 * cores), _FEWEST), _MOST)
