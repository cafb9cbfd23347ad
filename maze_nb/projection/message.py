"""Tolerant reading of a message's parts: what is missing or of a wrong type becomes a default."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

Message = Mapping[str, object]
"""``{"type", "data", "seq", "time"}``."""

NOTHING: Mapping[str, object] = {}


def mapping_of(value: object) -> Mapping[str, object]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else NOTHING


def data_of(message: Message) -> Mapping[str, object]:
    """Return the data of a message."""
    return mapping_of(message.get("data"))


def type_of(message: Message) -> str:
    """Return the type of a message as text."""
    return str(message.get("type") or "")


def number_of(value: object) -> float | None:
    """Return the value if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def whole_of(value: object) -> int | None:
    """Return the value if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(value: object) -> str | None:
    """Return the value as text, or None if it says nothing."""
    if value is None or value == "":
        return None
    return str(value)


def listed(value: object) -> Iterable[object]:
    """Return the value if it is a list or tuple, else an empty one."""
    return value if isinstance(value, list | tuple) else ()


def wholes_of(value: object) -> list[int]:
    """Return the whole numbers of a list."""
    return [item for item in map(whole_of, listed(value)) if item is not None]
