"""The runs that a scheduler carries through, and those it still holds results of in memory."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterable, Sequence

from maze_nb.scheduler.run_record import HOLDER_PREFIX, RunRecord, TaskRecord
from maze_nb.store.protocol import Entry
from maze_nb.wire.keys import DaskKey


class LiveRuns(UserDict[str, RunRecord]):
    """Runs by id; those that have ended leave once all is on disk and nothing is held of them.

    Parameters
    ----------
    tasks
        The tasks of these runs by their keys; kept up here.
    """

    def __init__(self, tasks: dict[DaskKey, TaskRecord]) -> None:
        super().__init__()
        self._tasks = tasks

    def add(self, run: RunRecord) -> None:
        """Take a run in; its tasks become ready as Dask gets to know them."""
        self[run.run_id] = run
        self.grow(run.tasks.values())

    def grow(self, tasks: Iterable[TaskRecord]) -> None:
        """Take in further tasks of a run that is here."""
        self._tasks.update({task.key: task for task in tasks})

    def drop(self, run: RunRecord) -> None:
        """Let a run go, whatever its state."""
        self.pop(run.run_id, None)
        run.news.set()

    def held_by(self, holder: str) -> RunRecord | None:
        """Return the run whose keys are held under this name."""
        return self.get(holder.removeprefix(HOLDER_PREFIX))

    def note_written(self, entries: Sequence[Entry]) -> None:
        """Note that events are on disk; without any, that there is other news for who waits."""
        for run_id, seq, _ in entries:
            run = self.get(run_id)
            if run is not None:
                run.written = seq
        for run in list(self.values()):
            run.news.set()
            if run.finished is not None and run.is_written and not run.held:
                self.drop(run)
