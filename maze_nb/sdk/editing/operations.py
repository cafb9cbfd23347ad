"""The edits there are: each a function that changes a graph, or refuses with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.errors import OptionError, WorkflowError, nearest
from maze_nb.projection.bounded import one_line
from maze_nb.sdk.editing.literals import read_literal
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

Edit = Mapping[str, Any]
Operation = Callable[[WorkflowGraph, Edit], str]
"""Changes the graph; returns what it did, in a few words."""

_IN_CODE = ("retry_on", "env", "secrets")


def carry_out(graph: WorkflowGraph, edit: Edit) -> str:
    """Carry out one edit; return what it did.

    Raises
    ------
    WorkflowError
        If the edit is unknown or lacks something, or the graph refuses it.
    """
    name = name_of(edit)
    if name not in OPERATIONS:
        raise WorkflowError(f"there is no edit {name!r}: {nearest(name, OPERATIONS)}")
    return OPERATIONS[name](graph, edit)


def name_of(edit: object) -> str:
    """Return which edit this is.

    Raises
    ------
    WorkflowError
        If it is none.
    """
    if not isinstance(edit, Mapping):
        raise WorkflowError(f"an edit is a dict with 'op', not {one_line(edit)}")
    return one_line(edit.get("op")) if not isinstance(edit.get("op"), str) else edit["op"]


def _connect(graph: WorkflowGraph, edit: Edit) -> str:
    source, target = task_of(graph, edit, "source"), task_of(graph, edit, "target")
    output, name = text_of(edit, "output"), text_of(edit, "input")
    graph.set_input(target, name, source.outputs[output])
    return f"connect {output!r} of {source.name!r} to {name!r} of {target.name!r}"


def _disconnect(graph: WorkflowGraph, edit: Edit) -> str:
    target, name = task_of(graph, edit, "target"), text_of(edit, "input")
    graph.unset_input(target, name)
    return f"disconnect {name!r} of {target.name!r}"


def _constant(graph: WorkflowGraph, edit: Edit) -> str:
    target, name = task_of(graph, edit, "target"), text_of(edit, "input")
    value = read_literal(edit.get("text", ""), f"input {name!r} of task {target.name!r}")
    graph.set_input(target, name, value)
    return f"set {name!r} of {target.name!r} to {one_line(value)}"


def _order(graph: WorkflowGraph, edit: Edit) -> str:
    source, target = task_of(graph, edit, "source"), task_of(graph, edit, "target")
    graph.add_edge(source, target)
    return f"run {target.name!r} after {source.name!r}"


def _unorder(graph: WorkflowGraph, edit: Edit) -> str:
    source, target = task_of(graph, edit, "source"), task_of(graph, edit, "target")
    graph.del_order(source, target)
    return f"no longer run {target.name!r} only after {source.name!r}"


def _cut(graph: WorkflowGraph, edit: Edit) -> str:
    source, target = task_of(graph, edit, "source"), task_of(graph, edit, "target")
    graph.del_edge(source, target)
    return f"remove the edge from {source.name!r} to {target.name!r}"


def _remove(graph: WorkflowGraph, edit: Edit) -> str:
    task = task_of(graph, edit, "task")
    graph.remove_task(task)
    return f"remove task {task.name!r}"


def _resources(graph: WorkflowGraph, edit: Edit) -> str:
    task, values = task_of(graph, edit, "task"), _values(edit)
    graph.set_resources(task, values)
    return f"change {_listed(values)} of {task.name!r}"


def _options(graph: WorkflowGraph, edit: Edit) -> str:
    task, values = task_of(graph, edit, "task"), _values(edit)
    for name in values:
        if name in _IN_CODE:
            raise OptionError(
                f"option {name!r} of task {task.name!r} takes what only code can say: give it in "
                f"add_task(…, {name}=…) or @task({name}=…)"
            )
    graph.set_options(task, values)
    return f"change {_listed(values)} of {task.name!r}"


OPERATIONS: dict[str, Operation] = {
    "connect": _connect,
    "disconnect": _disconnect,
    "constant": _constant,
    "order": _order,
    "unorder": _unorder,
    "cut": _cut,
    "remove": _remove,
    "resources": _resources,
    "options": _options,
}
"""What changes a graph, by name."""


def task_of(graph: WorkflowGraph, edit: Edit, key: str) -> WorkflowTask:
    """Return the task that an edit names.

    Raises
    ------
    WorkflowError
        If it names none.
    UnknownTaskError
        If there is none with this id.
    """
    return graph.get_task(text_of(edit, key))


def text_of(edit: Edit, key: str) -> str:
    """Return a text of an edit, which has to be there.

    Raises
    ------
    WorkflowError
        If it is not.
    """
    found = edit.get(key)
    if not isinstance(found, str) or not found:
        raise WorkflowError(f"the edit {edit.get('op')!r} has to say {key!r}, as a text")
    return found


def _values(edit: Edit) -> Mapping[str, Any]:
    found = edit.get("values")
    if not isinstance(found, Mapping) or not found:
        raise WorkflowError(f"the edit {edit.get('op')!r} has to say 'values', by their names")
    return found


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} to {one_line(value)}" for name, value in values.items())
