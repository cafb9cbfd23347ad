"""The nodes of Dask's graph that a map has once it is known how many items there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dask._task_spec import DataNode, GraphNode, Task, TaskRef
from msgspec.structs import replace

from maze_nb.model.ids import TaskId
from maze_nb.model.task_spec import TaskSpec
from maze_nb.runners.parts import come_after, drop_outputs, gather, pick_output
from maze_nb.runners.references import NotMade
from maze_nb.scheduler.run_record import TaskRecord
from maze_nb.wire.keys import DaskKey, part_key
from maze_nb.wire.task_call import Source, TaskCall, decode_call, encode

Nodes = dict[Any, GraphNode]


@dataclass(slots=True)
class MapNodes:
    """The nodes of one map as they were submitted.

    ``template`` is that of the first item under the key of the map. ``readers`` are those through
    which others have what the map makes, with the name of the output; that they only come after it
    with no name.
    """

    template: Any = None
    readers: dict[DaskKey, str] = field(default_factory=dict)


def maps_in(nodes: Nodes, maps: Iterable[TaskRecord]) -> dict[TaskId, MapNodes]:
    """Return what a submitted graph has for each map, by the id of its task."""
    by_key = {task.key: task.spec.task_id for task in maps}
    found = {task_id: MapNodes(nodes[key]) for key, task_id in by_key.items()}
    for key, node in nodes.items():
        if isinstance(node, Task) and node.func in (gather, drop_outputs):
            for dependency in node.dependencies:
                if dependency in by_key:
                    name = node.args[0] if node.func is gather else ""
                    found[by_key[dependency]].readers[key] = name
    return found


def item_nodes(template: Any, items: Sequence[TaskRecord], first: int) -> Nodes:
    """Return the nodes of items, of which the first has the number `first`."""
    call = decode_call(template.args[0])
    return {
        item.key: Task(
            item.key, template.func, encode(_call_of(call, item.spec, index)), *template.args[1:]
        )
        for index, item in enumerate(items, first)
    }


def reader_nodes(of: MapNodes, task: TaskRecord, items: Sequence[TaskRecord]) -> Nodes:
    """Return the nodes through which others have what the items made."""
    found: Nodes = {}
    for key, name in of.readers.items():
        if not name:
            ends = [_end(item, found) for item in items]
            found[key] = Task(key, come_after, *map(TaskRef, ends))
        elif len(task.spec.outputs) == 1:
            found[key] = Task(key, gather, name, *(TaskRef(item.key) for item in items))
        else:
            parts = [_part(item, name, found) for item in items]
            found[key] = Task(key, gather, name, *map(TaskRef, parts))
    return found


def skipped_nodes(of: MapNodes) -> Nodes:
    """Return the nodes through which others learn that a map was skipped by its condition."""
    return {
        key: DataNode(key, {name: NotMade()} if name else None) for key, name in of.readers.items()
    }


def with_parts(nodes: Mapping[Any, GraphNode], wanted: Nodes, tasks: Iterable[Any]) -> Nodes:
    """Return nodes with all that they depend on, up to those with the keys of tasks."""
    found, handed = dict(wanted), set(tasks)
    todo = list(wanted.values())
    while todo:
        for key in todo.pop().dependencies:
            if key not in found and key not in handed and key in nodes:
                found[key] = nodes[key]
                todo.append(nodes[key])
    return found


def _call_of(call: TaskCall, spec: TaskSpec, index: int) -> TaskCall:
    inputs = {
        name: source if source.index < 0 else Source(source.dependency, source.output, index)
        for name, source in call.inputs.items()
    }
    return replace(call, task_id=spec.task_id, name=spec.name, inputs=inputs)


def _part(item: TaskRecord, name: str, found: Nodes) -> DaskKey:
    key = part_key(item.spec.name, item.run.run_id, item.spec.task_id, name)
    found[key] = Task(key, pick_output, TaskRef(item.key), name)
    return key


def _end(item: TaskRecord, found: Nodes) -> DaskKey:
    key = part_key(item.spec.name, item.run.run_id, item.spec.task_id, "")
    found[key] = Task(key, drop_outputs, TaskRef(item.key))
    return key
