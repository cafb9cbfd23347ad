"""What is kept of a task's earlier attempts."""

from __future__ import annotations

from maze_nb.model.rows import AttemptRow, TaskRow
from maze_nb.model.states import TaskState
from maze_nb.projection.wording import failure_line

ATTEMPTS_KEPT = 20
LOST = "lost"
"""The state of an attempt whose worker or scheduler went away under it."""


def shelve(row: TaskRow, attempt: int, *, reason: str | None = None) -> None:
    """Put what a row says of an attempt that began among the earlier ones, once.

    Parameters
    ----------
    row
        As it is when the attempt is over and the next one not yet noted; its list of earlier
        attempts is replaced, never changed.
    attempt
        The number of that attempt.
    reason
        Why it ended, where the row does not say.
    """
    past = row["past"]
    if row["started"] is None or (past and past[-1]["attempt"] >= attempt):
        return
    shelved: AttemptRow = {
        "attempt": attempt,
        "state": _state_of(row),
        "queued": row["queued"],
        "started": row["started"],
        "finished": row["finished"],
        "node_id": row["node_id"],
        "node_ip": row["node_ip"],
        "worker": row["worker"],
        "slot": row["slot"],
        "gpu_ids": row["gpu_ids"],
        "reason": failure_line(row["error"]) if row["error"] else reason,
        "memory": row["memory"],
        "vram": row["vram"],
    }
    row["past"] = [*past[1 - ATTEMPTS_KEPT :], shelved]


def _state_of(row: TaskRow) -> str:
    if TaskState(row["state"]).is_final:
        return row["state"]
    return TaskState.FAILED.value if row["error"] else LOST
