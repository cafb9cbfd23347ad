"""In which order Dask is to prefer the keys of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dask._task_spec import GraphNode, Task, TaskRef
from dask.order import order

from maze_nb.wire.keys import DaskKey


def preferred_order(nodes: dict[DaskKey, GraphNode]) -> list[tuple[DaskKey, int]]:
    """Return each key with its rank: Dask's own depth-first order, lower first.

    Where Dask has no preference it takes the key first whose text is the largest; keys are
    numbered downwards here, so that what was added first goes first.
    """
    number = {key: f"{len(nodes) - index:012}" for index, key in enumerate(nodes)}
    stand_ins: dict[Any, Task] = {
        number[key]: Task(number[key], _nothing, *_references(number, node))
        for key, node in nodes.items()
    }
    ranks = order(stand_ins)
    return [(key, ranks[number[key]]) for key in nodes]


def _references(number: dict[DaskKey, str], node: GraphNode) -> Iterable[TaskRef]:
    return (TaskRef(number[dependency]) for dependency in node.dependencies)


def _nothing(*_: object) -> None:
    """Stand for a task whose code does not matter."""
