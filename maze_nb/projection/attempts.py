"""Each attempt at one task with what came of it, folded from the messages of its run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from maze_nb.model.rows import ErrorRow, TaskRow, new_task_row
from maze_nb.model.states import TaskState
from maze_nb.projection.message import Message, data_of, number_of, type_of, whole_of
from maze_nb.projection.task_fold import fold_task

ATTEMPTS_TOLD = 100
"""How many attempts are told of: the newest."""


class AttemptTold(TypedDict):
    """One attempt; ``state`` is ``lost`` where its process went away through no fault of its own.

    Times are in seconds since 1970, memory in MB of 2^20 bytes.
    """

    attempt: int
    state: str
    started: float | None
    finished: float | None
    node_id: str | None
    worker: str | None
    gpu_ids: list[int]
    reason: str | None
    error: ErrorRow | None
    memory: float | None
    vram: float | None


def attempts_of(messages: Iterable[Message], task_id: str) -> list[AttemptTold]:
    """Return the attempts at a task that began, the first one first."""
    rows: dict[int, TaskRow] = {}
    for message in messages:
        data = data_of(message)
        if data.get("task_id") != task_id or type_of(message) == "task_pending":
            continue
        attempt = whole_of(data.get("attempt")) or 1
        row = rows.setdefault(attempt, new_task_row())
        fold_task(row, type_of(message), data, number_of(message.get("time")))
    found = [_told(attempt, row) for attempt, row in sorted(rows.items())]
    return [each for each in found if each["state"] != TaskState.WAITING][-ATTEMPTS_TOLD:]


def _told(attempt: int, row: TaskRow) -> AttemptTold:
    return {
        "attempt": attempt,
        "state": _state(row),
        "started": row["started"],
        "finished": row["finished"],
        "node_id": row["node_id"],
        "worker": row["worker"],
        "gpu_ids": row["gpu_ids"],
        "reason": row["reason"],
        "error": row["error"],
        "memory": row["memory"],
        "vram": row["vram"],
    }


def _state(row: TaskRow) -> str:
    """Return how it ended: what is tried again has failed, or was lost with its process."""
    if row["state"] != TaskState.RETRYING:
        return row["state"]
    return TaskState.FAILED.value if row["error"] else "lost"
