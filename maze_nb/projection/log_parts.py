"""All that one task printed, in parts by stream and attempt, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

from maze_nb.projection.log_tail import printed_text
from maze_nb.projection.message import Message, data_of, text_of, type_of, whole_of

MOST_CHARS = 1_900_000
"""How much is told at once: the end of what is longer."""
_CUT = "the rest is in the log"
"""With these words a worker says that messages carry no more of what a task prints."""


class LogPart(TypedDict):
    """Text that went to one stream, ``stdout`` or ``stderr``, in one attempt."""

    stream: str
    attempt: int
    text: str


@dataclass(slots=True)
class LogParts:
    """What a task printed.

    Attributes
    ----------
    size
        How many characters there are in all.
    left_out
        How many of them, from the first on, are not among the parts.
    is_cut
        Whether messages may not have all of it.
    """

    parts: list[LogPart] = field(default_factory=list)
    size: int = 0
    left_out: int = 0
    is_cut: bool = False


def log_parts(messages: Iterable[Message], task_id: str) -> LogParts:
    """Return what messages tell that a task printed."""
    pieces: list[tuple[str, int, list[str]]] = []
    found = LogParts()
    for message in messages:
        if type_of(message) != "task_log":
            continue
        data = data_of(message)
        if data.get("task_id") != task_id:
            continue
        stream, attempt = text_of(data.get("stream")) or "stdout", whole_of(data.get("attempt"))
        text = str(data.get("text") or "")
        found.size += len(text)
        found.is_cut = found.is_cut or _CUT in text
        if not pieces or pieces[-1][:2] != (stream, attempt or 1):
            pieces.append((stream, attempt or 1, []))
        pieces[-1][2].append(text)
    found.parts, found.left_out = _bounded(pieces)
    return found


def _bounded(pieces: list[tuple[str, int, list[str]]]) -> tuple[list[LogPart], int]:
    """Return the end of what was printed, and how much was before it."""
    room, parts, left_out = MOST_CHARS, list[LogPart](), 0
    for stream, attempt, texts in reversed(pieces):
        text = "".join(texts)
        kept = text[-room:] if room > 0 else ""
        left_out += len(text) - len(kept)
        room -= len(kept)
        if kept:
            shown = printed_text(kept, len(kept) + 1)
            parts.append({"stream": stream, "attempt": attempt, "text": shown})
    return parts[::-1], left_out
