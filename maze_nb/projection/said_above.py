"""A failure below what its task printed: without the output that stands above it already."""

from __future__ import annotations

from maze_nb.model.last_output import MARK
from maze_nb.model.message_types import STATE_AFTER_MESSAGE
from maze_nb.projection.message import Message, data_of, text_of, type_of
from maze_nb.projection.terminal_text import TerminalText

_ABOVE = "Its last output is above."
_MOST_NOTES = 1
_MOST_CHARS = 2**16
_FOLLOWED_CHARS = 2**14


def without_said(traceback: str, printed: str) -> str:
    r"""Return a traceback without the last output of its program, if that is above it.

    Parameters
    ----------
    printed
        What stands above it, as a terminal shows it.

    Examples
    --------
    >>> without_said("command 'x' failed\nIts last output:\nlost", "begun\nlost\n")
    "command 'x' failed\nIts last output is above."
    >>> without_said("command 'x' failed\nIts last output:\nlost", "begun\n")
    "command 'x' failed\nIts last output:\nlost"
    """
    head, mark, rest = traceback.rstrip().partition(MARK)
    if not mark:
        return traceback
    lines = as_shown(rest).split("\n")
    above = printed.split("\n")
    known = {*(each.rstrip() for each in above), ""}
    count = 0
    for at, line in enumerate(lines):
        # Of the first line there may be only the end; streams may stand in another order.
        if line.rstrip() not in known and (at or not _ends_one(line.rstrip(), above)):
            break
        count += 1
    notes = lines[count:]
    if not count or len(notes) > _MOST_NOTES:
        return traceback
    return "\n".join([head, _ABOVE, *notes])


class SaidAbove:
    """The end of what each running task printed, where messages are told one below the other."""

    def __init__(self) -> None:
        self._printed: dict[str, str] = {}

    def shortened(self, message: Message) -> Message:
        """Take a message in; return it as it is to be told after those before it."""
        kind, data = type_of(message), data_of(message)
        task_id = text_of(data.get("task_id")) or ""
        if kind == "task_log":
            printed = self._printed.get(task_id, "") + (text_of(data.get("text")) or "")
            self._printed[task_id] = printed[-_FOLLOWED_CHARS:]
        elif kind in STATE_AFTER_MESSAGE:
            printed = self._printed.pop(task_id, "")
            if kind == "task_exception" and printed:
                trace = without_said(text_of(data.get("result")) or "", as_shown(printed))
                return {**message, "data": {**data, "result": trace}}
        return message


def as_shown(printed: str) -> str:
    """Return the end of what was printed as a terminal shows it."""
    shown = TerminalText(_MOST_CHARS)
    shown.write(printed)
    return shown.text


def _ends_one(text: str, lines: list[str]) -> bool:
    return any(line.rstrip().endswith(text) for line in lines)
