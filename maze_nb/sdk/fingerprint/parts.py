"""What the outputs of a task depend on, part by part."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

from maze_nb.errors import SerializationError
from maze_nb.runners.cell import Captured, CellFunction
from maze_nb.runners.references import Reference, replace_nested
from maze_nb.sdk.fingerprint.cell import cell_parts
from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.sdk.fingerprint.reach import Reach, Seen
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask, references_in
from maze_nb.wire.submission import CacheParts

OUTPUTS = "outputs"
VERSION = "version"


class Fingerprints:
    """Takes tasks apart; what several of them share is taken apart once.

    It holds what it has seen, and takes it not to change: make one for each workflow that is
    frozen.
    """

    def __init__(self) -> None:
        self._seen = Seen()
        self._code: dict[int, tuple[Any, dict[str, str]]] = {}
        self._inputs: dict[int, tuple[Any, str]] = {}

    def parts(self, task: WorkflowTask) -> CacheParts:
        """Return what the outputs of a task depend on.

        Raises
        ------
        SerializationError
            If an input cannot be told apart from others by its content: it names the input and
            the task.
        """
        function = task.function.function
        code = dict(self._code_of(task))
        is_strict = isinstance(function, CellFunction) and function.is_strict
        code[OUTPUTS] = digest_of(*task.function.outputs, task.function.signature.style)
        if is_strict:
            code[OUTPUTS] = digest_of(code[OUTPUTS], "strict")
        code[VERSION] = digest_of(task.options.options.version)
        inputs: dict[str, str] = {}
        upstream: dict[str, tuple[tuple[str, str], ...]] = {}
        for name, value in task.inputs.items():
            if isinstance(function, CellFunction) and isinstance(value, Captured):
                continue
            made = tuple((str(each.task.task_id), each.name) for each in references_in(value))
            if made:
                upstream[name] = made
            inputs[name] = self._input(task, name, _numbered(value) if made else value)
        return CacheParts(_identity(task), code, inputs, upstream)

    def _code_of(self, task: WorkflowTask) -> dict[str, str]:
        function = task.function.function
        known = self._code.get(id(function))
        if known is None:
            if isinstance(function, CellFunction):
                captured = {
                    name: value
                    for name, value in task.inputs.items()
                    if isinstance(value, Captured)
                }
                found = cell_parts(function, captured, self._seen)
            else:
                found = _function_parts(function, self._seen)
            known = self._code[id(function)] = (function, found)
        return known[1]

    def _input(self, task: WorkflowTask, name: str, value: Any) -> str:
        known = self._inputs.get(id(value))
        if known is not None:
            return known[1]
        reach = Reach(self._seen)
        try:
            digest = reach.digest(value)
        except Exception as error:
            raise SerializationError(
                f"input {name!r} of task {task.name!r}, a {type(value).__module__}."
                f"{type(value).__qualname__}, cannot be looked up in the result cache, as its "
                f"content cannot be read ({type(error).__name__}: {error}); pass what it is made "
                f"from instead, or run the task with cache=False"
            ) from error
        behind = reach.finish()
        if behind:
            digest = digest_of(digest, *(text for part in behind.items() for text in part))
        self._inputs[id(value)] = (value, digest)
        return digest


def cache_parts(task: WorkflowTask, fingerprints: Fingerprints | None = None) -> CacheParts:
    """Return what the outputs of a task depend on.

    Parameters
    ----------
    fingerprints
        Give the same ones for all tasks of a workflow, so that what they share is taken apart
        once.

    Raises
    ------
    SerializationError
        If an input cannot be told apart from others by its content.
    """
    return (fingerprints or Fingerprints()).parts(task)


def _function_parts(function: Callable[..., Any], seen: Seen) -> dict[str, str]:
    reach = Reach(seen)
    if isinstance(function, FunctionType):
        reach.add_function(function, "function")
    else:
        reach.add_callable(function, f"function `{_name(function)}`")
    return reach.finish()


def _numbered(value: Any) -> Any:
    """Return a value with numbers where the outputs of other tasks stand."""
    count = 0

    def number(leaf: Any) -> Any:
        nonlocal count
        if not isinstance(leaf, OutputReference):
            return leaf
        count += 1
        return Reference(count - 1)

    return replace_nested(value, number)


def _identity(task: WorkflowTask) -> str:
    """Return what is the same for runs of one task, so that they can be compared."""
    function = task.function.function
    if isinstance(function, CellFunction):
        return f"cell {task.name}"
    while isinstance(function, functools.partial):
        function = function.func
    own = getattr(function, "__qualname__", type(function).__qualname__)
    found = f"{getattr(function, '__module__', None) or '__main__'}.{own}"
    return found if task.name == task.function.name else f"{found} as {task.name}"


def _name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))
