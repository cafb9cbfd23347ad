"""How the tasks of a graph stand, so that a change can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import CycleError, WorkflowError
from maze_nb.model.graph import find_path
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources
from maze_nb.sdk.edges import Edges
from maze_nb.sdk.workflow_task import WorkflowTask, references_in


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """How one task stands: what it is given, what it asks for, and what it only runs after."""

    task: WorkflowTask
    inputs: tuple[tuple[str, Any], ...]
    resources: Resources
    options: CheckedOptions
    after: frozenset[TaskId]

    def is_as(self, other: TaskStanding | None) -> bool:
        """Whether a task stands as it stood; a value is the same only if it is the same object."""
        if other is None or self.task is not other.task or self.after != other.after:
            return False
        mine, theirs = dict(self.inputs), dict(other.inputs)
        return (
            (self.resources, self.options) == (other.resources, other.options)
            and [*mine] == [*theirs]
            and all(value is theirs[name] for name, value in mine.items())
        )

    def take_effect(self) -> None:
        """Have the task stand like this."""
        self.task.inputs = dict(self.inputs)
        self.task.resources = self.resources
        self.task.options = self.options


def standing_of(task: WorkflowTask, after: Iterable[WorkflowTask]) -> TaskStanding:
    """Return how a task stands that runs after others."""
    return TaskStanding(
        task,
        tuple(task.inputs.items()),
        task.resources,
        task.options,
        frozenset(other.task_id for other in after),
    )


def edges_of(standings: Sequence[TaskStanding]) -> Edges:
    """Return the edges between tasks that stand like this.

    Raises
    ------
    WorkflowError
        If one reads, or is to run after, a task that is none of them.
    CycleError
        If they wait for each other.
    """
    known = {each.task.task_id: each.task for each in standings}
    edges = Edges()
    for task_id in known:
        edges.add(task_id)
    for each in standings:
        values = [*(value for _, value in each.inputs), each.task.when]
        read = {reference.task.task_id for value in values for reference in references_in(value)}
        for task_id in read | each.after:
            if task_id not in known:
                raise WorkflowError(
                    f"task {each.task.name!r} would come after a task that is not in the workflow "
                    f"any more"
                )
        edges.connect(each.task, values)
        for task_id in each.after:
            edges.order(task_id, each.task.task_id)
    _refuse_cycle(known, edges)
    return edges


def _refuse_cycle(known: dict[TaskId, WorkflowTask], edges: Edges) -> None:
    waits = dict.fromkeys(known, 0)
    for task_id in known:
        for following in edges.successors(task_id):
            waits[following] += 1
    free = [task_id for task_id, count in waits.items() if not count]
    while free:
        task_id = free.pop()
        del waits[task_id]
        for following in edges.successors(task_id):
            waits[following] -= 1
            if not waits[following]:
                free.append(following)
    for task_id in waits:
        for following in edges.successors(task_id):
            path = find_path(following, task_id, edges.successors)
            if path is not None:
                shown = " → ".join(known[each].name for each in [task_id, *path])
                raise CycleError(f"these tasks would wait for each other: {shown}")
