"""Facts about runs, written down in order and announced to those who wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from maze_nb.model.events import (
    ErrorInfo,
    Event,
    EventBody,
    OutputInfo,
    RootCause,
    RunFinished,
    RunResumed,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskFinished,
    TaskPending,
    TaskRetried,
    TaskSkipped,
    TaskStarted,
)
from maze_nb.model.ids import TaskId
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.scheduler.writer import StoreWriter
from maze_nb.store.protocol import Ending, Entry
from maze_nb.wire.messages import encode_event
from maze_nb.wire.task_call import FailureReport, SuccessReport

NodeOf = Callable[[str], tuple[str, str]]
"""Gives a worker's node id and the address of its machine."""


class Journal:
    """Numbers events and has them written. Guards that nothing follows the end of a run."""

    def __init__(self, writer: StoreWriter, node_of: NodeOf) -> None:
        self._writer = writer
        self._node_of = node_of

    def run_started(self, run: RunRecord) -> None:
        """Write that a run was accepted."""
        graph = run.submission.graph
        self._write(run, RunStarted(run.run_id, graph.workflow_id, graph.name, graph), run.started)

    def run_resumed(self, run: RunRecord, reason: str, kept: int) -> None:
        """Write that an interrupted run goes on, and how many of its tasks have results."""
        graph = run.submission.graph
        self._write(run, RunResumed(run.run_id, graph.workflow_id, reason, kept))

    def run_finished(self, run: RunRecord) -> None:
        """Write that a run has ended; nothing is written about it from then on."""
        now = time.time()
        progress, graph = run.progress, run.submission.graph
        self._write(
            run,
            RunFinished(
                run.run_id,
                graph.workflow_id,
                progress.final_status().value,
                progress.has_exception,
                now - run.started,
            ),
            now,
        )
        run.finished = now
        self._writer.end(Ending(run.run_id, progress.final_status().value, now, run.counts()))

    def task_pending(self, task: TaskRecord, reason: str) -> None:
        """Write why a task waits."""
        self._write(task.run, TaskPending(*_of(task, task.attempt + 1), reason))

    def task_started(self, task: TaskRecord, started: float) -> None:
        """Write that a task began, unless that was written before."""
        if task.is_start_told:
            return
        task.is_start_told = True
        worker = task.slot_id or ""
        node_id, host = self._node_of(worker)
        self._write(task.run, TaskStarted(*_of(task), host, node_id, worker, task.gpu_ids), started)

    def task_finished(self, task: TaskRecord, report: SuccessReport) -> None:
        """Write that a task succeeded, and that it began if that was not told."""
        self.task_started(task, report.started)
        worker = task.slot_id or ""
        node_id, _ = self._node_of(worker)
        self._write(
            task.run,
            TaskFinished(
                *_of(task),
                node_id,
                worker,
                task.gpu_ids,
                report.duration,
                report.outputs,
                report.usage,
            ),
            report.started + report.duration,
        )

    def task_reused(self, task: TaskRecord, outputs: tuple[OutputInfo, ...], source: str) -> None:
        """Write that a task did not run, as its outputs are known: from `source`."""
        fact = TaskFinished(*_of(task, task.attempt), "", "", (), 0.0, outputs)
        self._write(task.run, replace(fact, reused_from=source))

    def task_failed(self, task: TaskRecord, report: FailureReport) -> None:
        """Write that a task failed, and that it began if that was not told."""
        if report.started:
            self.task_started(task, report.started)
        self._write(task.run, TaskFailed(*_of(task), report.traceback, report.error, report.usage))

    def task_retried(
        self,
        task: TaskRecord,
        reason: str,
        delay: float = 0.0,
        report: FailureReport | None = None,
    ) -> None:
        """Write that a task will run again, after `delay` seconds, and how it failed if it did."""
        if report is None:
            self._write(task.run, TaskRetried(*_of(task), reason, delay))
            return
        if report.started:
            self.task_started(task, report.started)
        self._write(
            task.run,
            TaskRetried(*_of(task), reason, delay, report.traceback, report.error, report.usage),
        )

    def task_cancelled(self, task: TaskRecord, reason: str) -> None:
        """Write that a task was cancelled."""
        self._write(task.run, TaskCancelled(*_of(task), reason))

    def task_skipped(self, task: TaskRecord, root: TaskRecord, verb: str) -> None:
        """Write that a task is skipped for what happened to `root`."""
        cause = RootCause(root.spec.task_id, root.spec.name)
        reason = f"task {root.spec.name!r}, which it depends on, {verb}"
        self._write(task.run, TaskSkipped(*_of(task), reason, cause))

    def _write(self, run: RunRecord, body: EventBody, at: float | None = None) -> None:
        if run.finished is not None:
            return
        event = Event(len(run.events) + 1, time.time() if at is None else at, body)
        data = encode_event(event)
        run.events.append(data)
        self._writer.add(Entry(run.run_id, event.seq, data))


def lost_report(task: TaskRecord, kind: str, message: str, traceback: str) -> FailureReport:
    """Return the report of a failure that the task's own code did not raise."""
    error = ErrorInfo(kind, message, task.spec.name, max(task.attempt, 1), task.slot_id or "")
    return FailureReport(0.0, 0.0, traceback, error)


def _of(task: TaskRecord, attempt: int | None = None) -> tuple[str, str, TaskId, str, int]:
    run = task.run
    return (
        run.run_id,
        run.submission.graph.workflow_id,
        task.spec.task_id,
        task.spec.name,
        max(task.attempt, 1) if attempt is None else attempt,
    )
