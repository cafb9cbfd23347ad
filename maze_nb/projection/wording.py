"""Short wordings of what can happen to a task: how it failed, which attempt, why it is skipped."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import size_text
from maze_nb.projection.snapshot import ErrorRow, TaskRow

_KINDS = {
    "TaskTimeoutError": "timed out",
    "MemoryLimitError": "out of memory",
    "ChildLostError": "process lost",
    "PoisonousTaskError": "given up",
}
_FATES = ("failed", "was cancelled")


def failure_kind(type_name: object) -> str:
    """Return what a failure that is not the user's code's own is called; else nothing."""
    return _KINDS.get(type_name, "") if isinstance(type_name, str) else ""


def failure_line(error: Mapping[str, object] | ErrorRow) -> str:
    """Return a failure as ``Type: first line of its message``, or ``timed out: …``."""
    name = first_line(error.get("type"), 100) or "Error"
    message = first_line(error.get("message"))
    kind = failure_kind(name) or name
    return f"{kind}: {message}" if message else kind


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


def usage_text(row: TaskRow) -> str:
    """Return what a task used at most: ``310.0 MB · 2.0 GB VRAM``; empty if not measured."""
    memory, vram = row["memory"], row["vram"]
    parts = (
        size_text(memory * 2**20) if memory else "",
        f"{size_text(vram * 2**20)} VRAM" if vram else "",
    )
    return " · ".join(part for part in parts if part)
