"""Maps called by hand, outside of any workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.sdk.call_inputs import mapped_inputs
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph


def map_by_hand(function: TaskFunction, over: Any, fixed: Mapping[str, Any]) -> list[Any]:
    """Call a task here for each item of a list; return the list of what it returned."""
    task = WorkflowGraph().add_map(function, mapped_inputs(function, over, fixed), fixed)
    lists = {name: task.inputs.pop(name) for name in task.over}
    returned = []
    for items in zip(*lists.values(), strict=True):
        inputs = {**task.inputs, **dict(zip(lists, items, strict=True))}
        is_dict = function.signature.style == "dict"
        returned.append(function(inputs) if is_dict else function(**inputs))
    return returned
