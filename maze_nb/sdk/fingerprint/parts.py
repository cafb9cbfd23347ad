"""What the outputs of a task depend on, part by part."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from maze_nb.errors import InputError, SerializationError
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.references import Reference, replace_nested
from maze_nb.sdk.asked import Asked
from maze_nb.sdk.fingerprint.cell import TAKEN, cell_parts
from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.sdk.fingerprint.reach import Reach
from maze_nb.sdk.fingerprint.seen import Seen
from maze_nb.sdk.origin import origin
from maze_nb.sdk.sent_files import with_contents
from maze_nb.sdk.workflow_task import Either, OutputReference, WorkflowTask, references_in
from maze_nb.wire.submission import CacheParts

OUTPUTS = "outputs"
VERSION = "version"
ENVIRONMENT = "its environment variables"
SECRETS = "the names of its secrets"


Kinds = dict[int, type | ModuleType]
"""Classes and modules by their ids."""


@dataclass(frozen=True, slots=True)
class _Input:
    """The value of an input; kept, so that no other takes its id."""

    value: Any
    references: tuple[OutputReference, ...]
    digest: str
    kinds: Kinds
    fault: Exception | None = None


class Fingerprints:
    """Takes tasks apart; what several of them share is taken apart once.

    It holds what it has seen, and takes it not to change: make one for each workflow that is
    frozen.

    Parameters
    ----------
    asked
        What is read of tasks that they do not declare; see :mod:`maze_nb.sdk.asked`.
    """

    def __init__(self, asked: Asked | None = None) -> None:
        self._asked = asked or {}
        self._seen = Seen()
        self._code: dict[tuple[int, frozenset[int]], tuple[Any, dict[str, str], Kinds]] = {}
        self._inputs: dict[int, _Input] = {}
        self._kinds: dict[int, tuple[WorkflowTask, Kinds]] = {}

    def parts(self, task: WorkflowTask) -> CacheParts:
        """Return what the outputs of a task depend on.

        Raises
        ------
        SerializationError
            If an input cannot be told apart from others by its content: it names the input and
            the task.
        InputError
            If a file that goes with the run is none that can be read.
        """
        inputs = self._inputs_of(task)
        for name, value in inputs.items():
            if isinstance(value.fault, InputError):
                with_contents(value.value, f"input {name!r} of task {task.name!r}")
            if value.fault is not None:
                raise _refusal(task, name, value) from value.fault
        code = {
            **self._code_of(task, self._kinds_above(task))[0],
            OUTPUTS: _outputs(task, self._asked.get(task.task_id, ())),
            VERSION: digest_of(task.options.options.version),
            **_surroundings(task),
        }
        upstream = {
            name: tuple((str(each.task.task_id), each.name) for each in value.references)
            for name, value in inputs.items()
            if value.references and name not in task.over
        }
        digests = {name: each.digest for name, each in inputs.items() if name not in task.over}
        items = {
            name: tuple(self._input(item).digest for item in task.inputs[name])
            for name in task.over
            if not inputs[name].references
        }
        return CacheParts(_identity(task), code, digests, upstream, items)

    def _code_of(self, task: WorkflowTask, above: Kinds) -> tuple[dict[str, str], Kinds]:
        """Return the parts of a task's code and of `above`, and the classes and modules in them."""
        function = task.function.function
        key = id(function), frozenset(above)
        if key not in self._code:
            reach = Reach(self._seen)
            for kind in above.values():
                reach.add_kind(kind)
            parts = _code_parts(task, reach)
            self._code[key] = function, parts, {id(kind): kind for kind in reach.kinds}
        return self._code[key][1:]

    def _kinds_above(self, task: WorkflowTask) -> Kinds:
        """Return the classes and modules that the tasks reach which a task reads from.

        What those make may be objects of such classes. Their code runs here too, and does not
        show in the content of what they made.
        """
        waiting = [task]
        while waiting:
            current = waiting[-1]
            above = [each.task for value in self._inputs_of(current).values()
                     for each in value.references]  # fmt: skip
            missing = [each for each in above if id(each) not in self._kinds]
            if missing:
                waiting += missing
                continue
            found: Kinds = {}
            for each in above:
                found |= self._kinds[id(each)][1]
            waiting.pop()
            if current is not task:
                kinds = {**self._code_of(current, found)[1]}
                for value in self._inputs_of(current).values():
                    kinds |= value.kinds
                self._kinds[id(current)] = current, kinds
        return found

    def _inputs_of(self, task: WorkflowTask) -> dict[str, _Input]:
        is_cell = isinstance(task.function.function, CellFunction)
        return {
            name: self._inputs.get(id(value)) or self._input(value)
            for name, value in task.inputs.items()
            if not (is_cell and isinstance(value, TAKEN))
        }

    def _input(self, value: Any) -> _Input:
        references = tuple(references_in(value))
        reach, digest, fault = Reach(self._seen), "", None
        try:
            content = with_contents(value)
            digest = reach.digest(_numbered(content) if references else content)
        except Exception as error:  # noqa: BLE001 - taking values apart runs anybody's code
            fault = error
        behind = reach.finish()
        if behind:
            digest = digest_of(digest, *(text for part in behind.items() for text in part))
        kinds = {id(kind): kind for kind in reach.kinds}
        found = self._inputs[id(value)] = _Input(value, references, digest, kinds, fault)
        return found


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


def _code_parts(task: WorkflowTask, reach: Reach) -> dict[str, str]:
    function = task.function.function
    if isinstance(function, CellFunction):
        captured = {name: value for name, value in task.inputs.items() if isinstance(value, TAKEN)}
        return cell_parts(function, captured, reach)
    if isinstance(function, FunctionType):
        reach.add_function(function, "function")
    else:
        reach.add_callable(function, f"function `{_name(function)}`")
    return reach.finish()


def _refusal(task: WorkflowTask, name: str, found: _Input) -> SerializationError:
    kind, fault = type(found.value), found.fault
    return SerializationError(
        f"input {name!r} of task {task.name!r}, a {kind.__module__}.{kind.__qualname__}, cannot be "
        f"looked up in the result cache, as its content cannot be read ({type(fault).__name__}: "
        f"{fault}); pass what it is made from instead, or run the task with cache=False"
    )


def _outputs(task: WorkflowTask, asked: tuple[str, ...]) -> str:
    function, signature = task.function.function, task.function.signature
    is_strict = isinstance(function, CellFunction) and function.is_strict
    return digest_of(signature.style, str(is_strict), *task.function.outputs, *asked)


def _surroundings(task: WorkflowTask) -> dict[str, str]:
    """Return what a task finds in its environment; of secrets only the names."""
    options = task.options.options
    found = {ENVIRONMENT: options.env, SECRETS: options.secrets}
    return {name: digest_of(repr(value)) for name, value in found.items() if value}


def _numbered(value: Any) -> Any:
    """Return a value with numbers where the outputs of other tasks stand."""
    count = 0

    def number(leaf: Any) -> Any:
        nonlocal count
        if isinstance(leaf, Either):
            return tuple(number(each) for each in leaf.references)
        if not isinstance(leaf, OutputReference):
            return leaf
        count += 1
        return (Reference(count - 1), leaf.artifact) if leaf.artifact else Reference(count - 1)

    return replace_nested(value, number)


def _identity(task: WorkflowTask) -> str:
    """Return what is the same for runs of one task, so that they can be compared."""
    function = task.function.function
    if isinstance(function, CellFunction):
        return f"cell {task.name} of {origin()}"
    kind = task.function.kind
    if kind == "notebook":
        return f"notebook {_name(function)} as {task.name}"
    if kind in ("command", "container"):
        return f"{kind} {task.name}"
    while isinstance(function, functools.partial):
        function = function.func
    own = getattr(function, "__qualname__", type(function).__qualname__)
    found = f"{getattr(function, '__module__', None) or '__main__'}.{own}"
    return found if task.name == task.function.name else f"{found} as {task.name}"


def _name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))
