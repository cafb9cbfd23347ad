"""Leaving out what a view takes for granted, since most of a large run is as always."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maze_nb.model.rows import TaskRow, new_task_row
from maze_nb.model.task_options import TaskOptions

_UNHEARD = new_task_row()
_AS_ALWAYS: dict[str, Any] = msgspec.to_builtins(TaskOptions())
_PLAIN: dict[str, Any] = {"kind": "python", "group": "", "cell": "", "when": None}
# The same as the id, and what is nothing at all, say nothing.
_REPEATED = "task_id"


def thin_rows(rows: Mapping[str, TaskRow]) -> dict[str, dict[str, Any]]:
    """Return rows of tasks without what is as in the row of a task nothing was heard of yet.

    Examples
    --------
    >>> thin_rows({"a": new_task_row() | {"state": "running", "slot": 0}})
    {'a': {'state': 'running', 'slot': 0}}
    """
    return {
        task_id: {
            name: value
            for name, value in row.items()
            if name == "state" or value != _UNHEARD.get(name, _UNHEARD)
        }
        for task_id, row in rows.items()
    }


def thin_graph(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return a graph whose tasks tell of their options and resources only what is not as always.

    Examples
    --------
    >>> task = {"id": "a", "task_id": "a", "name": "a", "kind": "python", "group": "",
    ...         "options": {"retries": 2, "priority": 0}, "resources": {"cpu": 1, "gpu": 0}}
    >>> thin_graph({"name": "w", "tasks": [task]})["tasks"]
    [{'id': 'a', 'name': 'a', 'options': {'retries': 2}, 'resources': {'cpu': 1}}]
    """
    tasks = graph.get("tasks")
    if not isinstance(tasks, list):
        return dict(graph)
    return {**graph, "tasks": [_thin_task(task) for task in tasks]}


def thin(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be told, thinner by what a view takes for granted."""
    told = dict(content)
    if "tasks" in told:
        told["tasks"] = thin_rows(told["tasks"])
    if "graph" in told:
        told["graph"] = thin_graph(told["graph"])
    return told


def _thin_task(task: Any) -> Any:
    if not isinstance(task, dict):
        return task
    thinner = {
        name: value
        for name, value in task.items()
        if name != _REPEATED and (name not in _PLAIN or value != _PLAIN[name])
    }
    if isinstance(options := task.get("options"), dict):
        thinner["options"] = {
            name: value
            for name, value in options.items()
            if name not in _AS_ALWAYS or value != _AS_ALWAYS[name]
        }
    if isinstance(resources := task.get("resources"), dict):
        thinner["resources"] = {name: amount for name, amount in resources.items() if amount}
    return thinner
