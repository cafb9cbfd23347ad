"""Makes a graph of the tasks that a function calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.errors import InputError
from maze_nb.sdk.call_inputs import check_all_given, mapped_inputs
from maze_nb.sdk.flow_context import building
from maze_nb.sdk.flow_handle import MapHandle, TaskHandle, unwrapped
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph


class GraphBuilder:
    """Adds what is called to a graph, each sub-workflow as a group of its own.

    Parameters
    ----------
    graph
        Where the tasks go.
    """

    def __init__(self, graph: WorkflowGraph) -> None:
        self._graph = graph
        self._taken: dict[str, int] = {}

    def build(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a workflow function; return what it returns."""
        with building(self):
            return function(*args, **kwargs)

    def call(
        self,
        function: TaskFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        when: Any = None,
    ) -> TaskHandle:
        """Add a task that is called with these arguments; return its handle."""
        inputs = unwrapped(_by_name(function, args, kwargs))
        check_all_given(function, inputs, f"{function.name}(")
        task = self._graph.add_task(function, inputs, when=unwrapped(when))
        return TaskHandle(task, self._graph)

    def map(
        self, function: TaskFunction, over: Any, fixed: Mapping[str, Any], when: Any = None
    ) -> MapHandle:
        """Add a task that maps over lists; return its handle."""
        over, inputs = unwrapped([over, dict(fixed)])
        lists = mapped_inputs(function, over, inputs)
        task = self._graph.add_map(function, lists, inputs, when=unwrapped(when))
        return MapHandle(task, self._graph)

    def inline(self, name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a workflow function, whose tasks become a group; return what it returns.

        If it raises, nothing of it stays.
        """
        outer = self._graph.group
        count, taken = self._graph.task_count, dict(self._taken)
        self._graph.group = self._group(f"{outer}/{name}" if outer else name)
        try:
            return function(*args, **kwargs)
        except BaseException:
            self._graph.take_back(count)
            self._taken = taken
            raise
        finally:
            self._graph.group = outer

    def _group(self, wanted: str) -> str:
        self._taken[wanted] = number = self._taken.get(wanted, 0) + 1
        return wanted if number == 1 else f"{wanted}-{number}"


def _by_name(
    function: TaskFunction, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call by the names of the inputs."""
    if not args:
        return dict(kwargs)
    if function.signature.style == "dict" and len(args) == 1 and isinstance(args[0], Mapping):
        # As it is called by hand: with one dict.
        given: dict[str, Any] = dict(args[0])
    else:
        names = _positional(function)
        if len(args) > len(names):
            listed = ", ".join(map(repr, names)) or "none"
            raise InputError(
                f"task {function.name!r} takes {len(names)} inputs by position ({listed}), "
                f"but {len(args)} are given"
            )
        given = dict(zip(names, args, strict=False))
    for name in kwargs:
        if name in given:
            raise InputError(f"input {name!r} of task {function.name!r} is given twice")
    return {**given, **kwargs}


def _positional(function: TaskFunction) -> tuple[str, ...]:
    if function.signature.style == "dict":
        return function.inputs
    try:
        parameters = inspect.signature(function.function).parameters.values()
    except (TypeError, ValueError):
        return function.inputs
    return tuple(each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD)
