"""Lists that tasks map over: how long they are, their items, and what the items' tasks made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maze_nb.errors import InputError, with_article
from maze_nb.wire.packed import unpack
from maze_nb.wire.task_call import TaskCall

ITEM = "item"
"""The name under which a call picks its item of a list that another task made."""

_TEXT = (str, bytes, bytearray, memoryview)
_PLAIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, type(None))
_INSTEAD = {
    "NoneType": "let the task return a list, if only an empty one",
    "str": "split it, or put it into a list",
    "bytes": "split it, or put it into a list",
    "dict": "give list(….items()), list(….values()) or a list of its keys",
    "set": "it has no order: give sorted(…) of it",
    "frozenset": "it has no order: give sorted(…) of it",
    "DataFrame": "give a list of its rows or of parts, such as ….to_dict('records')",
    "generator": "give list(…) of it",
}


def length_of(value: Any) -> int | None:
    """Return how many items a map over a value has, None if it cannot be mapped over.

    What can be is in a fixed order and knows its length: lists, tuples, ranges, and what else is
    a sequence but no text; arrays and columns, but no tables.

    Examples
    --------
    >>> length_of([3, 4]), length_of(range(5)), length_of("text"), length_of({"a": 1})
    (2, 5, None, None)
    """
    try:
        if isinstance(value, _TEXT):
            return None
        if isinstance(value, Sequence):
            return len(value)
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple) and shape and not hasattr(value, "columns"):
            return int(shape[0])
    except Exception:  # noqa: BLE001 - a user's object may raise anything when looked at
        return None
    return None


def truth_of(value: Any) -> bool | None:
    """Return whether a value counts as true; None where that could take long, or means nothing."""
    if type(value) in _PLAIN:
        return bool(value)
    # Numbers of NumPy, which need not be imported for this.
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        try:
            return bool(value)
        except Exception:  # noqa: BLE001 - it only is not known then
            return None
    return None


def not_mappable(what: str, kind: str) -> str:
    """Return why nothing can be mapped over a value, with what to do.

    Parameters
    ----------
    what
        Names the value, such as ``"output 'rows' of task 'load'"``.
    kind
        The name of its type.
    """
    instead = _INSTEAD.get(kind, "give a list of its items")
    shown = "None" if kind == "NoneType" else with_article(kind)
    return f"{what} is {shown}, which cannot be mapped over: {instead}"


def collect(items: Any) -> list[Any]:
    """Return a list of what several tasks made; stands for such a list where one is mapped over."""
    return list(items)


class Gathered(list[Any]):
    """What the items of a map made of one output, in order; each may still be packed."""

    def load(self) -> list[Any]:
        """Return the values."""
        return [unpack(value) for value in self]


def narrowed(call: TaskCall, dependencies: Sequence[Any]) -> Sequence[Any]:
    """Return what a call depends on, with one item in place of each list that is mapped over.

    So that no more than that has to be unpacked, or to go to a child process.

    Raises
    ------
    InputError
        If a list has become shorter than it was when the tasks of its items were made.
    """
    chosen = {each.dependency: each for each in call.inputs.values() if each.index >= 0}
    if not chosen:
        return dependencies
    found = list(dependencies)
    for position, source in chosen.items():
        items = found[position]
        if source.index >= len(items):
            raise InputError(
                f"the list for {call.name!r} has {len(items)} items now, fewer than when it was "
                f"first made: let the task that makes it return the same list each time"
            )
        item = items[source.index]
        found[position] = {ITEM: item} if source.output == ITEM else item
    return found
