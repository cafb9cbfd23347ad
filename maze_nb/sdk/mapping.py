"""Tasks that map over lists: which input takes the items, and what can be mapped over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Unpack

from maze_nb.errors import InputError, nearest
from maze_nb.model.parse_options import OptionWords
from maze_nb.projection.bounded import one_line
from maze_nb.runners.items import collect, length_of, not_mappable
from maze_nb.sdk.secret import secrets_in
from maze_nb.sdk.takes_tasks import TakesTasks
from maze_nb.sdk.task import as_task
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import (
    Either,
    Negated,
    OutputReference,
    When,
    WorkflowTask,
    references_in,
)


class Graph(TakesTasks, Protocol):
    """What a workflow offers on which maps are built."""

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
    ) -> WorkflowTask: ...


class AddsMaps:
    """Adds tasks that map over lists, and that reduce what those make, to a workflow."""

    def add_map(
        self: Graph,
        task_func: Callable[..., Any] | TaskFunction,
        over: Any,
        inputs: Mapping[str, Any] | None = None,
        *,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        when: When | None = None,
        **options: Unpack[OptionWords],
    ) -> WorkflowTask:
        """Add a task that maps: its function runs once for each item of a list, as a task each.

        Its outputs are lists, in the order of the items. How long the list is need not be known
        before the run. If an item fails, the others go on, and what reads the lists is skipped.

        Parameters
        ----------
        task_func
            A function, decorated with ``@task`` or not.
        over
            A list, or an output of another task that is one; or several by the inputs that take
            their items, all of one length. A list alone is for the one input that has neither a
            value in `inputs` nor a default.
        inputs
            What is the same for all items.
        resources, name, task_id, when, timeout, retries, …
            As in ``add_task``; resources and options are those of each item.

        Returns
        -------
        WorkflowTask
            The whole. In a run the items have its name with their numbers: ``"name[0]"``.

        Raises
        ------
        InputError
            If an input is missing or unknown, or cannot be mapped over, or lengths differ.
        """
        function = as_task(task_func)
        fixed = dict(inputs or {})
        label = name or function.name
        lists = {
            key: _listed(self, value, label, key)
            for key, value in by_input(function, over, fixed, label).items()
        }
        _check_lengths(lists, label)
        return self._add(function, fixed, lists, resources, name, task_id, when, dict(options))

    def add_reduce(
        self: Graph,
        task_func: Callable[..., Any] | TaskFunction,
        mapped: OutputReference,
        inputs: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> WorkflowTask:
        """Add a task that is called once with the list that a task which maps has made.

        Parameters
        ----------
        task_func
            A function whose one input without a value in `inputs`, or a default, takes the list.
        mapped
            An output of the task that maps.
        inputs
            Its other inputs.
        more
            As in ``add_task``.

        Raises
        ------
        InputError
            If an input is missing or unknown, or more than one could take the list.
        """
        function = as_task(task_func)
        fixed = dict(inputs or {})
        if not isinstance(mapped, OutputReference):
            raise InputError(
                f"add_reduce() takes an output of a task that maps, not {one_line(mapped)}: "
                f"give one, such as mapped.outputs[…]"
            )
        label = str(more.get("name") or function.name)
        free = reducing_input(function, fixed, label)
        return self.add_task(function, {**fixed, free: mapped}, **more)


def _listed(graph: Graph, value: Any, label: str, key: str) -> Any:
    """Return what is mapped over as an output, if it holds outputs of other tasks."""
    if isinstance(value, OutputReference) or not references_in(value):
        return value
    if length_of(value) is None:
        raise InputError(not_mappable(f"over= of task {label!r} ({key!r})", type(value).__name__))
    if secrets_in(value):
        raise InputError(
            f"over= of task {label!r} ({key!r}) has outputs of tasks and a secret in one list, "
            f"which would be kept as what a task made: give the secret in inputs={{…}}"
        )
    gathered = graph.add_task(collect, {"items": list(value)}, name=f"{label}.{key}")
    return gathered.outputs["result"]


def check_over(task: WorkflowTask, name: str, value: Any) -> None:
    """Raise InputError unless a task can map over a value, as far as that is known."""
    what = f"what task {task.name!r} is to map over as its input {name!r}"
    if isinstance(value, OutputReference) and value.artifact and not value.task.over:
        raise InputError(f"{what} is {value!r}, one file: put several into a list")
    if isinstance(value, OutputReference):
        return
    if isinstance(value, Either | Negated):
        raise InputError(f"{what} is {value!r}: give a list, or one output of a task")
    if length_of(value) is None:
        raise InputError(not_mappable(what, type(value).__name__))


def by_input(
    function: TaskFunction,
    over: Any,
    fixed: Mapping[str, Any],
    label: str,
    *,
    is_called: bool = False,
) -> dict[str, Any]:
    """Return what is mapped over by the input that takes the items.

    Parameters
    ----------
    is_called
        Whether other inputs are given as in a call, not in ``inputs={…}``.

    Raises
    ------
    InputError
        If it cannot be told which input takes them.
    """
    if not isinstance(over, Mapping):
        free = _free_inputs(function, fixed, label, "the items")
        if len(free) == 1:
            return {free[0]: over}
        others = f"by name, as in {free[1]}=…" if is_called else "in inputs={…}"
        raise InputError(
            f"{_several(free, label, 'the items')}: say which, as in over={{{free[0]!r}: …}}, "
            f"and fix the others {others}"
        )
    if not over:
        raise InputError(f"task {label!r} maps over nothing: give over= a list, or lists by input")
    for key in over:
        if key not in function.inputs and not function.signature.is_open:
            hint = nearest(str(key), function.inputs)
            raise InputError(f"task {label!r} has no input {key!r} to map over: {hint}")
        if key in fixed:
            raise InputError(
                f"input {key!r} of task {label!r} is given twice: it is mapped over and fixed"
            )
    return dict(over)


def reducing_input(
    function: TaskFunction, fixed: Mapping[str, Any], label: str, *, is_called: bool = False
) -> str:
    """Return the input of a task that takes a whole list; as `by_input` otherwise."""
    free = _free_inputs(function, fixed, label, "the list")
    if len(free) == 1:
        return free[0]
    others = f"by name, as in {free[1]}=…" if is_called else f"in inputs={{{free[1]!r}: …}}"
    raise InputError(f"{_several(free, label, 'the list')}: fix the others {others}")


def _free_inputs(
    function: TaskFunction, fixed: Mapping[str, Any], label: str, what: str
) -> list[str]:
    """Return the inputs that are neither given nor, if there are others, have a default."""
    free = [name for name in function.inputs if name not in fixed]
    needed = [name for name in free if name not in function.signature.optional]
    if not free:
        raise InputError(f"task {label!r} has no input left to take {what}")
    return needed or free


def _several(names: list[str], label: str, what: str) -> str:
    listed = ", ".join(map(repr, names))
    return f"task {label!r} has {len(names)} inputs that could take {what} ({listed})"


def _check_lengths(lists: Mapping[str, Any], label: str) -> None:
    lengths = {key: length_of(value) for key, value in lists.items()}
    known = {key: length for key, length in lengths.items() if length is not None}
    if len(set(known.values())) > 1:
        shown = ", ".join(f"{key!r} has {length}" for key, length in known.items())
        raise InputError(
            f"the lists that task {label!r} maps over differ in length ({shown}): it takes one "
            f"item of each at a time"
        )
