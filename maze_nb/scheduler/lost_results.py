"""Results that were lost with their workers: which are made again, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.scheduler.journal import Journal
from maze_nb.scheduler.run_record import TaskRecord

_WHY = "its result was lost with the worker that held it"


class LostResults:
    """Decides on results that Dask lost, and would make again at once.

    In a run that goes on, those are made again that another task still reads, or that cannot be
    read from the run's events. All others, as those of runs that have ended, wait behind their
    gates until somebody reads them.

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
        ready: Callable[[TaskRecord], None],
    ) -> None:
        self._scheduler = scheduler
        self._tasks = tasks
        self._journal = journal
        self._ready = ready

    def note(self, task: TaskRecord) -> None:
        """Note that the result of a task was lost."""
        is_needed = task.run.progress.is_needed(task.spec.task_id)
        if task.run.finished is None and (is_needed or not task.is_told):
            self.want(task)

    def want(self, task: TaskRecord) -> None:
        """Have a result made again if it was lost, with all that this takes."""
        seen = set()
        asked: list[Any] = [task.key]
        while asked:
            key = asked.pop()
            state = self._scheduler.tasks.get(key)
            if key in seen or state is None or (state.state == "memory" and key != task.key):
                continue
            seen.add(key)
            asked.extend(dependency.key for dependency in state.dependencies)
            found = self._tasks.get(key)
            if found is not None and not found.is_wanted:
                self._make_again(found, is_waiting=state.state == "no-worker")

    def _make_again(self, task: TaskRecord, *, is_waiting: bool) -> None:
        task.is_wanted = True
        run = task.run
        if run.finished is None and run.progress.reopen(task.spec.task_id):
            self._journal.task_retried(task, _WHY)
        if is_waiting:
            self._ready(task)
