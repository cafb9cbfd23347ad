"""A graph as text: Mermaid source, a print for the terminal, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from maze_nb.model.rows import Snapshot
from maze_nb.projection.graph_shape import GraphShape, ShapeTask, shape_of
from maze_nb.projection.group_face import items_text, map_label, map_state
from maze_nb.projection.humane import count_text
from maze_nb.projection.layers import by_layer, layer_of_each
from maze_nb.projection.looks import TASK_LOOKS
from maze_nb.projection.marks import CURRENT, MARK_LOOKS, STALE, Marks, marked, marks_text
from maze_nb.projection.reuse import shown_state

SOURCES_SHOWN = 6
NAMES_SHOWN = 4
NAME_WIDTH = 32


class GraphInfo(TypedDict):
    """The figures of a graph; ``layers``, ``start_tasks`` and ``end_tasks`` hold task ids."""

    workflow_id: str
    name: str
    task_count: int
    edge_count: int
    tasks: list[object]
    edges: list[object]
    layers: list[list[str]]
    start_tasks: list[str]
    end_tasks: list[str]


def graph_info(graph: Mapping[str, object]) -> GraphInfo:
    """Return the figures of a graph dictionary: its tasks, edges, layers, first and end tasks."""
    shape = shape_of(graph)
    sources, targets = shape.sources(), shape.targets()
    return {
        "workflow_id": str(graph.get("workflow_id") or ""),
        "name": shape.name,
        "task_count": len(shape.tasks),
        "edge_count": len(shape.edges),
        "tasks": list(_list(graph.get("tasks"))),
        "edges": list(_list(graph.get("edges"))),
        "layers": _layers(shape),
        "start_tasks": [task_id for task_id, found in sources.items() if not found],
        "end_tasks": [task_id for task_id, found in targets.items() if not found],
    }


def graph_mermaid(
    graph: Mapping[str, object], snapshot: Snapshot | None = None, *, marks: Marks | None = None
) -> str:
    """Return a graph as Mermaid flowchart source, coloured by state when a snapshot is given."""
    shape = shape_of(marked(graph, marks))
    number = {task_id: f"t{at}" for at, task_id in enumerate(shape.tasks)}
    lines = ["flowchart LR", *_mermaid_nodes(shape, number, snapshot)]
    for (source, target), names in shape.edges.items():
        label = f'|"{_mermaid_label(_names_text(names))}"|' if names else ""
        lines.append(f"    {number[source]} -->{label} {number[target]}")
    if snapshot is not None:
        lines += _mermaid_states(shape, number, snapshot)
    stale = [number[task.id] for task in shape.tasks.values() if task.mark == STALE]
    if stale:
        dashed = f"stroke:{MARK_LOOKS[STALE].colour},stroke-dasharray:4 3"
        lines += [f"    classDef stale {dashed}", f"    class {','.join(stale)} stale"]
    return "\n".join(lines) + "\n"


def graph_print(
    graph: Mapping[str, object], snapshot: Snapshot | None = None, *, marks: Marks | None = None
) -> str:
    """Return a graph as plain text: its layers, each task with the tasks it reads from.

    Parameters
    ----------
    marks
        Which tasks are stale, and why, by their ids; shown where there is no snapshot.

    Examples
    --------
    ::

        digits: 3 tasks, 2 edges, 2 layers

        layer 1
          load
        layer 2  (2 tasks)
          svm  ← load (xs, ys)  (end)
          knn  ← load (xs)  (end)
    """
    shape = shape_of(marked(graph, marks))
    layers = _layers(shape)
    counts = (
        count_text(len(shape.tasks), "task"),
        count_text(len(shape.edges), "edge"),
        count_text(len(layers), "layer"),
    )
    said = marks_text(task.mark for task in shape.tasks.values())
    lines = [f"{shape.name}: {', '.join(counts)}{f'  ({said})' if said else ''}"]
    if not shape.tasks:
        return f"{lines[0]}\n"
    sources, targets = shape.sources(), shape.targets()
    names = {task.id: _name(task, snapshot) for task in shape.tasks.values()}
    lines.append("")
    for at, layer in enumerate(layers, 1):
        lines.append(f"layer {at}" + (f"  ({len(layer)} tasks)" if len(layer) > 1 else ""))
        width = min(NAME_WIDTH, max(len(names[task_id]) for task_id in layer))
        for task_id in layer:
            name = f"{_glyph(shape.tasks[task_id], snapshot)}{names[task_id]:<{width}}"
            reads = _sources_text(shape, sources[task_id], task_id)
            end = "(end)" if shape.edges and not targets[task_id] else ""
            parts = (name, reads, end, _note(shape.tasks[task_id], snapshot))
            lines.append(f"  {'  '.join(part for part in parts if part)}".rstrip())
    return "\n".join(lines) + "\n"


def _layers(shape: GraphShape) -> list[list[str]]:
    nodes = list(shape.tasks)
    return by_layer(layer_of_each(nodes, shape.sources(), shape.targets()), nodes)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _glyph(task: ShapeTask, snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return f"{MARK_LOOKS[task.mark].glyph} " if task.mark else ""
    look = TASK_LOOKS.get(_state(task, snapshot))
    return f"{look.glyph} " if look is not None else ""


def _name(task: ShapeTask, snapshot: Snapshot | None) -> str:
    """Return a task's name after those of the sub-workflows that it is part of."""
    each = snapshot["maps"].get(task.id) if snapshot is not None else None
    own = map_label(task.name, each) if task.is_map else task.name
    return "/".join((*task.group, own))


def _note(task: ShapeTask, snapshot: Snapshot | None) -> str:
    if snapshot is None:
        said = ": ".join(part for part in (task.mark, task.why) if part)
        if task.mark == CURRENT:
            said = ""
        mapped = "for each item" if task.is_map else ""
        return "  ".join(f"[{part}]" for part in (mapped, said) if part)
    each = snapshot["maps"].get(task.id)
    return f"[{items_text(each)}]" if each is not None else ""


def _state(task: ShapeTask, snapshot: Snapshot) -> str:
    row, each = snapshot["tasks"].get(task.id), snapshot["maps"].get(task.id)
    if row is None:
        return ""
    if each is not None:
        return map_state(row, each, snapshot["run"])
    return shown_state(row)


def _sources_text(shape: GraphShape, sources: Sequence[str], task_id: str) -> str:
    if not sources:
        return ""
    shown = [_source_text(shape, source, task_id) for source in sources[:SOURCES_SHOWN]]
    more = len(sources) - SOURCES_SHOWN
    return "← " + ", ".join(shown) + (f", … {more} more" if more > 0 else "")


def _source_text(shape: GraphShape, source: str, task_id: str) -> str:
    names = shape.edges[source, task_id]
    return shape.tasks[source].name + (f" ({_names_text(names)})" if names else "")


def _names_text(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f", … {more} more" if more > 0 else "")


def _mermaid_label(text: str) -> str:
    # Mermaid knows HTML entities written with a hash; quotes end a label, the rest can nest.
    replaced = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
    return "".join(replaced.get(char, char) for char in text)


def _mermaid_nodes(
    shape: GraphShape, number: Mapping[str, str], snapshot: Snapshot | None
) -> list[str]:
    """Return a line for each task, those of a sub-workflow in a frame of their own."""
    groups: dict[str, list[str]] = {}
    lines = []
    for task in shape.tasks.values():
        each = snapshot["maps"].get(task.id) if snapshot is not None else None
        label = _mermaid_label(map_label(task.name, each) if task.is_map else task.name)
        ends = ("[[", "]]") if task.is_map else ("[", "]")
        node = f'{number[task.id]}{ends[0]}"{label}"{ends[1]}'
        if task.group:
            groups.setdefault(task.group[0], []).append(f"        {node}")
        else:
            lines.append(f"    {node}")
    for at, (name, nodes) in enumerate(groups.items()):
        lines += [f'    subgraph g{at}["{_mermaid_label(name)}"]', *nodes, "    end"]
    return lines


def _mermaid_states(shape: GraphShape, number: Mapping[str, str], snapshot: Snapshot) -> list[str]:
    states: dict[str, list[str]] = {}
    for task in shape.tasks.values():
        if (state := _state(task, snapshot)) in TASK_LOOKS:
            states.setdefault(state, []).append(number[task.id])
    lines = []
    for state, numbers in states.items():
        lines.append(f"    classDef {state} stroke:{TASK_LOOKS[state].colour},stroke-width:2px")
        lines.append(f"    class {','.join(numbers)} {state}")
    return lines
