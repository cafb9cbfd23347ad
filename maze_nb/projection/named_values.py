"""Values of users by name, as text within bounds, whatever their own code for that does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

VALUE_CHARS = 2_000
"""What each of many values may take at least."""
ALL_CHARS = 4_000
"""What is said of all values of a task together, about."""

Written = Callable[[Any], str]
"""Makes a text of a value."""


class Unread:
    """Stands for a value that is not here yet."""

    def __repr__(self) -> str:
        return "<not read yet>"


class Unloadable:
    """Stands for a value that cannot be unpickled here."""

    def __repr__(self) -> str:
        return "<it cannot be unpickled here>"


def named_values_text(values: Iterable[tuple[str, Any]], limit: int = ALL_CHARS) -> str:
    """Return values by name as a dict is shown, in about so many characters."""
    found = list(values)
    each = max(VALUE_CHARS, limit // max(1, len(found)))
    parts: list[str] = []
    left = limit
    for number, (name, value) in enumerate(found):
        part = f"{name!r}: {value_text(value, each)}"
        left -= len(part)
        if parts and left < 0:
            parts.append(f"… <{len(found) - number:,} more>")
            break
        parts.append(part)
    return "{" + ", ".join(parts) + "}"


def value_text(value: Any, limit: int = VALUE_CHARS, written: Written = repr) -> str:
    """Return a value as text of about so many characters, or why there is none.

    Parameters
    ----------
    written
        Makes the text of the value; what it raises is said in place of it.
    """
    try:
        text = written(value)
    # It is the user's code, and looking at a value ends nothing.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return f"<{type(value).__qualname__}: its repr raised {type(error).__name__}>"
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… <{len(text) - limit:,} more characters>"
