"""The numbered facts of a run, one dataclass for each type of message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from maze_nb.model.attempt import UNMEASURED, ErrorInfo, Usage
from maze_nb.model.graph import Graph
from maze_nb.model.message_types import STATE_AFTER_MESSAGE
from maze_nb.model.node import NodeUse
from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.model.states import TaskState


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run was accepted."""

    run_id: str
    workflow_id: str
    workflow_name: str
    graph: Graph


@dataclass(frozen=True, slots=True)
class RunResumed:
    """An interrupted run goes on: ``kept`` tasks have results, and do not run again."""

    run_id: str
    workflow_id: str
    reason: str
    kept: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Nothing of the run is left to do; always the last event."""

    run_id: str
    workflow_id: str
    status: str
    has_exception: bool
    duration: float


@dataclass(frozen=True, slots=True)
class NodeUsage:
    """How the nodes were used while the run went on, a sample that is written now and then."""

    run_id: str
    workflow_id: str
    nodes: tuple[NodeUse, ...]


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """What every event about a task carries; ``attempt`` counts from 1."""

    run_id: str
    workflow_id: str
    task_id: str
    task_name: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TaskPending(TaskEvent):
    """A task is ready but cannot be placed yet."""

    reason: str


@dataclass(frozen=True, slots=True)
class TaskStarted(TaskEvent):
    """A task's code began to run; ``slot`` is the number of the worker process on its node."""

    node_ip: str
    node_id: str
    worker: str
    gpu_ids: tuple[int, ...]
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class TaskLog(TaskEvent):
    """A task printed; ``stream`` is ``"stdout"`` or ``"stderr"``."""

    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskProgress(TaskEvent):
    """How far a task says it is; ``total`` is None where it does not know."""

    done: float
    total: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class TaskExpanded(TaskEvent):
    """A task that maps over a list knows its length, and so the tasks of its items.

    The task of item ``i`` has the id ``"<task_id>.<i>"`` and the name ``"<task_name>[<i>]"``.
    """

    count: int


@dataclass(frozen=True, slots=True)
class TaskDisplayed(TaskEvent):
    """A task displayed something: a figure, a table, the value of a cell's last line.

    Attributes
    ----------
    data
        Representations by MIME type, as Jupyter has them: binary ones as text in base64.
    metadata
        What goes with them, by MIME type.
    display_id
        Names the display, so that a later event of the same task and attempt can replace it.
    stored
        The file with the whole of ``data`` as JSON, if it is too big for an event; then ``data``
        has only what is small.
    """

    data: Mapping[str, Any]
    metadata: Mapping[str, Any]
    display_id: str = ""
    stored: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class TaskFinished(TaskEvent):
    """A task returned what it declared; ``duration`` in seconds.

    ``reused_from`` says where the outputs come from if the task did not run: ``"run <run_id>"``
    or ``"cache"``. ``result_location`` is the URL of the files that it left, empty if there are
    none.
    """

    node_id: str
    worker: str
    gpu_ids: tuple[int, ...]
    duration: float
    outputs: tuple[OutputInfo, ...]
    usage: Usage = UNMEASURED
    reused_from: str = ""
    result_location: str = ""


@dataclass(frozen=True, slots=True)
class TaskFailed(TaskEvent):
    """A task raised; ``result`` is the text of its traceback."""

    result: str
    error: ErrorInfo
    usage: Usage = UNMEASURED


@dataclass(frozen=True, slots=True)
class TaskRetried(TaskEvent):
    """A task will run again, ``delay`` seconds from now at the earliest.

    If the attempt failed by itself, ``result`` is the text of its traceback.
    """

    reason: str
    delay: float = 0.0
    result: str = ""
    error: ErrorInfo | None = None
    usage: Usage = UNMEASURED


@dataclass(frozen=True, slots=True)
class RootCause:
    """The task whose failure made others be skipped."""

    task_id: str
    task_name: str


@dataclass(frozen=True, slots=True)
class TaskSkipped(TaskEvent):
    """A task will not run, since one it depends on failed.

    If ``is_chosen``, nothing failed: its condition, or that of a task it reads, was not met.
    """

    reason: str
    root_cause: RootCause
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class TaskCancelled(TaskEvent):
    """A task will not run, or its outcome is not wanted any more."""

    reason: str


EventBody = (
    RunStarted
    | RunResumed
    | RunFinished
    | NodeUsage
    | TaskPending
    | TaskStarted
    | TaskLog
    | TaskProgress
    | TaskDisplayed
    | TaskExpanded
    | TaskFinished
    | TaskFailed
    | TaskRetried
    | TaskSkipped
    | TaskCancelled
)

EVENT_TYPES: dict[type, str] = {
    RunStarted: "start_workflow",
    RunResumed: "resume_workflow",
    RunFinished: "finish_workflow",
    NodeUsage: "node_usage",
    TaskPending: "task_pending",
    TaskStarted: "start_task",
    TaskLog: "task_log",
    TaskProgress: "task_progress",
    TaskDisplayed: "task_display",
    TaskExpanded: "task_expanded",
    TaskFinished: "finish_task",
    TaskFailed: "task_exception",
    TaskRetried: "task_retry",
    TaskSkipped: "task_skipped",
    TaskCancelled: "task_cancelled",
}

STATE_AFTER: dict[type, TaskState] = {
    kind: STATE_AFTER_MESSAGE[name]
    for kind, name in EVENT_TYPES.items()
    if name in STATE_AFTER_MESSAGE
}
"""In what state a task is after an event of each type that changes it."""


class Event(NamedTuple):
    """One event of a run: its number from 1 on, the time (seconds since 1970) and the fact."""

    seq: int
    time: float
    body: EventBody
