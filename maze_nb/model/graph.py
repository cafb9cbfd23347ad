"""The directed acyclic graph of a workflow's tasks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from maze_nb.model.ids import TaskId, WorkflowId
from maze_nb.model.task_spec import TaskSpec


@dataclass(frozen=True, slots=True)
class Edge:
    """``target`` runs after ``source`` and reads the outputs ``names`` (none: order only)."""

    source: TaskId
    target: TaskId
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A frozen workflow without its code.

    Attributes
    ----------
    workflow_id, name
        The workflow it was frozen from.
    tasks
        In the order they were added.
    edges
        At most one for each ordered pair of tasks.
    """

    workflow_id: WorkflowId
    name: str
    tasks: tuple[TaskSpec, ...] = ()
    edges: tuple[Edge, ...] = ()

    def dependents(self) -> dict[TaskId, list[TaskId]]:
        """Return the direct dependents of each task."""
        found: dict[TaskId, list[TaskId]] = {task.task_id: [] for task in self.tasks}
        for edge in self.edges:
            found[edge.source].append(edge.target)
        return found


def reachable(
    starts: Iterable[TaskId], neighbours: Mapping[TaskId, Iterable[TaskId]]
) -> list[TaskId]:
    """Return what can be reached from `starts`, breadth first, without `starts` themselves."""
    todo = deque(starts)
    seen = set(todo)
    found = []
    while todo:
        for neighbour in neighbours.get(todo.popleft(), ()):
            if neighbour not in seen:
                seen.add(neighbour)
                found.append(neighbour)
                todo.append(neighbour)
    return found


def find_path(
    start: TaskId, end: TaskId, neighbours: Callable[[TaskId], Iterable[TaskId]]
) -> list[TaskId] | None:
    """Return a shortest path from `start` to `end`, both included, or None."""
    came_from: dict[TaskId, TaskId | None] = {start: None}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        if here == end:
            return _walk_back(end, came_from)
        for neighbour in neighbours(here):
            if neighbour not in came_from:
                came_from[neighbour] = here
                todo.append(neighbour)
    return None


def _walk_back(end: TaskId, came_from: Mapping[TaskId, TaskId | None]) -> list[TaskId]:
    path = [end]
    while (previous := came_from[path[-1]]) is not None:
        path.append(previous)
    return path[::-1]
