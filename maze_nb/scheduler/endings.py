"""How tasks and runs end before they are done, and what follows from the end of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from maze_nb.engine.events import TaskEnded, TaskWithdrawn
from maze_nb.engine.run_progress import Skipped
from maze_nb.model.ids import TaskId
from maze_nb.model.states import TaskState
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.eviction import Eviction
from maze_nb.scheduler.journal import Journal, lost_report
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.scheduler.stopping import Stopping
from maze_nb.wire.keys import DaskKey

logger = logging.getLogger(__name__)


class Endings:
    """Cancels, fails, skips and forgets, and ends runs of which nothing is left to do.

    Guards that of each task it is written once how it ended.
    """

    tasks: dict[DaskKey, TaskRecord]
    runs: LiveRuns
    journal: Journal
    dispatch: Dispatch
    eviction: Eviction
    _stopping: Stopping

    def cancel(self, run: RunRecord, reason: str, *, by_user: bool = True) -> None:
        """Stop what has not ended; a task that runs in a thread ends unheard."""
        if run.finished is not None:
            return
        run.progress.is_cancelled = by_user
        dropped = []
        for task_id in run.progress.unfinished():
            task = run.tasks[task_id]
            run.progress.advance(task_id, TaskState.CANCELLED)
            self.journal.task_cancelled(task, reason)
            dropped.append(task)
        self._stopping.begin(run, dropped)
        self.finish_if_done(run)

    def cancel_task(self, task: TaskRecord, reason: str) -> None:
        """Stop one task, if it has not ended, with its items; what depends on it is skipped.

        A map may have been skipped for one of its items while others go on.
        """
        run = task.run
        stopped = [
            each
            for each in (*run.items_of(task.spec.task_id), task)
            if run.progress.advance(each.spec.task_id, TaskState.CANCELLED)
        ]
        for each in stopped:
            self.journal.task_cancelled(each, reason)
        if stopped:
            self._give_up(task, "was cancelled", stopped)

    def leave_out(self, run: RunRecord, task_ids: Iterable[TaskId], reason: str) -> None:
        """Have tasks not run of a run of which Dask has not heard yet, nor what depends on them."""
        left = [
            run.tasks[task_id]
            for task_id in task_ids
            if task_id in run.tasks and run.progress.advance(task_id, TaskState.CANCELLED)
        ]
        for task in left:
            self.journal.task_cancelled(task, reason)
        for task in left:
            self._skip_dependents(task, "is left out")

    def fail_unplaced(self, task: TaskRecord, kind: str, text: str) -> None:
        """Fail a task that was not placed, with the items it has if it maps."""
        run = task.run
        if not run.progress.advance(task.spec.task_id, TaskState.FAILED):
            return
        self.journal.task_failed(task, lost_report(task, kind, text, text))
        items = [
            each
            for each in run.items_of(task.spec.task_id)
            if run.progress.advance(each.spec.task_id, TaskState.CANCELLED)
        ]
        for each in items:
            self.journal.task_cancelled(each, text)
        self._give_up(task, "failed", [*items, task])
        if run.progress.fail_fast:
            self.cancel(run, f"task {task.spec.name!r} failed", by_user=False)

    def give_up(self, run: RunRecord, tasks: list[TaskRecord]) -> None:
        """Let Dask drop tasks that will not run."""
        for task in tasks:
            self.dispatch.task_over(task)
        self._stopping.begin(run, tasks)

    def _give_up(self, root: TaskRecord, verb: str, tasks: list[TaskRecord]) -> None:
        """Let Dask drop tasks that have ended without a result, and what depends on `root`."""
        run = root.run
        skipped = self._skip_dependents(root, verb)
        self._stopping.begin(run, [*tasks, *(run.tasks[skip.task_id] for skip in skipped)])
        self.finish_if_done(run)

    def forget(self, run: RunRecord) -> None:
        """Drop a run with its results."""
        self.cancel(run, "the run was forgotten")
        run.held = []
        self._let_go(run, list(run.tasks.values()))
        self.runs.drop(run)

    def fail_loudly(self, error: Exception) -> None:
        """Fail every run that has not ended, since what became of it is not known any more."""
        logger.exception("Maze met an internal error; its runs are failed")
        text = f"internal error in the scheduler: {type(error).__name__}: {error}"
        for run in list(self.runs.values()):
            self.fail_run(run, text)

    def fail_run(self, run: RunRecord, text: str) -> None:
        """Fail all of a run that has not ended."""
        for task_id in run.progress.unfinished():
            task = run.tasks[task_id]
            run.progress.advance(task_id, TaskState.FAILED)
            self.journal.task_failed(task, lost_report(task, "MazeError", text, text))
        self.finish_if_done(run)

    def _skip_dependents(self, task: TaskRecord, verb: str) -> list[Skipped]:
        skipped = task.run.progress.skip_dependents(task.spec.task_id)
        for skip in skipped:
            self.dispatch.task_over(task.run.tasks[skip.task_id])
            self.journal.task_skipped(task.run.tasks[skip.task_id], task, verb)
        return skipped

    def finish_if_done(self, run: RunRecord) -> None:
        """Note that a run has ended, if all of its tasks have."""
        if run.finished is not None or not run.progress.is_finished:
            return
        self.journal.run_finished(run)
        run.held = self.eviction.run_ended(run)
        held = {task.key for task in run.held}
        self._let_go(run, [task for task in run.tasks.values() if task.key not in held])

    def _let_go(self, run: RunRecord, tasks: list[TaskRecord]) -> None:
        for task in tasks:
            if task.is_wanted and task.key not in self._stopping:
                # Its outputs were to be loaded, or are being loaded, and nobody reads them now.
                task.is_wanted = False
                self.dispatch.tell(TaskWithdrawn(task.key))
                self.dispatch.tell(TaskEnded(task.key))
            if not run.held:
                self.tasks.pop(task.key, None)
        self.dispatch.release(run.holder, [task.key for task in tasks])
