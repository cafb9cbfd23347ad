"""Carries runs through: what Dask tells goes to the engine, what the engine decides to Dask."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.config import infeasible_grace
from maze_nb.engine.events import (
    Instruction,
    PlaceTask,
    RecallTask,
    RejectTask,
    ReportPending,
    SlotJoined,
    SlotLeft,
    SlotPaused,
    SlotResumed,
    TaskEnded,
    TaskReady,
    TaskWithdrawn,
)
from maze_nb.engine.placement import Placement, Policy
from maze_nb.model.ids import SlotId
from maze_nb.model.node import Slot
from maze_nb.model.states import TaskState
from maze_nb.scheduler.binding import Binding
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.journal import Journal, lost_report
from maze_nb.scheduler.run_record import HOLDER_PREFIX, RunRecord, TaskRecord
from maze_nb.store.protocol import RunStore
from maze_nb.wire.keys import DaskKey
from maze_nb.wire.submission import Submission
from maze_nb.wire.task_call import FailureReport, SuccessReport

logger = logging.getLogger(__name__)


class Conductor:
    """All runs of one scheduler.

    Responsibilities: keep records and engine in step with Dask, write the journal, act on the
    engine's instructions once each turn of the event loop.
    """

    def __init__(self, scheduler: Scheduler, store: RunStore) -> None:
        self.runs: dict[str, RunRecord] = {}
        self.tasks: dict[DaskKey, TaskRecord] = {}
        self.crew = Crew()
        self.engine = Placement(Policy(infeasible_grace=infeasible_grace()))
        self.journal = Journal(store, self.crew.node_of)
        self._binding = Binding(scheduler)
        self._scheduler = scheduler
        self._stopping: dict[DaskKey, SlotId] = {}
        self._to_release: list[tuple[str, list[DaskKey]]] = []
        self._to_stop: list[tuple[SlotId, list[DaskKey]]] = []
        self._is_due = False

    # What clients ask for

    def add_run(self, submission: Submission) -> RunRecord:
        """Accept a run; its tasks become ready as Dask gets to know them."""
        run = RunRecord(submission, time.time())
        self.runs[run.run_id] = run
        self.tasks.update({task.key: task for task in run.tasks.values()})
        self.journal.run_started(run)
        self._finish_if_done(run)
        return run

    def held_by(self, holder: str) -> RunRecord | None:
        """Return the run whose keys are held under this name."""
        return self.runs.get(holder.removeprefix(HOLDER_PREFIX))

    def shut_gates(self, run: RunRecord) -> None:
        """Hold back all tasks of a run whose graph Dask has just got."""
        for task in run.tasks.values():
            self._binding.shut(task.key)

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
        self._drop(run, dropped)
        self._finish_if_done(run)

    def forget(self, run: RunRecord) -> None:
        """Drop a run with its results and events."""
        self.cancel(run, "the run was forgotten")
        self._to_release.append((run.holder, [task.key for task in run.tasks.values()]))
        for task in run.tasks.values():
            self.tasks.pop(task.key, None)
        self.runs.pop(run.run_id, None)
        self.journal.store.forget(run.run_id)
        run.news.set()
        self.wake()

    # What Dask tells

    def task_started(self, task: TaskRecord, started: float) -> None:
        """Note that a task's code runs; `started` in seconds since 1970."""
        if task.run.progress.advance(task.spec.task_id, TaskState.RUNNING):
            self.journal.task_started(task, started)

    def shut(self, task: TaskRecord) -> None:
        """Hold a task back from every worker, should it have to run again."""
        self._binding.shut(task.key)

    def task_ready(self, task: TaskRecord) -> None:
        """Queue a task for which Dask finds no worker, as its gate is shut."""
        state = self._scheduler.tasks[task.key]
        self._tell(
            TaskReady(
                task.key,
                task.demand,
                tuple(state.priority or ()),
                task.spec.name,
                self._binding.holders(task.key),
            )
        )

    def task_succeeded(self, task: TaskRecord, report: SuccessReport) -> None:
        """Note that a task is done."""
        self._end(task, report.duration)
        if task.run.progress.advance(task.spec.task_id, TaskState.SUCCEEDED):
            self.journal.task_finished(task, report)
            self._finish_if_done(task.run)

    def task_failed(self, task: TaskRecord, report: FailureReport) -> None:
        """Note that a task failed; what depends on it is skipped."""
        self._end(task, report.duration or None)
        self._tell(TaskWithdrawn(task.key))
        run = task.run
        if not run.progress.advance(task.spec.task_id, TaskState.FAILED):
            return
        self.journal.task_failed(task, report)
        for skipped in run.progress.skip_dependents(task.spec.task_id):
            self.journal.task_skipped(run.tasks[skipped.task_id], task, "failed")
        if run.progress.fail_fast:
            self.cancel(run, f"task {task.spec.name!r} failed", by_user=False)
        self._finish_if_done(run)

    def task_returned(self, task: TaskRecord, reason: str) -> None:
        """Note that a placed task is not placed any more and has no outcome."""
        self._binding.shut(task.key)
        if task.key in self._stopping:
            return
        was_running = task.slot_id is not None and self._is_running(task)
        self._end(task, None)
        state = task.run.progress.states[task.spec.task_id]
        if was_running and not state.is_final:
            task.run.progress.advance(task.spec.task_id, TaskState.RETRYING)
            self.journal.task_retried(task, reason)

    def result_lost(self, task: TaskRecord) -> None:
        """Note that the result of a finished task was lost, so that Dask makes it again."""
        self._binding.shut(task.key)
        if task.run.finished is None and task.run.progress.reopen(task.spec.task_id):
            self.journal.task_retried(task, "its result was lost with the worker that held it")

    def task_forgotten(self, task: TaskRecord) -> None:
        """Note that Dask dropped a task that nobody here gave up."""
        if task.key in self._stopping:
            return
        self._end(task, None)
        self._tell(TaskWithdrawn(task.key))
        if task.run.progress.advance(task.spec.task_id, TaskState.CANCELLED):
            self.journal.task_cancelled(task, "Dask dropped it: it was cancelled or restarted")
            for skipped in task.run.progress.skip_dependents(task.spec.task_id):
                self.journal.task_skipped(task.run.tasks[skipped.task_id], task, "was cancelled")
            self._finish_if_done(task.run)

    def task_stopped(self, key: DaskKey) -> None:
        """Note that the code of a cancelled task has ended."""
        if self._stopping.pop(key, None) is not None:
            self._tell(TaskEnded(key))

    def slot_joined(self, slot: Slot) -> None:
        """Take a worker into service."""
        self._tell(SlotJoined(slot))

    def worker_left(self, worker: str) -> None:
        """Note that a worker is gone."""
        self.crew.leave(worker)
        for key, slot_id in list(self._stopping.items()):
            if slot_id == worker:
                del self._stopping[key]
        self._tell(SlotLeft(SlotId(worker)))

    # What follows

    def wake(self) -> None:
        """Act once in the coming turn of the event loop."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._act)

    def review(self) -> None:
        """Do what follows from time passing."""
        for slot_id, slot in self.engine.fleet.slots.items():
            running = self._scheduler.workers.get(slot_id) in self._scheduler.running
            if running == slot.is_paused:
                self._tell(SlotResumed(slot_id) if running else SlotPaused(slot_id))
        self._carry_out(self.engine.review(time.monotonic()))

    def _act(self) -> None:
        self._is_due = False
        try:
            released, self._to_release = self._to_release, []
            for holder, keys in released:
                self._binding.release(keys, holder)
            stopped, self._to_stop = self._to_stop, []
            for slot_id, keys in stopped:
                self._binding.tell_worker(slot_id, {"op": "maze-stop", "keys": keys})
            self._carry_out(self.engine.decide(time.monotonic()))
        except Exception as error:  # noqa: BLE001 - an error here would stop all runs mutely
            self.fail_loudly(error)

    def _carry_out(self, instructions: Iterable[Instruction]) -> None:
        placed: list[tuple[TaskRecord, dict[str, float]]] = []
        recalled: list[DaskKey] = []
        for instruction in instructions:
            task = self.tasks.get(instruction.key)  # type: ignore[call-overload]
            if task is None:
                continue
            match instruction:
                case PlaceTask(slot_id=slot_id, gpu_ids=gpu_ids):
                    task.place(slot_id, gpu_ids)
                    used = self.crew.dask_resources(
                        slot_id, task.spec.resources.as_dict(), len(gpu_ids)
                    )
                    placed.append((task, used))
                case RecallTask():
                    recalled.append(task.key)
                case ReportPending(reason=reason):
                    task.run.progress.advance(task.spec.task_id, TaskState.PENDING)
                    self.journal.task_pending(task, self._with_faults(reason))
                case RejectTask(reason=reason):
                    report = lost_report(task, "ResourceError", reason, reason)
                    self.task_failed(task, report)
                    self._binding.reject(task, reason)
        for task in self._binding.place(placed):
            self._take_back(task)
        self._binding.recall(recalled)

    def _take_back(self, task: TaskRecord) -> None:
        """Queue again what Dask would not send: its worker is pausing, closing or gone."""
        slot_id = task.slot_id or SlotId("")
        self._end(task, None)
        task.attempt -= 1
        if slot_id not in self._scheduler.workers:
            self._tell(SlotLeft(slot_id))
        elif self._scheduler.workers[slot_id] not in self._scheduler.running:
            self._tell(SlotPaused(slot_id))
        state = self._scheduler.tasks.get(task.key)
        if state is not None and state.state == "no-worker":
            self.task_ready(task)

    def _drop(self, run: RunRecord, tasks: list[TaskRecord]) -> None:
        asked: dict[SlotId, list[DaskKey]] = {}
        for task in tasks:
            self._tell(TaskWithdrawn(task.key))
            slot_id = self.engine.fleet.place_of.get(task.key)
            if slot_id is not None:
                self._stopping[task.key] = slot_id
                asked.setdefault(slot_id, []).append(task.key)
        if not tasks:
            return
        self._to_release.append((run.holder, [task.key for task in tasks]))
        self._to_stop.extend(asked.items())
        self.wake()

    def _finish_if_done(self, run: RunRecord) -> None:
        if run.finished is None and run.progress.is_finished:
            self.journal.run_finished(run)

    def _is_running(self, task: TaskRecord) -> bool:
        slot = self.engine.fleet.slots.get(task.slot_id or SlotId(""))
        return slot is not None and task.key in slot.running

    def _end(self, task: TaskRecord, duration: float | None) -> None:
        self._stopping.pop(task.key, None)
        self._tell(TaskEnded(task.key, duration))

    def _with_faults(self, reason: str) -> str:
        faults = self.crew.faults()
        return f"{reason} ({'; '.join(faults)})" if faults else reason

    def _tell(self, event: Any) -> None:
        self.engine.handle(event, time.monotonic())
        self.wake()

    def fail_loudly(self, error: Exception) -> None:
        """Fail every run that has not ended, since what became of it is not known any more."""
        logger.exception("Maze met an internal error; its runs are failed")
        text = f"internal error in the scheduler: {type(error).__name__}: {error}"
        for run in list(self.runs.values()):
            for task_id in run.progress.unfinished():
                task = run.tasks[task_id]
                run.progress.advance(task_id, TaskState.FAILED)
                self.journal.task_failed(task, lost_report(task, "MazeError", text, text))
            self._finish_if_done(run)
