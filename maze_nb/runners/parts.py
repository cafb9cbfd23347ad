"""What Dask itself calls between tasks, so that no more moves than what the next task reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.errors import InputError
from maze_nb.runners.items import Gathered, length_of, not_mappable
from maze_nb.wire.packed import unpack


def pick_output(outputs: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one of several outputs, so that the others need not move with it."""
    return {name: outputs[name]}


def drop_outputs(outputs: dict[str, Any]) -> None:
    """Stand for a task that another only runs after, so that none of its outputs moves."""


def spread(outputs: Mapping[str, Any], name: str) -> list[Any]:
    """Return the items of an output that tasks map over, so that each finds its own at once."""
    value = unpack(outputs[name])
    if length_of(value) is None:
        raise InputError(not_mappable(f"output {name!r}", type(value).__name__))
    return list(value)


def gather(name: str, *outputs: Mapping[str, Any]) -> dict[str, Gathered]:
    """Return one output of a map, given what each of its items made."""
    return {name: Gathered(each[name] for each in outputs)}


def come_after(*_: Any) -> None:
    """Stand for all items of a map that another task only runs after."""
