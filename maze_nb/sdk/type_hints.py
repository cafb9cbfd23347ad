"""The type hints of task functions, held against what their inputs are given."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, get_args, get_origin
from weakref import WeakKeyDictionary

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.automatic import ARTIFACTS
from maze_nb.artifacts.file_input import FileInput
from maze_nb.errors import TypeHintError
from maze_nb.projection.bounded import one_line
from maze_nb.runners.references import Secret, replace_nested
from maze_nb.sdk.hint_fit import UNKNOWN, HintOf, Misfit, element_of, misfit
from maze_nb.sdk.signature import DEFAULT_OUTPUT, Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import Either, OutputReference, WorkflowTask

_ITEMS = 1000
_AUTOMATIC = {ARTIFACTS: dict[str, Artifact]}


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints of a task's inputs and outputs, by name; those without are left out."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


_NONE = Hints()
_known: WeakKeyDictionary[Any, dict[Signature, Hints]] = WeakKeyDictionary()


def hints_of(function: TaskFunction) -> Hints:
    """Return the hints of a task function; one in dict form has none."""
    signature = function.signature
    if signature.style == "dict":
        return _NONE
    try:
        by_signature = _known.setdefault(function.function, {})
    except TypeError:  # a callable that cannot be a key
        return _read(function.function, signature)
    if signature not in by_signature:
        by_signature[signature] = _read(function.function, signature)
    return by_signature[signature]


def check_hint(task: WorkflowTask, name: str, value: Any) -> None:
    """Raise TypeHintError unless what an input is given matches the hint of the input."""
    hint = hints_of(task.function).inputs.get(name)
    if hint is None:
        return
    shown = replace_nested(value, _as_it_arrives)
    found = misfit(shown, hint, _hint_of)
    if found is not None:
        raise _error(f"task {task.name!r} takes {name!r} as {_text(hint)}", value, found, _hint_of)


def _as_it_arrives(leaf: Any) -> Any:
    """Return something of the type as which a value arrives where it is read."""
    if isinstance(leaf, FileInput):
        return Artifact(leaf.name, "", 0, "")
    return "" if isinstance(leaf, Secret) else leaf


def check_items(task: WorkflowTask, name: str, items: Any) -> None:
    """Raise TypeHintError unless the items that a task is mapped over match an input's hint."""
    hint = hints_of(task.function).inputs.get(name)
    if hint is None:
        return
    whole = _hint_of(items)
    if whole is None and not isinstance(items, list | tuple | range):
        return

    def hint_of(value: Any) -> Any:
        return element_of(whole) if value is items else _hint_of(value)

    told = f"task {task.name!r} takes each {name!r} as {_text(hint)}"
    if whole is not None:
        if found := misfit(items, hint, hint_of):
            raise _error(told, items, found, hint_of)
        return
    for index, item in enumerate(islice(items, _ITEMS)):
        if found := misfit(replace_nested(item, _as_it_arrives), hint, hint_of):
            raise _error(told, item, found, hint_of, f"item [{index}] is")


def _hint_of(value: Any) -> Any:
    if isinstance(value, Either):
        return typing.Union[tuple(map(_hint_of, value.references))]  # noqa: UP007 - of any hints
    if not isinstance(value, OutputReference):
        return None
    hint = hints_of(value.task.function).outputs.get(value.name, UNKNOWN)
    if value.is_automatic:
        hint = Artifact if value.artifact else _AUTOMATIC.get(value.name, str)
    return types.GenericAlias(list, (hint,)) if value.task.over else hint


def _error(
    told: str, value: Any, found: Misfit, hint_of: HintOf, verb: str = "is given"
) -> TypeHintError:
    part, hint = found
    if isinstance(part, Either):
        what = f"either of outputs that are {_text(hint_of(part))}"
        remedy = "give it other outputs, or change one of the hints"
    elif isinstance(part, OutputReference):
        what = f"output {part.name!r} of task {part.task.name!r} ({_text(hint_of(part))})"
        remedy = "give it another output, or change one of the hints"
    else:
        what = f"{one_line(part)} ({type(part).__qualname__})"
        remedy = "give it another value, or change the hint"
    inside = "" if part is value else f" where it has to be {_text(hint)}"
    return TypeHintError(f"{told}, but {verb} {what}{inside}: {remedy}")


def _text(hint: Any) -> str:
    return inspect.formatannotation(hint).removeprefix("typing.").removeprefix("__main__.")


def _read(function: Callable[..., Any], signature: Signature) -> Hints:
    hints = dict(_annotations(function))
    returned = hints.pop("return", UNKNOWN)
    for name, default in _defaults(function):
        if default is None and name in hints:
            hints[name] = typing.Optional[hints[name]]  # noqa: UP045 - of any hint
    return Hints(
        {name: hints[name] for name in signature.inputs if name in hints},
        dict(_output_hints(returned, signature.outputs)),
    )


def _annotations(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield the hints that can be made sense of, the one of what is returned among them."""
    found: Any = function
    while isinstance(found, functools.partial):
        found = found.func
    if not isinstance(found, types.FunctionType | types.MethodType):
        found = getattr(found, "__call__", found)  # noqa: B004 - its hints are wanted
    try:
        yield from typing.get_type_hints(found, include_extras=True).items()
    except Exception:  # noqa: BLE001 - one of them cannot be resolved: take the others
        names = getattr(found, "__globals__", {})
        for name, hint in (getattr(found, "__annotations__", None) or {}).items():
            alone = types.SimpleNamespace(__annotations__={name: hint})
            try:
                yield from typing.get_type_hints(alone, names, include_extras=True).items()
            except Exception:  # noqa: BLE001, S112 - not even on its own: it says nothing
                continue


def _defaults(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    yield from ((parameter.name, parameter.default) for parameter in parameters)


def _output_hints(returned: Any, outputs: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield what the hint of what is returned says of each output."""
    origin, args = get_origin(returned), get_args(returned)
    is_class = isinstance(origin or returned, type)
    if is_class and issubclass(origin or returned, Mapping):
        yield from _hints_by_name(returned, outputs)
    elif len(outputs) == 1:
        yield outputs[0], returned
    elif hasattr(returned, "_fields"):
        hints = dict(_annotations_of_class(returned))
        if len(returned._fields) == len(outputs):
            for name, field_name in zip(outputs, returned._fields, strict=True):
                yield name, hints.get(field_name, UNKNOWN)
    elif origin in (tuple, list):
        each = args[:1] * len(outputs) if origin is list or Ellipsis in args else args
        if len(each) == len(outputs):
            yield from zip(outputs, each, strict=True)


def _hints_by_name(returned: Any, outputs: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield what the hint of a dict says of each output."""
    args = get_args(returned)
    fields = dict(_annotations_of_class(returned)) if typing.is_typeddict(returned) else {}
    if fields and set(fields) == set(outputs):
        yield from fields.items()
    elif outputs == (DEFAULT_OUTPUT,):
        yield DEFAULT_OUTPUT, returned
    elif len(outputs) > 1 and len(args) == 2:
        # With one output, it cannot be told whether the dict is the output or has it by name.
        yield from ((name, args[1]) for name in outputs)


def _annotations_of_class(cls: type) -> Iterator[tuple[str, Any]]:
    try:
        yield from typing.get_type_hints(cls, include_extras=True).items()
    except Exception:  # noqa: BLE001 - a name in it cannot be resolved: it says nothing
        return
