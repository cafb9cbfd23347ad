"""The numbered facts of a run, one dataclass for each type of message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from maze_nb.model.graph import Graph


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
    """A task's code began to run."""

    node_ip: str
    node_id: str
    worker: str
    gpu_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that holds one output, on a machine with the host name ``host``.

    ``digest`` is the SHA-256 of its content in hexadecimal digits, ``nbytes`` its length.
    """

    path: str
    digest: str
    nbytes: int
    host: str
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class OutputInfo:
    """What is known of one output.

    Small values travel along as pickled bytes; bigger ones are in a file, unless the task was
    told to keep them in memory only.
    """

    name: str
    type: str
    nbytes: int
    summary: str
    inline: bytes | None = None
    stored: StoredFile | None = None

    @property
    def is_stored(self) -> bool:
        """Whether the value can be had when the cluster does not hold it."""
        return self.inline is not None or self.stored is not None


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt used at most, in MB; None where it could not be measured.

    ``memory`` is that of the child process and all it started, or by how much the worker process
    grew; ``vram`` is the sum over the task's devices.
    """

    memory: float | None = None
    vram: float | None = None


@dataclass(frozen=True, slots=True)
class TaskFinished(TaskEvent):
    """A task returned what it declared; ``duration`` in seconds.

    ``reused_from`` says where the outputs come from if the task did not run: ``"run <run_id>"``
    or ``"cache"``.
    """

    node_id: str
    worker: str
    gpu_ids: tuple[int, ...]
    duration: float
    outputs: tuple[OutputInfo, ...]
    usage: Usage = Usage()
    reused_from: str = ""


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """A user's failure as a value; ``exception`` is the pickled exception where that works."""

    type: str
    message: str
    task: str
    attempt: int
    host: str
    exception: bytes | None = None


@dataclass(frozen=True, slots=True)
class TaskFailed(TaskEvent):
    """A task raised; ``result`` is the text of its traceback."""

    result: str
    error: ErrorInfo
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class TaskRetried(TaskEvent):
    """A task will run again, ``delay`` seconds from now at the earliest.

    If the attempt failed by itself, ``result`` is the text of its traceback.
    """

    reason: str
    delay: float = 0.0
    result: str = ""
    error: ErrorInfo | None = None
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class RootCause:
    """The task whose failure made others be skipped."""

    task_id: str
    task_name: str


@dataclass(frozen=True, slots=True)
class TaskSkipped(TaskEvent):
    """A task will not run, since one it depends on failed."""

    reason: str
    root_cause: RootCause


BY_REQUEST = "it was cancelled"
"""Why a task was cancelled that somebody asked to cancel."""


@dataclass(frozen=True, slots=True)
class TaskCancelled(TaskEvent):
    """A task will not run, or its outcome is not wanted any more."""

    reason: str


EventBody = (
    RunStarted
    | RunResumed
    | RunFinished
    | TaskPending
    | TaskStarted
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
    TaskPending: "task_pending",
    TaskStarted: "start_task",
    TaskFinished: "finish_task",
    TaskFailed: "task_exception",
    TaskRetried: "task_retry",
    TaskSkipped: "task_skipped",
    TaskCancelled: "task_cancelled",
}


class Event(NamedTuple):
    """One event of a run: its number from 1 on, the time (seconds since 1970) and the fact."""

    seq: int
    time: float
    body: EventBody
