"""Results that the cluster's memory does not hold any more: which are had again, when and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from distributed.scheduler import Scheduler, TaskState

from maze_nb.scheduler.journal import Journal
from maze_nb.scheduler.lineage import Lineage
from maze_nb.scheduler.run_record import TaskRecord

LOST_WITH_WORKER = "its result was lost with the worker that held it"
LOST_WITH_SCHEDULER = "its result was lost with the scheduler"
_GONE = "its stored result cannot be read any more"
_LOADS_LOST_MAX = 3
"""So many workers may be lost, or break, while they load a result; then it is computed again."""


class LostResults:
    """Decides on results that Dask does not hold, and would make again at once.

    In a run that goes on, those are made again that another task still reads, or that are not
    stored. All others, as those of runs that have ended, wait behind their gates until somebody
    reads them. What is stored is loaded, all else computed.

    Parameters
    ----------
    tasks
        All tasks by their keys.
    ready
        Queues a task that waits for a place.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        tasks: Mapping[Any, TaskRecord],
        journal: Journal,
        lineage: Lineage,
        ready: Callable[[TaskRecord], None],
    ) -> None:
        self._scheduler = scheduler
        self._tasks = tasks
        self._journal = journal
        self._lineage = lineage
        self._ready = ready

    def note(self, task: TaskRecord) -> None:
        """Note that Dask does not hold the result of a task any more."""
        is_needed = task.run.progress.is_needed(task.spec.task_id)
        if task.run.finished is None and (is_needed or not task.is_stored):
            self.want(task)

    def want(self, task: TaskRecord, why: str = LOST_WITH_WORKER) -> None:
        """Have a result loaded or made again if Dask does not hold it, with all that this takes."""
        seen = set()
        asked: list[Any] = [task.key]
        while asked:
            key = asked.pop()
            state = self._scheduler.tasks.get(key)
            if key in seen or state is None or (state.state == "memory" and key != task.key):
                continue
            seen.add(key)
            found = self._tasks.get(key)
            if found is not None and (found.joined_to or self._load(found, state)):
                continue
            asked.extend(dependency.key for dependency in state.dependencies)
            if found is not None and not found.is_wanted:
                self._make_again(found, why, is_waiting=state.state == "no-worker")

    def load_failed(self, task: TaskRecord) -> None:
        """Note that the stored outputs of a task are gone, while Dask holds it as released."""
        self._lineage.mend(task)
        task.is_stored = task.is_wanted = False
        self.want(task, _GONE)

    def load_lost(self, task: TaskRecord) -> None:
        """Note that a worker was lost, or broke, while it loaded the outputs of a task."""
        task.loads_lost += 1
        if task.loads_lost >= _LOADS_LOST_MAX:
            self.load_failed(task)

    def _load(self, task: TaskRecord, state: TaskState) -> bool:
        if not task.is_stored:
            return False
        if task.is_wanted and task.cut is not None:
            return True
        if not self._lineage.cut(task):
            return False
        task.is_wanted = True
        if state.state == "no-worker":
            self._ready(task)
        return True

    def _make_again(self, task: TaskRecord, why: str, *, is_waiting: bool) -> None:
        task.is_wanted = True
        run = task.run
        if run.finished is None and run.progress.reopen(task.spec.task_id):
            self._journal.task_retried(task, why)
        if is_waiting:
            self._ready(task)
