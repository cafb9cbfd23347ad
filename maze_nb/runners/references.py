"""Task outputs that stand inside lists, tuples and dicts given as inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """Stands in a constant for the value of a task's output, by number."""

    number: int


def replace_nested(value: Any, replace: Callable[[Any], Any]) -> Any:
    """Return `value` with `replace` applied to each leaf of its lists, tuples and dicts.

    What holds nothing to replace is returned as it is, not copied.
    """
    if type(value) in (list, tuple):
        items = [replace_nested(item, replace) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return type(value)(items)
    if type(value) is dict:
        made = {key: replace_nested(item, replace) for key, item in value.items()}
        return made if any(made[key] is not value[key] for key in value) else value
    return replace(value)
