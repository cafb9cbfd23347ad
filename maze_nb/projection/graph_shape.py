"""The tasks and edges of a graph dictionary, read once and checked for what drawing needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import resource_text
from maze_nb.projection.marks import mark_of
from maze_nb.projection.message import listed, mapping_of, text_of, whole_of
from maze_nb.projection.option_text import option_text

MAP_KIND = "map"
"""The kind of a task that maps over a list."""
TOLD_KINDS = ("command", "container", "notebook", "shell")
"""The kinds that are told of: what runs Python is as people expect it."""


@dataclass(frozen=True, slots=True)
class ShapeTask:
    """A task as a picture names it.

    Attributes
    ----------
    asks
        What resources it asks for, in words.
    options
        How it is to be run, in words.
    attempts
        How often it is tried at most, if no worker is lost.
    is_map
        Whether it maps over a list, so that it stands for the tasks of its items.
    group
        The sub-workflows that it is part of, the outermost first.
    mark, why
        Whether it is stale, and why; empty where nothing is said.
    kind
        What it runs; empty for Python.
    """

    id: str
    name: str
    asks: str
    outputs: tuple[str, ...]
    options: str = ""
    attempts: int = 1
    is_map: bool = False
    group: tuple[str, ...] = ()
    mark: str = ""
    why: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class GraphShape:
    """The tasks of a graph in order, and which output names go from where to where.

    Attributes
    ----------
    name
        The workflow's name.
    tasks
        By id, in the order they were added.
    edges
        Output names by (source, target); both ends are known tasks and differ.
    """

    name: str
    tasks: dict[str, ShapeTask]
    edges: dict[tuple[str, str], tuple[str, ...]]

    def name_of(self, task_id: str) -> str:
        """Return the name of a task, also of an item of a map: ``fit[3]``; else its id."""
        if task_id in self.tasks:
            return self.tasks[task_id].name
        head, _, item = task_id.rpartition(".")
        if head in self.tasks and item.isdecimal():
            return f"{self.tasks[head].name}[{item}]"
        return first_line(task_id)

    def sources(self) -> dict[str, list[str]]:
        """Return the direct dependencies of each task."""
        found: dict[str, list[str]] = {task_id: [] for task_id in self.tasks}
        for source, target in self.edges:
            found[target].append(source)
        return found

    def targets(self) -> dict[str, list[str]]:
        """Return the direct dependents of each task."""
        found: dict[str, list[str]] = {task_id: [] for task_id in self.tasks}
        for source, target in self.edges:
            found[source].append(target)
        return found


def shape_of(graph: Mapping[str, object]) -> GraphShape:
    """Read a graph dictionary ``{"workflow_id", "name", "tasks", "edges"}``."""
    read = map(_task_of, map(mapping_of, listed(graph.get("tasks"))))
    tasks = {task.id: task for task in read if task is not None}
    # Items of a map are looked at as one, with the task that maps.
    maps = {task.id for task in tasks.values() if task.is_map}
    tasks = {task.id: task for task in tasks.values() if not maps.intersection(task.group)}
    edges: dict[tuple[str, str], tuple[str, ...]] = {}
    for raw in map(mapping_of, listed(graph.get("edges"))):
        source, target = str(raw.get("source")), str(raw.get("target"))
        if source in tasks and target in tasks and source != target:
            names = tuple(map(str, listed(raw.get("names"))))
            edges[source, target] = (*edges.get((source, target), ()), *names)
    return GraphShape(name=first_line(graph.get("name")) or "workflow", tasks=tasks, edges=edges)


def _task_of(raw: Mapping[str, object]) -> ShapeTask | None:
    task_id = text_of(raw.get("id"))
    if task_id is None:
        return None
    mark, why = mark_of(raw)
    kind = text_of(raw.get("kind")) or ""
    return ShapeTask(
        id=task_id,
        name=first_line(raw.get("name") or task_id),
        asks=resource_text(raw.get("resources")),
        outputs=tuple(map(str, listed(raw.get("outputs")))),
        options=option_text(raw.get("options")),
        attempts=1 + (whole_of(mapping_of(raw.get("options")).get("retries")) or 0),
        is_map=kind == MAP_KIND,
        group=tuple(filter(None, (text_of(raw.get("group")) or "").split("/"))),
        mark=mark,
        why=why,
        kind=kind if kind in TOLD_KINDS else "",
    )
