"""One line of text for each message, for progress in a plain terminal."""

from __future__ import annotations

from maze_nb.model.message_types import FINAL_MESSAGES, QUIET_MESSAGES, STATE_AFTER_MESSAGE
from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.projection.looks import CACHED, run_look, task_look
from maze_nb.projection.message import Message, data_of, number_of, text_of, type_of, whole_of
from maze_nb.projection.message_text import message_text
from maze_nb.projection.reuse import reuse_text

EACH_ITEM = 20
_ALWAYS_TOLD = ("task_exception", "task_log")
_GOING_ON = ("task_progress", "task_display", "task_expanded")
_STATES = {**STATE_AFTER_MESSAGE, **dict.fromkeys(_GOING_ON, TaskState.RUNNING)}


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


class ProgressLines:
    """The messages of a run as lines, in which a long map takes up only a few.

    Of the items of a map of more than `EACH_ITEM` only failures are told one by one, the others
    by how far all have come. Of a shorter one those that wait are told once, and those whose
    outputs are reused together.
    """

    def __init__(self) -> None:
        self._maps: dict[str, _LongMap | _ShortMap] = {}

    def of(self, message: Message) -> list[str]:
        """Return what there is to print for one message."""
        kind, data = type_of(message), data_of(message)
        if kind in QUIET_MESSAGES:
            return []
        task_id = text_of(data.get("task_id")) or ""
        if kind == "task_expanded":
            count = whole_of(data.get("count")) or 0
            name = first_line(text_of(data.get("task_name")) or task_id)
            self._maps[task_id] = (_LongMap if count > EACH_ITEM else _ShortMap)(name, count)
        each = self._maps.get(task_id.rpartition(".")[0])
        return [progress_line(message)] if each is None else each.take(message)


class _LongMap:
    """How far the items of a long map have come."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count
        self._ended = self._unhappy = self._tenths = 0

    def take(self, message: Message) -> list[str]:
        """Take in a message about an item; return a line for a failure, and with each tenth."""
        kind = type_of(message)
        told = [progress_line(message)] if kind in _ALWAYS_TOLD else []
        state = FINAL_MESSAGES.get(kind)
        if state is None:
            return told
        self._ended += 1
        self._unhappy += state != TaskState.SUCCEEDED
        tenths = self._ended * 10 // self._count
        if tenths == self._tenths:
            return told
        self._tenths = tenths
        bad = f"  ({self._unhappy:,} did not succeed)" if self._unhappy else ""
        glyph = task_look(TaskState.RUNNING).glyph
        return [*told, f"{glyph} {self._name}  {self._ended:,} of {self._count:,} items{bad}"]


class _ShortMap:
    """The items of a short map, one by one as far as they have something of their own to say."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._left = name, count
        self._is_pending_told = False
        self._reused, self._source = 0, ""

    def take(self, message: Message) -> list[str]:
        """Take in a message about an item; return what there is to print."""
        kind, data = type_of(message), data_of(message)
        if kind == "task_pending":
            if self._is_pending_told:
                return []
            self._is_pending_told = True
            waiting = {**message, "data": {**data, "task_name": self._name}}
            return [*self._of_reused(), progress_line(waiting)]
        self._left -= kind in FINAL_MESSAGES
        source = reuse_text(data.get("reused_from")) if kind == "finish_task" else ""
        told = [] if source == self._source else self._of_reused()
        if not source:
            return [*told, *self._of_reused(), progress_line(message)]
        self._reused, self._source = self._reused + 1, source
        return told if self._left > 0 else [*told, *self._of_reused()]

    def _of_reused(self) -> list[str]:
        if not self._reused:
            return []
        items = count_text(self._reused, "item")
        told = f"{task_look(CACHED).glyph} {self._name}  {items} {self._source}"
        self._reused, self._source = 0, ""
        return [told]
