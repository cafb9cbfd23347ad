"""Facts about runs, written down in order and announced to those who wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from maze_nb.model.attempt import ErrorInfo
from maze_nb.model.events import (
    Event,
    EventBody,
    NodeUsage,
    RootCause,
    RunFinished,
    RunResumed,
    RunStarted,
    TaskCancelled,
    TaskDisplayed,
    TaskExpanded,
    TaskFailed,
    TaskFinished,
    TaskLog,
    TaskPending,
    TaskProgress,
    TaskRetried,
    TaskSkipped,
    TaskStarted,
)
from maze_nb.model.ids import TaskId
from maze_nb.model.node import NodeUse
from maze_nb.model.output import OutputInfo
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.scheduler.writer import StoreWriter
from maze_nb.store.protocol import Ending, Entry
from maze_nb.wire.event_bytes import encode_event
from maze_nb.wire.shown import Displayed, Item, Printed
from maze_nb.wire.task_call import FailureReport, SuccessReport

NodeOf = Callable[[str], tuple[str, str]]
"""Gives a worker's node id and the address of its machine."""
NumberOf = Callable[[str], int | None]
"""Gives the number of a worker on its node."""


class Journal:
    """Numbers events and has them written. Guards that nothing follows the end of a run.

    Attributes
    ----------
    hear
        Called with each fact that is written, and its run.
    """

    def __init__(self, writer: StoreWriter, node_of: NodeOf, number_of: NumberOf) -> None:
        self._writer = writer
        self._node_of = node_of
        self._number_of = number_of
        self.hear: Callable[[RunRecord, EventBody], None] = _nobody_hears

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
                max(now - run.started - run.away, 0.0),
            ),
            now,
        )
        run.finished = now
        self._writer.end(Ending(run.run_id, progress.final_status().value, now, run.counts()))

    def nodes_used(self, run: RunRecord, nodes: tuple[NodeUse, ...]) -> None:
        """Write how the nodes are used now."""
        self._write(run, NodeUsage(run.run_id, run.submission.graph.workflow_id, nodes))

    def task_pending(self, task: TaskRecord, reason: str) -> None:
        """Write why a task waits."""
        self._write(task.run, TaskPending(*_of(task, task.next_attempt), reason))

    def task_started(self, task: TaskRecord, started: float) -> None:
        """Write that a task began, unless that was written before."""
        if task.is_start_told:
            return
        task.is_start_told = task.is_counted = True
        worker = task.slot_id or ""
        node_id, host = self._node_of(worker)
        slot = self._number_of(worker)
        fact = TaskStarted(*_of(task), host, node_id, worker, task.gpu_ids, slot)
        self._write(task.run, fact, started)

    def task_showed(self, task: TaskRecord, item: Item, at: float | None = None) -> bytes | None:
        """Write what a task shows; return the event, None if the run has ended.

        Parameters
        ----------
        at
            When that was, in seconds since 1970; by default now.
        """
        who = _of(task, task.attempt)
        fact: EventBody
        if isinstance(item, Printed):
            fact = TaskLog(*who, item.stream, item.text)
        elif isinstance(item, Displayed):
            fact = TaskDisplayed(*who, item.data, item.metadata, item.display_id, item.stored)
        else:
            fact = TaskProgress(*who, item.done, item.total, item.message)
        return self._write(task.run, fact, at)

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
                result_location=report.location,
            ),
            report.started + report.duration,
        )

    def task_reused(self, task: TaskRecord, outputs: tuple[OutputInfo, ...], source: str) -> None:
        """Write that a task did not run, as its outputs are known: from `source`."""
        fact = TaskFinished(*_of(task, task.attempt), "", "", (), 0.0, outputs)
        self._write(task.run, replace(fact, reused_from=source))

    def task_expanded(self, task: TaskRecord, count: int) -> None:
        """Write how many items a task maps over."""
        self._write(task.run, TaskExpanded(*_of(task), count))

    def task_gathered(self, task: TaskRecord, began: float) -> None:
        """Write that all items of a map have succeeded; `began` in seconds since 1970."""
        now = time.time()
        fact = TaskFinished(*_of(task), "", "", (), max(now - began, 0.0), task.outputs)
        self._write(task.run, fact, now)

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
        task.is_counted = True
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
        reason = f"task {root.spec.name!r}, which it depends on, {verb}"
        self._skip(task, root, reason, is_chosen=False)

    def task_not_chosen(self, task: TaskRecord, root: TaskRecord, reason: str) -> None:
        """Write that a task is skipped as its condition says, or that of one that it reads."""
        self._skip(task, root, reason, is_chosen=True)

    def _skip(self, task: TaskRecord, root: TaskRecord, reason: str, *, is_chosen: bool) -> None:
        cause = RootCause(root.spec.task_id, root.spec.name)
        self._write(task.run, TaskSkipped(*_of(task), reason, cause, is_chosen))

    def _write(self, run: RunRecord, body: EventBody, at: float | None = None) -> bytes | None:
        if run.finished is not None:
            return None
        event = Event(len(run.events) + 1, time.time() if at is None else at, body)
        data = encode_event(event)
        run.events.append(data)
        self._writer.add(Entry(run.run_id, event.seq, data), run.counts)
        self.hear(run, body)
        return data


def _nobody_hears(run: RunRecord, body: EventBody) -> None:
    """Let a fact pass."""


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
