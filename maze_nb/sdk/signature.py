"""How a task function is called: in dict form, or by the inputs in its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import InputError, nearest

DEFAULT_OUTPUT = "result"


@dataclass(frozen=True, slots=True)
class Signature:
    """The names a task function reads and makes.

    Attributes
    ----------
    style
        ``"dict"``: called with one dict of all inputs; ``"plain"``: with keyword arguments.
    inputs, outputs
        In order.
    optional
        Inputs that have a default.
    is_open
        Whether inputs beyond the declared ones are taken (``**kwargs``).
    """

    style: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    is_open: bool = False


def read_signature(
    function: Callable[..., Any], inputs: Sequence[str] | None, outputs: Sequence[str] | None
) -> Signature:
    """Return how `function` is called.

    With `inputs` given, a function of exactly one parameter that is none of them is in dict form.
    Without, the inputs are the parameters.

    Raises
    ------
    InputError
        If a name is not an identifier or is given twice, or the function cannot be called with
        the inputs.
    """
    name = getattr(function, "__name__", repr(function))
    made = (DEFAULT_OUTPUT,) if outputs is None else _checked(outputs, "output", name)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Signature("dict" if inputs is not None else "plain", tuple(inputs or ()), made)
    if inputs is None:
        return _plain(parameters, made, name)
    read = _checked(inputs, "input", name)
    if _is_dict_form(parameters, read):
        return Signature("dict", read, made)
    return _plain_with(parameters, read, made, name)


def _is_dict_form(parameters: list[inspect.Parameter], inputs: tuple[str, ...]) -> bool:
    required = [p for p in parameters if p.default is p.empty and p.kind not in _VARIABLE]
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    return bool(positional) and len(required) <= 1 and positional[0].name not in inputs


def _plain(parameters: list[inspect.Parameter], outputs: tuple[str, ...], name: str) -> Signature:
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            raise InputError(
                f"task {name!r} has the parameter {parameter}, which cannot be given by name; "
                f"use ordinary parameters"
            )
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    return Signature(
        "plain",
        tuple(p.name for p in named),
        outputs,
        frozenset(p.name for p in named if p.default is not p.empty),
        is_open=len(named) < len(parameters),
    )


def _plain_with(
    parameters: list[inspect.Parameter],
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    name: str,
) -> Signature:
    found = _plain(parameters, outputs, name)
    for given in inputs:
        if given not in found.inputs and not found.is_open:
            raise InputError(
                f"task {name!r} declares the input {given!r}, but its function has no such "
                f"parameter: {nearest(given, found.inputs)} (a function in dict form has exactly "
                f"one parameter, such as 'params')"
            )
    for needed in found.inputs:
        if needed not in inputs and needed not in found.optional:
            raise InputError(
                f"task {name!r} has the parameter {needed!r} without a default, which is not "
                f"among its inputs: add it to inputs=[…]"
            )
    return Signature("plain", inputs, outputs, found.optional & set(inputs), found.is_open)


def _checked(names: Sequence[str], what: str, task: str) -> tuple[str, ...]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise InputError(f"the {what}s of task {task!r} must be a list of names, not {names!r}")
    for name in names:
        if not name:
            raise InputError(f"task {task!r} has an {what} with an empty name")
    repeated = [name for index, name in enumerate(names) if name in names[:index]]
    if repeated:
        raise InputError(f"task {task!r} has the {what} {repeated[0]!r} twice")
    return tuple(names)


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
