"""Carries runs through: what clients ask for and what Dask tells, to engine and journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.engine.events import Fate, SlotJoined, SlotLeft, TaskEnded, TaskWithdrawn
from maze_nb.errors import ResourceError
from maze_nb.model.ids import SlotId
from maze_nb.model.node import Slot
from maze_nb.model.output import OutputInfo
from maze_nb.model.states import TaskState
from maze_nb.scheduler.attempts import Retries, fate_of, note_failure
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.endings import Endings
from maze_nb.scheduler.eviction import Eviction, are_here
from maze_nb.scheduler.journal import Journal, lost_report
from maze_nb.scheduler.lineage import Lineage
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.lost_results import LostResults
from maze_nb.scheduler.outflow import Outflow
from maze_nb.scheduler.reuse import CACHE, Reuse
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.scheduler.stopping import Stopping
from maze_nb.scheduler.writer import StoreWriter
from maze_nb.store.protocol import RunStore
from maze_nb.store.result_cache import ResultCache
from maze_nb.wire.keys import DaskKey
from maze_nb.wire.shown import Shown, Told
from maze_nb.wire.task_call import FailureReport, SuccessReport


class Conductor(Endings):
    """All runs of one scheduler.

    Responsibilities: keep the records in step with Dask, write the journal, tell the engine.

    Attributes
    ----------
    made
        Called with each task that has succeeded, once it is known what it made.
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
        self.journal = Journal(self.writer, self.crew.node_of, self.crew.number_of)
        self.outflow = Outflow(self.journal)
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
        self.made: Callable[[TaskRecord], None] = _nothing_follows
        self._scheduler = scheduler
        self._stopping = Stopping(self.dispatch)

    # What Dask tells

    def shut_gates(self, run: RunRecord, keys: Iterable[Any]) -> None:
        """Hold back the tasks of a run that Dask has just got; those stored are cut off."""
        known = list(keys)
        run.generation = self.dispatch.binding.rank_alike(known, run.generation)
        for task in map(self.tasks.get, known):
            if task is None or task.is_handed:
                continue
            task.is_handed = True
            self.shut(task)
            if task.is_stored:
                self.lineage.cut(task)
        self.dispatch.wake()

    def task_started(self, task: TaskRecord, started: float) -> None:
        """Note that a task's code runs; `started` in seconds since 1970."""
        if task.run.progress.advance(task.spec.task_id, TaskState.RUNNING):
            self.journal.task_started(task, started)

    def task_told(self, task: TaskRecord, started: float, told: Told) -> None:
        """Note what a task that runs has shown, unless it was given up."""
        self.task_started(task, started)
        if task.cut is None and not task.run.progress.states[task.spec.task_id].is_final:
            self.outflow.told(task, told)

    def shut(self, task: TaskRecord) -> None:
        """Hold a task back from every worker, should it have to run again."""
        self.dispatch.binding.shut(task.key)

    def task_ready(self, task: TaskRecord) -> None:
        """Queue a task that waits for a place, if there is a use for it."""
        if not task.is_wanted or task.is_given_up:
            return
        known = self.reuse.find(task)
        if known is not None and self.reused(task, known.outputs, CACHE, known.shown):
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
            self.reuse.keep(task, report.duration, self.outflow.shown)
            self.dispatch.task_over(task)
            self.journal.task_finished(task, report)
            self.made(task)
            self.finish_if_done(task.run)
        if task.run.finished is None:
            self.eviction.task_ended(task)

    def reused(
        self,
        task: TaskRecord,
        outputs: tuple[OutputInfo, ...],
        source: str,
        shown: Iterable[Shown] = (),
    ) -> bool:
        """Note that a task need not run, as its outputs are known; `source` says from where.

        Parameters
        ----------
        shown
            What it showed when they were made, which it shows again.

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
        self.outflow.replay(task, shown)
        self.journal.task_reused(task, outputs, source)
        self.made(task)
        return True

    def note_outputs(self, task: TaskRecord, outputs: tuple[OutputInfo, ...]) -> None:
        """Note what a task that succeeded has made, and where that is."""
        task.outputs = outputs
        task.is_stored = task.spec.is_map or are_here(outputs)

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
        self.dispatch.reject(task, ResourceError(reason))

    def _load_ended(self, task: TaskRecord, *, is_lost: bool) -> None:
        self._end(task, None)
        if task.failure is not None and task.failure.is_missing:
            self.lost_results.load_failed(task)
        elif is_lost:
            self.lost_results.load_lost(task)

    def _end(self, task: TaskRecord, duration: float | None, fate: Fate | None = None) -> None:
        self._stopping.over(task.key)
        self.dispatch.tell(TaskEnded(task.key, duration, fate))


def _nothing_follows(task: TaskRecord) -> None:
    """Let a task have made what it made."""
