"""The graph of a workflow as it is read: its tasks, its edges, and what may be joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from maze_nb.errors import CycleError, InputError, UnknownTaskError, WorkflowError, nearest
from maze_nb.model.graph import Edge, Graph, find_path
from maze_nb.model.ids import TaskId, WorkflowId
from maze_nb.sdk.asked import asked_of
from maze_nb.sdk.edges import Edges
from maze_nb.sdk.mapping import check_over
from maze_nb.sdk.readable import readable_graph
from maze_nb.sdk.resumption import workflow_id_for
from maze_nb.sdk.type_hints import check_hint, check_items
from maze_nb.sdk.workflow_task import Negated, WorkflowTask, references_in


class HeldGraph:
    """The tasks of a workflow and the edges between them, to be looked at.

    Attributes
    ----------
    workflow_id, name
        Which workflow this is.
    watchers
        Called after each change, by whoever makes it: views of the graph listen here.
    """

    def __init__(self, name: str | None = None) -> None:
        self.workflow_id: WorkflowId = workflow_id_for(name)
        self.name = name or f"workflow-{self.workflow_id[:8]}"
        self._tasks: dict[TaskId, WorkflowTask] = {}
        self._edges = Edges()
        self.watchers: list[Callable[[], None]] = []

    def tell_watchers(self) -> None:
        """Tell those who watch that something is new."""
        for watcher in [*self.watchers]:
            watcher()

    @property
    def task_count(self) -> int:
        """How many tasks it has."""
        return len(self._tasks)

    def get_tasks(self) -> list[WorkflowTask]:
        """Return the tasks in the order they were added."""
        return list(self._tasks.values())

    def get_task(self, task_id: str) -> WorkflowTask:
        """Return the task with an id.

        Raises
        ------
        UnknownTaskError
            If there is none.
        """
        found = self._tasks.get(TaskId(task_id))
        if found is None:
            known = [f"{task.task_id}" for task in self._tasks.values()]
            raise UnknownTaskError(
                f"workflow {self.name!r} has no task {task_id!r}: {nearest(task_id, known)}"
            )
        return found

    def successors(self, task_id: TaskId) -> list[TaskId]:
        """Return the tasks that come directly after one."""
        return self._edges.successors(task_id)

    def order_edges(self) -> dict[TaskId, list[WorkflowTask]]:
        """Return, for each task, those it runs after by ``add_edge``."""
        before: dict[TaskId, list[WorkflowTask]] = {}
        for source, target in self._edges.ordered():
            before.setdefault(target, []).append(self._tasks[source])
        return before

    def graph(self) -> Graph:
        """Return a frozen copy of the graph, without code and values."""
        asked = asked_of(self._tasks.values())
        names: dict[tuple[TaskId, TaskId], dict[str, None]] = {}
        for task in self._tasks.values():
            for _, reference in task.references():
                pair = (reference.task.task_id, task.task_id)
                names.setdefault(pair, {})[reference.name] = None
            for reference in references_in(task.when):
                pair = (reference.task.task_id, task.task_id)
                names.setdefault(pair, {})[reference.name] = None
        for pair in self._edges.ordered():
            names.setdefault(pair, {})
        return Graph(
            self.workflow_id,
            self.name,
            tuple(task.spec(asked.get(task.task_id, ())) for task in self._tasks.values()),
            tuple(Edge(source, target, tuple(found)) for (source, target), found in names.items()),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the graph as plain data, as it stands in the first message of a run."""
        return readable_graph(msgspec.to_builtins(self.graph()))

    def check_input(self, task: WorkflowTask, name: str, value: Any) -> None:
        """Raise InputError unless an input of a task can be given a value or an output."""
        signature = task.function.signature
        if name not in signature.inputs and not signature.is_open:
            raise InputError(
                f"task {task.name!r} has no input {name!r}: {nearest(str(name), signature.inputs)}"
            )
        if isinstance(value, WorkflowTask):
            outputs = value.function.outputs
            example = outputs[0] if outputs else "x"
            raise InputError(
                f"input {name!r} of task {task.name!r} is the task {value.name!r} itself: "
                f"give one of its outputs, such as .outputs[{example!r}]"
            )
        if isinstance(value, Negated):
            raise InputError(f"input {name!r} of task {task.name!r} is not_(…): that is for when=")
        for reference in references_in(value):
            self._own(reference.task)
        if name in task.over:
            check_over(task, name, value)
            check_items(task, name, value)
        else:
            check_hint(task, name, value)

    def _own(self, task: Any) -> None:
        if not isinstance(task, WorkflowTask) or self._tasks.get(task.task_id) is not task:
            what = f"task {task.name!r}" if isinstance(task, WorkflowTask) else repr(task)
            raise WorkflowError(f"{what} is not in workflow {self.name!r}: add it there first")

    def _refuse_cycle(self, source: WorkflowTask, target: WorkflowTask) -> None:
        path = find_path(target.task_id, source.task_id, self.successors)
        if path is not None:
            shown = " → ".join([*(self._tasks[task_id].name for task_id in path), target.name])
            raise CycleError(
                f"an edge from {source.name!r} to {target.name!r} would close a cycle: {shown}"
            )
