"""What the events of a run say of where its tasks stood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from maze_nb.engine.run_progress import RunProgress
from maze_nb.model.events import (
    Event,
    EventBody,
    OutputInfo,
    RunResumed,
    TaskCancelled,
    TaskEvent,
    TaskFailed,
    TaskFinished,
    TaskPending,
    TaskRetried,
    TaskSkipped,
    TaskStarted,
)
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.states import TaskState

_STATES: dict[type, TaskState] = {
    TaskPending: TaskState.PENDING,
    TaskStarted: TaskState.RUNNING,
    TaskFinished: TaskState.SUCCEEDED,
    TaskFailed: TaskState.FAILED,
    TaskRetried: TaskState.RETRYING,
    TaskSkipped: TaskState.SKIPPED,
    TaskCancelled: TaskState.CANCELLED,
}


@dataclass(slots=True)
class Restored:
    """A run as its events tell of it.

    Attributes
    ----------
    progress
        The states of its tasks.
    outputs
        What those have made that succeeded.
    attempts
        How often each task was begun.
    """

    progress: RunProgress
    outputs: dict[TaskId, tuple[OutputInfo, ...]] = field(default_factory=dict)
    attempts: dict[TaskId, int] = field(default_factory=dict)


def restore(graph: Graph, fail_fast: bool, events: Iterable[Event]) -> Restored:
    """Return where the tasks of a run stood after these events."""
    found = Restored(RunProgress(graph, fail_fast=fail_fast))
    for event in events:
        _take(found, event.body)
    return found


def halt(progress: RunProgress) -> None:
    """Have all tasks wait again that have not ended: nothing runs while nobody is there."""
    for task_id in progress.unfinished():
        progress.advance(task_id, TaskState.WAITING)


def _take(found: Restored, body: EventBody) -> None:
    if isinstance(body, RunResumed):
        halt(found.progress)
    if not isinstance(body, TaskEvent):
        return
    task_id = TaskId(body.task_id)
    if isinstance(body, TaskRetried):
        found.progress.reopen(task_id)
        found.outputs.pop(task_id, None)
    found.progress.advance(task_id, _STATES[type(body)])
    if not isinstance(body, TaskPending | TaskSkipped | TaskCancelled):
        found.attempts[task_id] = max(found.attempts.get(task_id, 0), body.attempt)
    if isinstance(body, TaskFinished):
        found.outputs[task_id] = body.outputs
