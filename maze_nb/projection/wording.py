"""Short wordings of what can happen to a task: how it failed, which attempt, why it is skipped."""

from __future__ import annotations

import re
from collections.abc import Mapping

from maze_nb.model.rows import ErrorRow, TaskRow
from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import size_text

_KINDS = {
    "TaskTimeoutError": "timed out",
    "MemoryLimitError": "out of memory",
    "ChildLostError": "process lost",
    "PoisonousTaskError": "given up",
}
_FATES = ("failed", "was cancelled")
_BRIEF = (
    (r"^cancelled while waiting: ", "waited: "),
    (r"^cancelled while waiting to retry: ", "not retried: "),
    (r"(^|: )no node could ever fit it: ", r"\1"),
    (r"(^|: )no node has the tag ([^:]+): ", r"\1no tag \2: "),
    (r"(^|: )task .{1,200}? was stopped: it took longer than its timeout of ", r"\1over "),
    (r"(^|: )task .{1,200}? was stopped: it ", r"\1"),
    (r"(^|: )the process of task .{1,200}? was lost: ", r"\1"),
)


def failure_kind(type_name: object) -> str:
    """Return what a failure that is not the user's code's own is called; else nothing."""
    return _KINDS.get(type_name, "") if isinstance(type_name, str) else ""


def failure_line(error: Mapping[str, object] | ErrorRow) -> str:
    """Return a failure as ``Type: first line of its message``, or ``timed out: …``."""
    name = first_line(error.get("type"), 100) or "Error"
    message = first_line(error.get("message"))
    kind = failure_kind(name) or name
    return f"{kind}: {message}" if message else kind


def brief_text(reason: object) -> str:
    """Return a reason of Maze's own with the words first that tell most, for a narrow place."""
    said = first_line(reason)
    for long, short in _BRIEF:
        said = re.sub(long, short, said)
    return said


def skip_text(cause: str, reason: object) -> str:
    """Return why a task is skipped: ``load failed``, or ``load was cancelled``.

    Parameters
    ----------
    cause
        The name of the task it is skipped for; may be empty.
    reason
        What the message says.
    """
    said = first_line(reason, 500)
    if not cause:
        return said
    if not said:
        return f"{cause} failed"
    fate = next((fate for fate in _FATES if said.endswith(fate)), None)
    return said if fate is None else f"{cause} {fate}"


def attempt_text(attempt: int, most: int) -> str:
    """Return ``attempt 2 of 4``, or nothing for the first.

    Attempts after a lost worker do not count, so that there can be more than `most`.
    """
    if attempt <= 1:
        return ""
    return f"attempt {attempt} of {most}" if attempt <= most else f"attempt {attempt}"


def row_attempt_text(row: TaskRow, most: int) -> str:
    """Return which attempt a task is at, or waits for; nothing for the first."""
    return attempt_text(row["attempt"] + (row["state"] == TaskState.RETRYING), most)


def usage_text(row: TaskRow) -> str:
    """Return what a task used at most: ``310.0 MB · 2.0 GB VRAM``; empty if not measured."""
    memory, vram = row["memory"], row["vram"]
    parts = (
        size_text(memory * 2**20) if memory else "",
        f"{size_text(vram * 2**20)} VRAM" if vram else "",
    )
    return " · ".join(part for part in parts if part)
