"""One line of text for each message, for progress in a plain terminal."""

from __future__ import annotations

from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import duration_text
from maze_nb.projection.looks import CACHED, run_look, task_look
from maze_nb.projection.message import Message, data_of, number_of, text_of, type_of
from maze_nb.projection.message_text import message_text
from maze_nb.projection.reuse import reuse_text

_STATES: dict[str, TaskState] = {
    "task_pending": TaskState.PENDING,
    "start_task": TaskState.RUNNING,
    "task_progress": TaskState.RUNNING,
    "finish_task": TaskState.SUCCEEDED,
    "task_exception": TaskState.FAILED,
    "task_retry": TaskState.RETRYING,
    "task_skipped": TaskState.SKIPPED,
    "task_cancelled": TaskState.CANCELLED,
}


def progress_line(message: Message) -> str:
    """Return one message as one humane line.

    Parameters
    ----------
    message
        ``{"type", "data", "seq", "time"}``.

    Returns
    -------
    str
        Such as ``✓ load_data  0.12 s``, ``✕ train failed: ValueError: no rows`` or
        ``⤼ merge skipped: train failed``; without a line end. A log message has one line for
        each of its own.
    """
    kind, data = type_of(message), data_of(message)
    if kind in ("start_workflow", "resume_workflow"):
        return f"▶ {message_text(message)}"
    if kind == "finish_workflow":
        return f"{run_look(str(data.get('status'))).glyph} {message_text(message)}"
    name = first_line(text_of(data.get("task_name")) or data.get("task_id"))
    if kind == "task_log":
        return "\n".join(f"  {name} | {line}" for line in message_text(message).split("\n"))
    if kind == "finish_task" and (source := reuse_text(data.get("reused_from"))):
        return f"{task_look(CACHED).glyph} {name}  {source}"
    glyph = task_look(_STATES.get(kind, "")).glyph
    if kind == "finish_task":
        seconds = number_of(data.get("duration"))
        return f"{glyph} {name}" + ("" if seconds is None else f"  {duration_text(seconds)}")
    return " ".join(part for part in (glyph, name, message_text(message)) if part)
