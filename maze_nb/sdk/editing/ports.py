"""What a view has to know of a graph to edit it: each input, and what may be joined to what."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from itertools import islice
from typing import Any, TypedDict

from maze_nb.errors import WorkflowError
from maze_nb.model.graph import reachable
from maze_nb.model.ids import TaskId
from maze_nb.projection.bounded import one_line
from maze_nb.sdk.type_hints import hints_of
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask, references_in
from maze_nb.sdk.written.value import literal

MOST_SOURCES = 500
"""How many outputs are offered for one input at most."""


class Port(TypedDict):
    """One input of a task.

    ``kind`` is ``"output"`` (of ``task_id``), ``"constant"``, ``"mixed"`` (outputs inside a list,
    tuple or dict, or one of several), ``"default"`` or ``"missing"``; ``text`` is the value as it
    would be typed where `can_type`, else a short form of it. What `is_optional` has a default.
    """

    name: str
    kind: str
    task_id: str
    output: str
    text: str
    can_type: bool
    hint: str
    is_optional: bool


class End(TypedDict):
    """One output of a task."""

    task_id: str
    output: str


def ports_of(graph: WorkflowGraph) -> dict[str, list[Port]]:
    """Return the inputs of all tasks, by their ids."""
    return {
        task.task_id: [_port(task, name) for name in names_of(task)] for task in graph.get_tasks()
    }


def names_of(task: WorkflowTask) -> list[str]:
    """Return the inputs of a task: those that it declares, and others that it is given."""
    names = dict.fromkeys([*task.function.signature.inputs, *task.inputs])
    # What travels with a cell unseen is no input that a person could give.
    return [name for name in names if name.isidentifier()]


def targets_of(graph: WorkflowGraph, source: WorkflowTask, output: str) -> dict[str, list[str]]:
    """Return the inputs that an output could be given to, by task."""
    reference = source.outputs[output]
    closed = {source.task_id, *_before(graph, source)}
    found = {}
    for task in graph.get_tasks():
        if task.task_id not in closed:
            names = [name for name in names_of(task) if fits(graph, task, name, reference)]
            if names:
                found[str(task.task_id)] = names
    return found


def sources_of(graph: WorkflowGraph, target: WorkflowTask) -> dict[str, list[End]]:
    """Return the outputs that each input of a task could be given, up to `MOST_SOURCES` of them."""
    following = {task.task_id: graph.successors(task.task_id) for task in graph.get_tasks()}
    closed = {target.task_id, *reachable([target.task_id], following)}
    open_to = [task for task in graph.get_tasks() if task.task_id not in closed]
    outputs = [task.outputs[output] for task in open_to for output in task.outputs]
    found: dict[str, list[End]] = {}
    for name in names_of(target):
        fitting = (each for each in outputs if fits(graph, target, name, each))
        found[name] = [
            {"task_id": each.task.task_id, "output": each.name}
            for each in islice(fitting, MOST_SOURCES)
        ]
    return found


def fits(graph: WorkflowGraph, task: WorkflowTask, name: str, value: Any) -> bool:
    """Whether an input may be given a value, apart from cycles."""
    try:
        graph.check_input(task, name, value)
    except WorkflowError:
        return False
    return True


def _before(graph: WorkflowGraph, task: WorkflowTask) -> Iterable[TaskId]:
    before: dict[TaskId, list[TaskId]] = {}
    for each in graph.get_tasks():
        for following in graph.successors(each.task_id):
            before.setdefault(following, []).append(each.task_id)
    return reachable([task.task_id], before)


def _port(task: WorkflowTask, name: str) -> Port:
    hint = hints_of(task.function).inputs.get(name)
    port = Port(
        name=name,
        kind="constant",
        task_id="",
        output="",
        text="",
        can_type=True,
        hint="" if hint is None else inspect.formatannotation(hint).removeprefix("typing."),
        is_optional=name in task.function.signature.optional,
    )
    if name not in task.inputs:
        port["kind"] = "default" if port["is_optional"] else "missing"
        return port
    value = task.inputs[name]
    if isinstance(value, OutputReference):
        return {**port, "kind": "output", "task_id": value.task.task_id, "output": value.name}
    is_mixed = bool(references_in(value))
    typed = "" if is_mixed else literal(value)
    return {
        **port,
        "kind": "mixed" if is_mixed else "constant",
        "text": typed or one_line(value),
        "can_type": bool(typed),
    }
