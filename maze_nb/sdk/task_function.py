"""A function with what is known of it as a task, to be called or added to a workflow."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, Unpack

from maze_nb.errors import InputError, WorkflowError
from maze_nb.model.parse_options import CheckedOptions, OptionWords, parse_options
from maze_nb.model.resources import Resources, parse_resources
from maze_nb.projection.named_values import value_text
from maze_nb.sdk.flow_context import current_builder
from maze_nb.sdk.signature import Signature

_KEYWORDS = ("name", "resources")
_NOTHING: Final = object()


class TaskFunction:
    """A function that can be added to a workflow, and still be called by hand.

    Called inside a function decorated with ``@workflow`` it is added to that workflow instead.

    Attributes
    ----------
    function
        The undecorated function.
    name
        Its name.
    signature
        What it reads and makes.
    resources
        What it asks for.
    options
        How it is to be run.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        signature: Signature,
        resources: Resources,
        options: CheckedOptions | None = None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self.signature = signature
        self.resources = resources
        self.options = options or CheckedOptions()

    @property
    def kind(self) -> str:
        """The kind of task that it is: what its class says as ``TASK_KIND``, else ``python``."""
        return str(getattr(type(self.function), "TASK_KIND", "python"))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return self.signature.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return self.signature.outputs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function here and now, or add it to the workflow that is being made.

        Then what is returned has the outputs as attributes, to be given to other tasks.
        """
        builder = current_builder()
        if builder is None:
            return self.function(*args, **kwargs)
        return builder.call(self, args, kwargs)

    def map(self, /, *unnamed: Any, over: Any = _NOTHING, **fixed: Any) -> Any:
        """Call the task once for each item of a list; its outputs become lists in that order.

        Parameters
        ----------
        over
            A list, or an output that is one; or several by the inputs that take their items. A
            list alone is for the one input that is neither fixed nor has a default.
        fixed
            The inputs that are the same for all items, by name.

        Returns
        -------
        MapHandle or list
            While a workflow is made, what stands for the lists, with ``.reduce(task)``. Otherwise
            the list of what the calls return, made here and now.

        Raises
        ------
        InputError
            If an input is missing or unknown, or cannot be mapped over, or lengths differ.
        """
        _check_map(self, unnamed, over)
        builder = current_builder()
        if builder is not None:
            return builder.map(self, over, fixed)
        # It needs graphs, which are made of what is defined here.
        from maze_nb.sdk.flow_by_hand import map_by_hand

        return map_by_hand(self, over, fixed)

    def when(self, condition: Any) -> ConditionalTask:
        """Return this task so that, when called, it runs only if `condition` is true in the run.

        Parameters
        ----------
        condition
            An output of another task, or ``not_`` of one. If it is not met the task is skipped,
            and what reads it too, except by inputs with defaults or by ``either``. Called by hand
            it is a plain value, and what is skipped returns None.
        """
        return ConditionalTask(self, condition)

    def using(
        self,
        *,
        name: str | None = None,
        resources: Mapping[str, float] | None = None,
        **options: Unpack[OptionWords],
    ) -> TaskFunction:
        """Return this task with another name, other resources or other options.

        Parameters
        ----------
        name
            What to call it.
        resources
            What to ask for instead, name by name.
        options
            How to run it instead, name by name: see ``task``.

        Raises
        ------
        ResourceError, OptionError
            If resources or options are misspelt or make no sense.

        Examples
        --------
        >>> from maze_nb import task
        >>> @task
        ... def load(path):
        ...     return path
        >>> load.using(name="load slowly", retries=3)
        <task load slowly(path) -> result>
        """
        if name is not None and not str(name).strip():
            raise WorkflowError("the name of a task must not be empty")
        label = name or self.name
        where = f"task {label!r}"
        asked = parse_resources(resources, base=self.resources, where=where)
        checked = parse_options(
            options, base=self.options, resources=asked, where=where, keywords=_KEYWORDS
        )
        made = TaskFunction(self.function, self.signature, asked, checked)
        made.name = label
        return made

    def __repr__(self) -> str:
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return f"<task {self.name}({inputs}) -> {outputs}>"


class ConditionalTask:
    """A task with the condition under which it runs."""

    def __init__(self, function: TaskFunction, condition: Any) -> None:
        self.function = function
        self.condition = condition

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the task as it is called without a condition."""
        builder = current_builder()
        if builder is None:
            return self.function(*args, **kwargs) if self.condition else None
        return builder.call(self.function, args, kwargs, self.condition)

    def map(self, /, *unnamed: Any, over: Any = _NOTHING, **fixed: Any) -> Any:
        """Map the task as it is mapped without a condition."""
        _check_map(self.function, unnamed, over)
        builder = current_builder()
        if builder is None:
            return self.function.map(over=over, **fixed) if self.condition else None
        return builder.map(self.function, over, fixed, self.condition)

    def __repr__(self) -> str:
        return f"{self.function!r} when {value_text(self.condition)}"


def _check_map(function: TaskFunction, unnamed: tuple[Any, ...], over: Any) -> None:
    """Raise InputError unless all that a map is given has a name."""
    if over is _NOTHING:
        what = "a list without a name" if unnamed else "nothing to map over"
        raise InputError(
            f"{function.name}.map() is given {what}: say {function.name}.map(over=…), "
            f"and the inputs that are the same for all items by name"
        )
    if unnamed:
        free = function.inputs[0] if function.inputs else "x"
        raise InputError(
            f"{function.name}.map() is given {len(unnamed)} values without a name: give the "
            f"inputs that are the same for all items by name, as in "
            f"{function.name}.map(over=…, {free}=…)"
        )
