"""Carries runs through: what clients ask for and what Dask tells, to engine and journal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.engine.events import Fate, SlotJoined, SlotLeft, TaskEnded, TaskWithdrawn
from maze_nb.engine.run_progress import Skipped
from maze_nb.errors import ResourceError
from maze_nb.model.events import OutputInfo
from maze_nb.model.ids import SlotId
from maze_nb.model.node import Slot
from maze_nb.model.states import TaskState
from maze_nb.scheduler.attempts import Retries, fate_of, note_failure
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.eviction import Eviction, are_here
from maze_nb.scheduler.journal import Journal, lost_report
from maze_nb.scheduler.lineage import Lineage
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.lost_results import LostResults
from maze_nb.scheduler.reuse import CACHE, Reuse
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.scheduler.stopping import Stopping
from maze_nb.scheduler.writer import StoreWriter
from maze_nb.store.protocol import RunStore
from maze_nb.store.result_cache import ResultCache
from maze_nb.wire.keys import DaskKey
from maze_nb.wire.task_call import FailureReport, SuccessReport

logger = logging.getLogger(__name__)


class Conductor:
    """All runs of one scheduler.

    Responsibilities: keep the records in step with Dask, write the journal, tell the engine.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        store: RunStore,
        cache: ResultCache | None,
        load: Callable[..., Any],
    ) -> None:
        self.crew = Crew()
        self.tasks: dict[DaskKey, TaskRecord] = {}
        self.runs = LiveRuns(self.tasks)
        self.writer = StoreWriter(store, self.runs.note_written)
        self.reuse = Reuse(cache)
        self.journal = Journal(self.writer, self.crew.node_of)
        self.lineage = Lineage(scheduler, self.tasks, load)
        self.dispatch = Dispatch(
            scheduler,
            self.crew,
            self.tasks,
            self.lineage,
            pending=self._note_pending,
            reject=self._reject,
            broken=self.fail_loudly,
        )
        self.engine = self.dispatch.engine
        self.eviction = Eviction(self.dispatch)
        self._retries = Retries(self.crew, self.journal, self.dispatch, self._end, self.task_failed)
        self.lost_results = LostResults(
            scheduler, self.tasks, self.journal, self.lineage, self.task_ready
        )
        self._scheduler = scheduler
        self._stopping = Stopping(self.dispatch)

    # What clients ask for

    def shut_gates(self, run: RunRecord) -> None:
        """Hold back all tasks of a run whose graph Dask has just got; those stored are cut off."""
        for task in run.tasks.values():
            self.shut(task)
            if task.is_stored:
                self.lineage.cut(task)
        self.dispatch.wake()

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
        """Stop one task, if it has not ended; what depends on it is skipped."""
        run = task.run
        if not run.progress.advance(task.spec.task_id, TaskState.CANCELLED):
            return
        self.journal.task_cancelled(task, reason)
        skipped = self._skip_dependents(task, "was cancelled")
        self._stopping.begin(run, [task, *(run.tasks[skip.task_id] for skip in skipped)])
        self.finish_if_done(run)

    def forget(self, run: RunRecord) -> None:
        """Drop a run with its results."""
        self.cancel(run, "the run was forgotten")
        run.held = []
        self._let_go(run, list(run.tasks.values()))
        self.runs.drop(run)

    # What Dask tells

    def task_started(self, task: TaskRecord, started: float) -> None:
        """Note that a task's code runs; `started` in seconds since 1970."""
        if task.run.progress.advance(task.spec.task_id, TaskState.RUNNING):
            self.journal.task_started(task, started)

    def shut(self, task: TaskRecord) -> None:
        """Hold a task back from every worker, should it have to run again."""
        self.dispatch.binding.shut(task.key)

    def task_ready(self, task: TaskRecord) -> None:
        """Queue a task that waits for a place, if there is a use for it."""
        if not task.is_wanted or task.is_given_up:
            return
        known = self.reuse.find(task)
        if known is not None and self.reused(task, known.outputs, CACHE):
            task.is_wanted = task.run.progress.is_needed(task.spec.task_id)
            if task.is_wanted:
                self.lineage.cut(task)
                self.dispatch.ready(task)
            else:
                # It may have been ready before, when it was not known yet.
                self.dispatch.tell(TaskWithdrawn(task.key))
            self.finish_if_done(task.run)
        else:
            self.dispatch.ready(task)

    def task_succeeded(self, task: TaskRecord, report: SuccessReport) -> None:
        """Note that a task is done."""
        self._end(task, report.duration, Fate.DONE)
        task.is_wanted = False
        if task.run.progress.advance(task.spec.task_id, TaskState.SUCCEEDED):
            self.note_outputs(task, report.outputs)
            self.reuse.keep(task, report.duration)
            self.dispatch.task_over(task)
            self.journal.task_finished(task, report)
            self.finish_if_done(task.run)
        if task.run.finished is None:
            self.eviction.task_ended(task)

    def reused(self, task: TaskRecord, outputs: tuple[OutputInfo, ...], source: str) -> bool:
        """Note that a task need not run, as its outputs are known; `source` says from where.

        Returns
        -------
        bool
            Whether it need not; False if they cannot be had any more.
        """
        if not are_here(outputs):
            return False
        if not task.run.progress.advance(task.spec.task_id, TaskState.SUCCEEDED):
            return False
        self.note_outputs(task, outputs)
        self.journal.task_reused(task, outputs, source)
        return True

    def note_outputs(self, task: TaskRecord, outputs: tuple[OutputInfo, ...]) -> None:
        """Note what a task that succeeded has made, and where that is."""
        task.outputs = outputs
        task.is_stored = are_here(outputs)

    def failure_told(self, task: TaskRecord, report: FailureReport) -> None:
        """Note how a task failed, before Dask says that it did, and decide what follows."""
        if task.cut is not None or task.run.progress.states[task.spec.task_id].is_final:
            task.failure = report
            return
        note_failure(task, report, self.crew)
        state = self._scheduler.tasks.get(task.key)
        if state is not None:
            state.retries = 0 if task.retry_in is None else 1

    def task_failed(self, task: TaskRecord, report: FailureReport) -> None:
        """Note that a task failed for good; what depends on it is skipped."""
        self._end(task, report.duration or None, fate_of(report))
        self.dispatch.tell(TaskWithdrawn(task.key))
        run = task.run
        if not run.progress.advance(task.spec.task_id, TaskState.FAILED):
            return
        self.dispatch.task_over(task)
        self.journal.task_failed(task, report)
        self._skip_dependents(task, "failed")
        if run.progress.fail_fast:
            self.cancel(run, f"task {task.spec.name!r} failed", by_user=False)
        self.finish_if_done(run)

    def task_returned(self, task: TaskRecord) -> None:
        """Note that a placed task is not placed any more and has no outcome."""
        self.shut(task)
        state = self._scheduler.tasks[task.key]
        is_lost, is_retried = state.suspicious > 0, state.retries == 0
        state.suspicious = state.retries = 0
        if task.key in self._stopping:
            return
        if task.cut is not None:
            self._load_ended(task, is_lost=is_lost or is_retried)
            return
        was_running = self.dispatch.is_running(task)
        if task.retry_in is not None:
            self._retries.after_failure(task, task.retry_in)
        else:
            self._end(task, None)
            if was_running and not task.run.progress.states[task.spec.task_id].is_final:
                self._retries.after_loss(task, is_lost=is_lost)

    def result_lost(self, task: TaskRecord) -> None:
        """Note that Dask lost the result of a finished task; it is made again when it is needed."""
        self.shut(task)
        self.lost_results.note(task)

    def task_forgotten(self, task: TaskRecord) -> None:
        """Note that Dask dropped a task that nobody here gave up."""
        if task.key in self._stopping:
            return
        self._end(task, None)
        self.dispatch.tell(TaskWithdrawn(task.key))
        if task.run.progress.advance(task.spec.task_id, TaskState.CANCELLED):
            self.journal.task_cancelled(task, "Dask dropped it: it was cancelled or restarted")
            self._skip_dependents(task, "was cancelled")
            self.finish_if_done(task.run)

    def tasks_stopped(self, keys: Iterable[DaskKey]) -> None:
        """Note that the code of cancelled tasks has ended."""
        self._stopping.stopped(keys)

    def slot_joined(self, slot: Slot) -> None:
        """Take a worker into service."""
        self.dispatch.tell(SlotJoined(slot))

    def worker_left(self, worker: str) -> None:
        """Note that a worker is gone."""
        self.crew.leave(worker)
        self._stopping.worker_left(worker)
        self.dispatch.tell(SlotLeft(SlotId(worker)))

    def fail_loudly(self, error: Exception) -> None:
        """Fail every run that has not ended, since what became of it is not known any more."""
        logger.exception("Maze met an internal error; its runs are failed")
        text = f"internal error in the scheduler: {type(error).__name__}: {error}"
        for run in list(self.runs.values()):
            for task_id in run.progress.unfinished():
                task = run.tasks[task_id]
                run.progress.advance(task_id, TaskState.FAILED)
                self.journal.task_failed(task, lost_report(task, "MazeError", text, text))
            self.finish_if_done(run)

    # What follows

    def _note_pending(self, task: TaskRecord, reason: str) -> None:
        if task.run.progress.states[task.spec.task_id].is_final:
            return  # it has ended, and only its outputs wait to be in memory again
        task.run.progress.advance(task.spec.task_id, TaskState.PENDING)
        faults = self.crew.faults()
        whole = f"{reason} ({'; '.join(faults)})" if faults else reason
        self.journal.task_pending(task, whole)

    def _reject(self, task: TaskRecord, reason: str) -> None:
        self.task_failed(task, lost_report(task, "ResourceError", reason, reason))
        self.dispatch.binding.reject(task, ResourceError(reason))

    def _load_ended(self, task: TaskRecord, *, is_lost: bool) -> None:
        self._end(task, None)
        if task.failure is not None and task.failure.is_missing:
            self.lost_results.load_failed(task)
        elif is_lost:
            self.lost_results.load_lost(task)

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

    def _end(self, task: TaskRecord, duration: float | None, fate: Fate | None = None) -> None:
        self._stopping.over(task.key)
        self.dispatch.tell(TaskEnded(task.key, duration, fate))
