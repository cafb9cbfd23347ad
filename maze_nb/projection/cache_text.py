"""The entries of the result cache as a plain table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import count_text, duration_text, size_text
from maze_nb.projection.message import listed, number_of

Data = Mapping[str, object]

KEY_CHARS = 12
_NAMES_CHARS = 40
_HEADINGS = ("key", "task", "used", "took", "size", "inputs", "outputs")


def cache_text(entries: Iterable[Data], now: float) -> str:
    """Return entries as text, with their number and size in the last line.

    Parameters
    ----------
    entries
        Mappings with ``key``, ``task``, ``used`` (seconds since 1970), ``duration``, ``nbytes``,
        and the names of ``inputs`` and ``outputs``.
    now
        What time it is, in seconds since 1970.
    """
    known = list(entries)
    rows = [_HEADINGS, *(_row(entry, now) for entry in known)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    nbytes = sum(number_of(entry.get("nbytes")) or 0 for entry in known)
    total = f"{count_text(len(known), 'entry', 'entries')}, {size_text(nbytes)}"
    return "\n".join([*lines, total])


def _row(entry: Data, now: float) -> tuple[str, ...]:
    used, seconds = number_of(entry.get("used")), number_of(entry.get("duration"))
    return (
        first_line(entry.get("key"))[:KEY_CHARS],
        first_line(entry.get("task"), 60),
        "" if used is None else f"{duration_text(now - used)} ago",
        "" if seconds is None else duration_text(seconds),
        size_text(number_of(entry.get("nbytes")) or 0),
        _names(entry.get("inputs")),
        _names(entry.get("outputs")),
    )


def _names(names: object) -> str:
    return first_line(", ".join(map(str, listed(names))), _NAMES_CHARS)
