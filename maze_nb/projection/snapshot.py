"""The shape of what a live view is told: a run's snapshot and the delta since the last one."""

from __future__ import annotations

from typing import TypedDict


class RunRow(TypedDict):
    """The run as a whole; times in seconds since 1970, ``counts`` of tasks by state.

    ``reused`` counts those of the succeeded that did not have to run, ``resumes`` how often the
    run went on after an interruption, and ``away`` the seconds in which nobody worked on it.
    """

    run_id: str
    status: str
    started: float | None
    finished: float | None
    counts: dict[str, int]
    reused: int
    resumes: int
    away: float


class ErrorRow(TypedDict):
    """Why a task failed, as text; ``kind`` is the type in plain words where it has some."""

    type: str
    kind: str
    message: str
    traceback: str
    host: str | None


class OutputRow(TypedDict):
    """One output of a task; ``preview`` is None when its value was not fetched.

    ``place`` says where a big value lies, such as ``on disk, 50.0 MB``, and ``path`` in which
    file, after the name of its machine; both are empty for a value that travels along.
    """

    name: str
    type: str
    summary: str
    preview: str | None
    place: str
    path: str


class TaskRow(TypedDict):
    """One task.

    ``progress`` is from 0 to 1 where the task reports it; ``retry_at`` is the time before which
    it is not tried again, in seconds since 1970; ``memory`` and ``vram`` are the most it used,
    in MB, where that was measured. ``reused_from`` says where the outputs come from if it did
    not have to run: ``cache`` or ``run <run_id>``.
    """

    state: str
    attempt: int
    started: float | None
    finished: float | None
    node_id: str | None
    node_ip: str | None
    worker: str | None
    gpu_ids: list[int]
    reason: str | None
    progress: float | None
    error: ErrorRow | None
    root_cause: str | None
    outputs: list[OutputRow]
    retry_at: float | None
    memory: float | None
    vram: float | None
    reused_from: str | None


class MessageRow(TypedDict):
    """One message as a line of text."""

    seq: int
    time: float | None
    type: str
    task_id: str | None
    task_name: str | None
    text: str


class Snapshot(TypedDict):
    """All that is known of a run; ``last_seq`` numbers the last message folded in."""

    run: RunRow
    tasks: dict[str, TaskRow]
    messages: list[MessageRow]
    last_seq: int


class Delta(TypedDict):
    """What changed by the messages from ``first_seq`` to ``last_seq``."""

    run: RunRow
    tasks: dict[str, TaskRow]
    messages: list[MessageRow]
    first_seq: int
    last_seq: int


def new_task_row() -> TaskRow:
    """Return the row of a task nothing was heard of yet."""
    return {
        "state": "waiting",
        "attempt": 1,
        "started": None,
        "finished": None,
        "node_id": None,
        "node_ip": None,
        "worker": None,
        "gpu_ids": [],
        "reason": None,
        "progress": None,
        "error": None,
        "root_cause": None,
        "outputs": [],
        "retry_at": None,
        "memory": None,
        "vram": None,
        "reused_from": None,
    }
