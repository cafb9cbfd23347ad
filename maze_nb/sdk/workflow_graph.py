"""The editable graph of a workflow: tasks are added to it, and asked to run in other ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from maze_nb.errors import InputError, WorkflowError
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import OptionWords, parse_options
from maze_nb.model.resources import parse_resources
from maze_nb.sdk.adds_commands import AddsCommands
from maze_nb.sdk.adds_containers import AddsContainers
from maze_nb.sdk.adds_notebooks import AddsNotebooks
from maze_nb.sdk.conditions import check_when
from maze_nb.sdk.mapping import AddsMaps
from maze_nb.sdk.resumption import task_id_for
from maze_nb.sdk.standing import TaskStanding, edges_of, standing_of
from maze_nb.sdk.task import as_task
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.wired_graph import WiredGraph
from maze_nb.sdk.workflow_task import When, WorkflowTask, references_in

_KEYWORDS = ("inputs", "resources", "name", "task_id", "when")


class WorkflowGraph(AddsMaps, AddsNotebooks, AddsCommands, AddsContainers, WiredGraph):
    """The editable graph of a workflow. Guards that all of its tasks are complete and can run.

    Attributes
    ----------
    group
        What tasks that are added from now on belong to; see ``WorkflowTask.group``.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.group = ""

    def add_task(
        self,
        task_func: Callable[..., Any] | TaskFunction,
        inputs: Mapping[str, Any] | None = None,
        *,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        when: When | None = None,
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
        when
            An output of another task, or ``not_`` of one: the task runs only if that is true.
            Otherwise it is skipped, and so is what reads it, except by inputs with defaults, which
            are used then, or by ``either``.
        timeout, isolation, retries, backoff, retry_on, priority, deadline, tags, prefer
            How to run it, instead of what the decorator says, name by name: see ``task``.

        Raises
        ------
        InputError
            If an input is missing, unknown or misspelt.
        TypeHintError
            If a value, or the output it is to come from, does not match the input's type hint.
        ResourceError
            If resources are misspelt, negative or not numbers.
        OptionError
            If an option is misspelt or makes no sense.
        WorkflowError
            If the id is taken, or an output of another workflow's task is given.
        """
        return self._add(
            as_task(task_func), inputs, {}, resources, name, task_id, when, dict(options)
        )

    def _add(
        self,
        function: TaskFunction,
        inputs: Mapping[str, Any] | None,
        over: Mapping[str, Any],
        resources: Mapping[str, float] | None,
        name: str | None,
        task_id: str | None,
        when: When | None,
        options: Mapping[str, Any],
    ) -> WorkflowTask:
        """Add a task, which maps if there are lists by input in `over`."""
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
        check_when(when, where)
        new_id = TaskId(task_id or task_id_for(self.workflow_id, label))
        task = WorkflowTask(
            self, new_id, label, function, asked, checked, over=tuple(over), when=when
        )
        task.group = self.group
        given = {**(inputs or {}), **over}
        for key, value in given.items():
            self.check_input(task, key, value)
        for reference in references_in(when):
            self._own(reference.task)
        task.inputs.update(given)
        missing = task.missing_inputs()
        if missing:
            raise InputError(
                f"task {label!r} has no value for its input {missing[0]!r}: "
                f"give it in add_task(…, inputs={{{missing[0]!r}: …}})"
            )
        self._tasks[task.task_id] = task
        self._edges.add(task.task_id)
        self._edges.connect(task, task.values())
        self._changed()
        return task

    def take_back(self, count: int) -> None:
        """Take out all tasks but the first `count`; those that stay must read none of the others.

        In one pass, however many there are.
        """
        gone = self.get_tasks()[count:]
        for task in gone:
            del self._tasks[task.task_id]
        self._edges.remove(gone)
        self._changed()

    def set_resources(self, task: WorkflowTask, resources: Mapping[str, Any]) -> None:
        """Have a task ask for other resources, name by name.

        Raises
        ------
        ResourceError, OptionError
            If they are misspelt or make no sense, also together with its options.
        """
        self._own(task)
        where = f"task {task.name!r}"
        asked = parse_resources(resources, base=task.resources, where=where)
        task.options = parse_options({}, base=task.options, resources=asked, where=where)
        task.resources = asked
        self._changed()

    def set_options(self, task: WorkflowTask, options: Mapping[str, Any]) -> None:
        """Have a task run with other options, name by name.

        Raises
        ------
        OptionError
            If they are misspelt or make no sense.
        """
        self._own(task)
        where = f"task {task.name!r}"
        task.options = parse_options(
            options, base=task.options, resources=task.resources, where=where
        )
        self._changed()

    def cancel_task(self, task: WorkflowTask, run_id: str | None) -> None:
        """Refuse: only a workflow that a client made has runs."""
        where = "" if run_id is None else f" in run {run_id}"
        raise WorkflowError(
            f"task {task.name!r} cannot be cancelled{where}: no client runs workflow {self.name!r}"
        )

    def standings(self) -> dict[TaskId, TaskStanding]:
        """Return how all tasks stand, in their order."""
        before = self.order_edges()
        return {
            task_id: standing_of(task, before.get(task_id, ()))
            for task_id, task in self._tasks.items()
        }

    def stand(self, standings: Sequence[TaskStanding]) -> None:
        """Have exactly these tasks, as they stand there.

        Raises
        ------
        WorkflowError
            If one would read what is none of them. The graph is then as it was.
        CycleError
            If they would wait for each other.
        """
        self._edges = edges_of(standings)
        for each in standings:
            each.take_effect()
        self._tasks = {each.task.task_id: each.task for each in standings}
        self._changed()
