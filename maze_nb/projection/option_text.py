"""The options of a task in words."""

from __future__ import annotations

from time import localtime, strftime

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.projection.message import listed, mapping_of, number_of, whole_of

# Beyond it a time cannot be written as a date.
_LATEST_TIME = 1e11


def option_text(options: object) -> str:
    """Return how a task is to be run, without what is as always.

    Parameters
    ----------
    options
        As the graph has them; anything else says nothing.

    Returns
    -------
    str
        Such as ``timeout 1 min 00 s · 2 retries · priority 5 · needs a100``.
    """
    found = mapping_of(options)
    timeout = number_of(found.get("timeout"))
    retries, priority = whole_of(found.get("retries")), whole_of(found.get("priority"))
    isolation = found.get("isolation")
    parts = (
        "" if timeout is None else f"timeout {duration_text(timeout)}",
        f"in a {isolation}" if isolation in ("thread", "process") else "",
        _retries_text(retries, found.get("retry_on")) if retries else "",
        f"priority {priority}" if priority else "",
        _deadline_text(found.get("deadline")),
        _names_text("needs", found.get("tags")),
        _names_text("prefers", found.get("prefer")),
    )
    return " · ".join(part for part in parts if part)


def _retries_text(retries: int, types: object) -> str:
    often = count_text(retries, "retry", "retries")
    return f"{often} {_names_text('on', types)}".rstrip()


def _deadline_text(deadline: object) -> str:
    found = mapping_of(deadline)
    seconds = number_of(found.get("seconds"))
    if seconds is None:
        return ""
    if not found.get("is_absolute"):
        return f"due {duration_text(seconds)} after the start"
    if not 0 <= seconds < _LATEST_TIME:
        return ""
    return strftime("due %Y-%m-%d %H:%M:%S", localtime(seconds))


def _names_text(word: str, given: object) -> str:
    names = ", ".join(first_line(name, 50) for name in listed(given))
    return f"{word} {names}" if names else ""
