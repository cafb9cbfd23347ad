"""The graph of a workflow whose tasks are there: what they read, and what they run after."""

from __future__ import annotations

from typing import Any

from maze_nb.errors import InputError, WorkflowError, nearest
from maze_nb.sdk.conditions import refuse_unconditional
from maze_nb.sdk.held_graph import HeldGraph
from maze_nb.sdk.workflow_task import WorkflowTask, references_in


class WiredGraph(HeldGraph):
    """A graph whose edges can be changed. Guards that it has no cycle and no unknown names."""

    def remove_task(self, task: WorkflowTask) -> None:
        """Take a task out, with its edges; inputs that read it have to be given anew."""
        self._own(task)
        for other in self._tasks.values():
            refuse_unconditional(other, task)
        for other in self._tasks.values():
            for key, value in list(other.inputs.items()):
                if any(reference.task is task for reference in references_in(value)):
                    self._unset(other, key)
        del self._tasks[task.task_id]
        self._edges.remove([task])
        self._changed()

    def set_input(self, task: WorkflowTask, name: str, value: Any) -> None:
        """Give an input of a task a value or another task's output."""
        self._own(task)
        self.check_input(task, name, value)
        for reference in references_in(value):
            self._refuse_cycle(reference.task, task)
        if name in task.inputs:
            self._edges.disconnect(task, [task.inputs[name]])
        task.inputs[name] = value
        self._edges.connect(task, [value])
        self._changed()

    def unset_input(self, task: WorkflowTask, name: str) -> None:
        """Take away what an input is given; unless it has a default, it has to be given anew.

        Raises
        ------
        InputError
            If it is given nothing.
        """
        self._own(task)
        if name not in task.inputs:
            raise InputError(
                f"input {name!r} of task {task.name!r} is given nothing: "
                f"{nearest(name, task.inputs)}"
            )
        self._unset(task, name)
        self._changed()

    def add_edge(self, source: WorkflowTask, target: WorkflowTask) -> None:
        """Let `target` run after `source`, with no data between them.

        Raises
        ------
        CycleError
            If `source` already comes after `target`.
        """
        self._own(source)
        self._own(target)
        self._refuse_cycle(source, target)
        self._edges.order(source.task_id, target.task_id)
        self._changed()

    def del_order(self, source: WorkflowTask, target: WorkflowTask) -> None:
        """Let `target` run before `source` too, unless it reads what that makes.

        Raises
        ------
        WorkflowError
            If no ``add_edge`` joins them.
        """
        self._own(source)
        self._own(target)
        if source not in self.order_edges().get(target.task_id, ()):
            raise WorkflowError(
                f"task {target.name!r} is not told to run after {source.name!r}: where it reads "
                f"what that makes, disconnect its input"
            )
        self._edges.unorder(source.task_id, target.task_id)
        self._changed()

    def del_edge(self, source: WorkflowTask, target: WorkflowTask) -> None:
        """Remove the edge between two tasks; inputs that made it have to be given anew.

        Raises
        ------
        WorkflowError
            If there is no such edge.
        """
        self._own(source)
        self._own(target)
        if target.task_id not in self.successors(source.task_id):
            raise WorkflowError(f"there is no edge from {source.name!r} to {target.name!r}")
        refuse_unconditional(target, source)
        self._edges.unorder(source.task_id, target.task_id)
        for key, value in list(target.inputs.items()):
            if any(reference.task is source for reference in references_in(value)):
                self._unset(target, key)
        self._changed()

    def _changed(self) -> None:
        self.tell_watchers()

    def _unset(self, task: WorkflowTask, name: str) -> None:
        self._edges.disconnect(task, [task.inputs.pop(name)])
