"""What a workflow function returned, with the values of a run in place of handles."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.errors import TaskSkippedError, WorkflowError
from maze_nb.sdk.flow_handle import OutputHandle, TaskHandle, unwrapped
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import Either, OutputReference

Result = Callable[[OutputReference | TaskHandle], Any]


def check_returned(returned: Any, graph: WorkflowGraph) -> None:
    """Raise WorkflowError if a workflow function returned outputs of another workflow's task."""
    known = {task.task_id for task in graph.get_tasks()}

    def look(handle: OutputReference | TaskHandle) -> None:
        if handle.task.task_id not in known:
            raise WorkflowError(
                f"{graph.name!r} returns {handle!r}, which is not in workflow {graph.name!r}: "
                f"call the task in it"
            )

    fill_in(returned, look)


def values_of(returned: Any, outputs_of: OutputsOf, timeout: float | None) -> Any:
    """Return what a workflow function returned with values in it.

    Parameters
    ----------
    returned
        Handles, alone or in lists, tuples and dicts, among anything else.
    outputs_of
        Gives the outputs of a task, by name; waits for it, and raises what it raised.
    timeout
        Seconds for all of them.
    """
    deadline = None if timeout is None else time.monotonic() + timeout

    def result(handle: OutputReference | TaskHandle) -> Any:
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        outputs = outputs_of(handle.task, left)
        if isinstance(handle, OutputReference):
            return handle.of(outputs)
        names = handle.task.function.outputs
        if len(names) == 1:
            return outputs[names[0]]
        return {name: outputs[name] for name in names} or None

    return fill_in(returned, result)


OutputsOf = Callable[[Any, float | None], Mapping[str, Any]]


def fill_in(value: Any, result: Result) -> Any:
    """Return a value with the results of the handles in it."""
    if isinstance(value, OutputHandle):
        return result(unwrapped(value))
    if isinstance(value, OutputReference | TaskHandle):
        return result(value)
    if isinstance(value, Either):
        return _first(value.references, result)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(fill_in(item, result) for item in value))
    if type(value) in (list, tuple):
        return type(value)([fill_in(item, result) for item in value])
    if type(value) is dict:
        return {key: fill_in(item, result) for key, item in value.items()}
    return value


def _first(references: tuple[OutputReference, ...], result: Result) -> Any:
    for reference in references[:-1]:
        try:
            return result(reference)
        except TaskSkippedError:
            continue
    return result(references[-1])
