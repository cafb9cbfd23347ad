"""What a run looks like whose scheduler is gone: nothing of it goes on, and it can be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.humane import duration_text
from maze_nb.projection.looks import WAS_RUNNING, state_word
from maze_nb.projection.snapshot import RunRow, TaskRow, new_task_row

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
    left.update({"state": state, "reason": None, "progress": None, "retry_at": None})
    if state == TaskState.WAITING:
        left.update({"started": None, "finished": None})
    return left


def counts_left(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many tasks are in each state as it is shown while the run is interrupted."""
    left = dict.fromkeys((*counts, WAS_RUNNING), 0)
    for state, number in counts.items():
        left[_LEFT_AS.get(state, state)] += number
    return left


def begin_again(row: TaskRow) -> bool:
    """Make a task wait that had not ended when the scheduler was lost: its attempt is gone.

    Returns
    -------
    bool
        Whether that changed the row.
    """
    if row["state"] not in _LEFT_AS:
        return False
    row.update(new_task_row())
    return True


def status_text(run: RunRow) -> str:
    """Return the status of a run in words, and what can be done if it is interrupted."""
    word = state_word(run["status"])
    return f"{word}: {HOW_TO_RESUME}" if run["status"] == RunStatus.INTERRUPTED else word


def span_text(run: RunRow) -> str:
    """Return how long a run that has ended took, without the time that nobody worked on it."""
    if run["started"] is None or run["finished"] is None:
        return ""
    return duration_text(run["finished"] - run["started"] - run["away"])


def resumes_text(run: RunRow) -> str:
    """Return ``resumed``, or how often; nothing if it never was."""
    times = run["resumes"]
    if not times:
        return ""
    return "resumed" if times == 1 else f"resumed {times} times"
