"""The editable graph of a workflow: tasks, and the edges that follow from their inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Unpack

import msgspec

from maze_nb.errors import CycleError, InputError, UnknownTaskError, WorkflowError, nearest
from maze_nb.model.graph import Edge, Graph, find_path
from maze_nb.model.ids import TaskId, WorkflowId, new_task_id, new_workflow_id
from maze_nb.model.parse_options import OptionWords, parse_options
from maze_nb.model.resources import parse_resources
from maze_nb.sdk.readable import readable_graph
from maze_nb.sdk.task import TaskFunction, as_task
from maze_nb.sdk.workflow_task import WorkflowTask, references_in

_KEYWORDS = ("inputs", "resources", "name", "task_id")


class WorkflowGraph:
    """The editable graph of a workflow. Guards that it has no cycle and no unknown names.

    Attributes
    ----------
    workflow_id, name
        Which workflow this is.
    """

    def __init__(self, name: str | None = None) -> None:
        self.workflow_id: WorkflowId = new_workflow_id()
        self.name = name or f"workflow-{self.workflow_id[:8]}"
        self._tasks: dict[TaskId, WorkflowTask] = {}
        self._data: dict[TaskId, dict[TaskId, int]] = {}
        self._order: dict[TaskId, dict[TaskId, None]] = {}

    def add_task(
        self,
        task_func: Callable[..., Any] | TaskFunction,
        inputs: Mapping[str, Any] | None = None,
        *,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        **options: Unpack[OptionWords],
    ) -> WorkflowTask:
        """Add a task.

        Parameters
        ----------
        task_func
            A function, decorated with ``@task`` or not.
        inputs
            The value of each input; an output of another task (``other.outputs["x"]``, also
            inside lists, tuples and dicts) makes an edge.
        resources
            What to ask for instead of what the decorator says, name by name.
        name
            What to call it; by default the name of the function.
        task_id
            An id to use instead of a fresh one.
        timeout, isolation, retries, backoff, retry_on, priority, deadline, tags, prefer
            How to run it, instead of what the decorator says, name by name: see ``task``.

        Raises
        ------
        InputError
            If an input is missing, unknown or misspelt.
        ResourceError
            If resources are misspelt, negative or not numbers.
        OptionError
            If an option is misspelt or makes no sense.
        WorkflowError
            If the id is taken, or an output of another workflow's task is given.
        """
        function = as_task(task_func)
        if name is not None and not str(name).strip():
            raise WorkflowError("the name of a task must not be empty")
        label = name or function.name
        if task_id is not None and task_id in self._tasks:
            raise WorkflowError(f"the workflow has a task with the id {task_id!r} already")
        where = f"task {label!r}"
        asked = parse_resources(resources, base=function.resources, where=where)
        checked = parse_options(
            options, base=function.options, resources=asked, where=where, keywords=_KEYWORDS
        )
        task = WorkflowTask(self, TaskId(task_id or new_task_id()), label, function, asked, checked)
        given = dict(inputs or {})
        for key, value in given.items():
            self._check_input(task, key, value)
        task.inputs.update(given)
        missing = task.missing_inputs()
        if missing:
            raise InputError(
                f"task {label!r} has no value for its input {missing[0]!r}: "
                f"give it in add_task(…, inputs={{{missing[0]!r}: …}})"
            )
        self._tasks[task.task_id] = task
        self._data[task.task_id] = {}
        self._order[task.task_id] = {}
        self._connect(task, given.values(), 1)
        return task

    def remove_task(self, task: WorkflowTask) -> None:
        """Take a task out, with its edges; inputs that read it have to be given anew."""
        self._own(task)
        for other in self._tasks.values():
            for key, value in list(other.inputs.items()):
                if any(reference.task is task for reference in references_in(value)):
                    self._unset(other, key)
        self._connect(task, task.inputs.values(), -1)
        del self._tasks[task.task_id], self._data[task.task_id], self._order[task.task_id]
        for following in self._order.values():
            following.pop(task.task_id, None)

    def set_input(self, task: WorkflowTask, name: str, value: Any) -> None:
        """Give an input of a task a value or another task's output."""
        self._own(task)
        self._check_input(task, name, value)
        for reference in references_in(value):
            self._refuse_cycle(reference.task, task)
        if name in task.inputs:
            self._unset(task, name)
        task.inputs[name] = value
        self._connect(task, [value], 1)

    def cancel_task(self, task: WorkflowTask, run_id: str | None) -> None:
        """Refuse: only a workflow that a client made has runs."""
        where = "" if run_id is None else f" in run {run_id}"
        raise WorkflowError(
            f"task {task.name!r} cannot be cancelled{where}: no client runs workflow {self.name!r}"
        )

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
        self._order[source.task_id][target.task_id] = None

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
        self._order[source.task_id].pop(target.task_id, None)
        for key, value in list(target.inputs.items()):
            if any(reference.task is source for reference in references_in(value)):
                self._unset(target, key)

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
        return list({**self._data[task_id], **self._order[task_id]})

    def order_edges(self) -> dict[TaskId, list[WorkflowTask]]:
        """Return, for each task, those it runs after by ``add_edge``."""
        before: dict[TaskId, list[WorkflowTask]] = {}
        for source, targets in self._order.items():
            for target in targets:
                before.setdefault(target, []).append(self._tasks[source])
        return before

    def graph(self) -> Graph:
        """Return a frozen copy of the graph, without code and values."""
        names: dict[tuple[TaskId, TaskId], dict[str, None]] = {}
        for task in self._tasks.values():
            for _, reference in task.references():
                pair = (reference.task.task_id, task.task_id)
                names.setdefault(pair, {})[reference.name] = None
        for source, targets in self._order.items():
            for target in targets:
                names.setdefault((source, target), {})
        return Graph(
            self.workflow_id,
            self.name,
            tuple(task.spec() for task in self._tasks.values()),
            tuple(Edge(source, target, tuple(found)) for (source, target), found in names.items()),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the graph as plain data, as it stands in the first message of a run."""
        return readable_graph(msgspec.to_builtins(self.graph()))

    def _check_input(self, task: WorkflowTask, name: str, value: Any) -> None:
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
        for reference in references_in(value):
            self._own(reference.task)

    def _connect(self, target: WorkflowTask, values: Iterable[Any], step: int) -> None:
        for value in values:
            for reference in references_in(value):
                following = self._data[reference.task.task_id]
                count = following.get(target.task_id, 0) + step
                if count > 0:
                    following[target.task_id] = count
                else:
                    following.pop(target.task_id, None)

    def _unset(self, task: WorkflowTask, name: str) -> None:
        self._connect(task, [task.inputs.pop(name)], -1)

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
