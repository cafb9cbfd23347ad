"""What a run looks like whose scheduler is gone: nothing of it goes on, and it can be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from maze_nb.model.rows import RunRow, TaskRow, new_task_row
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.humane import duration_text
from maze_nb.projection.looks import WAS_RUNNING, state_word
from maze_nb.projection.past_attempts import shelve

HOW_TO_RESUME = "resume it with run.resume() or %maze_resume"

_LEFT_AS: dict[str, str] = {
    TaskState.RUNNING: WAS_RUNNING,
    TaskState.PENDING: TaskState.WAITING,
    TaskState.RETRYING: TaskState.WAITING,
}


def left_behind(row: TaskRow) -> TaskRow:
    """Return the row of a task as it is shown while the run is interrupted.

    What a task was waiting for, and until when, is no longer so; where it was running, and how
    it failed before, still is.
    """
    state = _LEFT_AS.get(row["state"])
    if state is None:
        return row
    left = cast(TaskRow, dict(row))
    left.update({"state": state, "reason": None, "retry_at": None})
    left.update({"progress": None, "done": None, "total": None})
    if state == TaskState.WAITING:
        left.update({"started": None, "finished": None, "queued": None})
    return left


def counts_left(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many tasks are in each state as it is shown while the run is interrupted."""
    left = dict.fromkeys((*counts, WAS_RUNNING), 0)
    for state, number in counts.items():
        left[_LEFT_AS.get(state, state)] += number
    return left


def begin_again(row: TaskRow, left: float | None = None) -> bool:
    """Make a task wait that had not ended when the scheduler was lost: its attempt is gone.

    Parameters
    ----------
    left
        When the scheduler was heard last, in seconds since 1970.

    Returns
    -------
    bool
        Whether that changed the row.
    """
    if row["state"] not in _LEFT_AS:
        return False
    if row["state"] == TaskState.RUNNING:
        row["finished"], row["error"] = left, None
        shelve(row, row["attempt"], reason="the scheduler was lost")
    past = row["past"]
    row.update(new_task_row())
    row["past"] = past
    return True


def status_text(run: RunRow) -> str:
    """Return the status of a run in words, and what can be done if it is interrupted."""
    word = state_word(run["status"])
    return f"{word}: {HOW_TO_RESUME}" if run["status"] == RunStatus.INTERRUPTED else word


def span_text(run: RunRow) -> str:
    """Return how long a run took that goes on no more, without the time nobody worked on it."""
    end = run["stopped"] if run["finished"] is None else run["finished"]
    if run["started"] is None or end is None:
        return ""
    return duration_text(max(end - run["started"] - run["away"], 0.0))


def resumes_text(run: RunRow) -> str:
    """Return ``resumed``, or how often; nothing if it never was."""
    times = run["resumes"]
    if not times:
        return ""
    return "resumed" if times == 1 else f"resumed {times} times"
