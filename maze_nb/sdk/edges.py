"""Which tasks of an editable graph come directly after which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from maze_nb.model.ids import TaskId
from maze_nb.sdk.workflow_task import WorkflowTask, references_in


class Edges:
    """The edges between tasks: those that carry data, and those that only order.

    Guards that an edge of data is there as long as any input, or the condition, of a task reads
    the other.
    """

    def __init__(self) -> None:
        self._data: dict[TaskId, dict[TaskId, int]] = {}
        self._order: dict[TaskId, dict[TaskId, None]] = {}

    def add(self, task_id: TaskId) -> None:
        """Add a task without edges."""
        self._data[task_id] = {}
        self._order[task_id] = {}

    def remove(self, tasks: list[WorkflowTask]) -> None:
        """Take out tasks with their edges, in one pass however many they are."""
        for task in tasks:
            self.disconnect(task, task.values())
        gone = {task.task_id for task in tasks}
        for task_id in gone:
            del self._data[task_id], self._order[task_id]
        for following in self._order.values():
            for task_id in following.keys() & gone:
                del following[task_id]

    def connect(self, target: WorkflowTask, values: Iterable[Any]) -> None:
        """Note that a task reads these values."""
        self._count(target, values, 1)

    def disconnect(self, target: WorkflowTask, values: Iterable[Any]) -> None:
        """Note that a task does not read these values any more."""
        self._count(target, values, -1)

    def order(self, source: TaskId, target: TaskId) -> None:
        """Let one task run after another."""
        self._order[source][target] = None

    def unorder(self, source: TaskId, target: TaskId) -> None:
        """Let it run before that too, unless it reads what that makes."""
        self._order[source].pop(target, None)

    def successors(self, task_id: TaskId) -> list[TaskId]:
        """Return the tasks that come directly after one."""
        return list({**self._data[task_id], **self._order[task_id]})

    def ordered(self) -> Iterator[tuple[TaskId, TaskId]]:
        """Yield the pairs of tasks of which the second runs after the first by ``order``."""
        for source, targets in self._order.items():
            for target in targets:
                yield source, target

    def _count(self, target: WorkflowTask, values: Iterable[Any], step: int) -> None:
        for value in values:
            for reference in references_in(value):
                following = self._data[reference.task.task_id]
                count = following.get(target.task_id, 0) + step
                if count > 0:
                    following[target.task_id] = count
                else:
                    following.pop(target.task_id, None)
