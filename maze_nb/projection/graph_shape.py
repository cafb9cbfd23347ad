"""The tasks and edges of a graph dictionary, read once and checked for what drawing needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import resource_text
from maze_nb.projection.message import listed, mapping_of, text_of, whole_of
from maze_nb.projection.option_text import option_text


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
    """

    id: str
    name: str
    asks: str
    outputs: tuple[str, ...]
    options: str = ""
    attempts: int = 1


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
    tasks: dict[str, ShapeTask] = {}
    for raw in map(mapping_of, listed(graph.get("tasks"))):
        task_id = text_of(raw.get("id"))
        if task_id is not None:
            tasks[task_id] = ShapeTask(
                id=task_id,
                name=first_line(raw.get("name") or task_id),
                asks=resource_text(raw.get("resources")),
                outputs=tuple(map(str, listed(raw.get("outputs")))),
                options=option_text(raw.get("options")),
                attempts=1 + (whole_of(mapping_of(raw.get("options")).get("retries")) or 0),
            )
    edges: dict[tuple[str, str], tuple[str, ...]] = {}
    for raw in map(mapping_of, listed(graph.get("edges"))):
        source, target = str(raw.get("source")), str(raw.get("target"))
        if source in tasks and target in tasks and source != target:
            names = tuple(map(str, listed(raw.get("names"))))
            edges[source, target] = (*edges.get((source, target), ()), *names)
    return GraphShape(name=first_line(graph.get("name")) or "workflow", tasks=tasks, edges=edges)
