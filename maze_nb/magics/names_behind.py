"""Names that functions and classes of the notebook look up when they are used."""

from __future__ import annotations

import builtins
import dis
import functools
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType
from typing import Any


def names_behind(names: Iterable[str], namespace: Mapping[str, Any]) -> frozenset[str]:
    """Return the notebook's names that code reachable from `names` looks up when it runs.

    Parameters
    ----------
    names
        Names that a cell reads.
    namespace
        The notebook's variables.
    """
    found: set[str] = set()
    waiting = [namespace[name] for name in names if name in namespace]
    seen: dict[int, Any] = {}
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        waiting.extend(_parts(value, namespace))
        if isinstance(value, FunctionType) and value.__globals__ is namespace:
            looked_up = set(_global_names(value.__code__)) - found
            found |= looked_up
            waiting.extend(namespace[name] for name in looked_up if name in namespace)
    return frozenset(name for name in found if not hasattr(builtins, name))


def _parts(value: Any, namespace: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the code that calling or using `value` may run."""
    if isinstance(value, functools.partial):
        yield value.func
    elif isinstance(value, MethodType | staticmethod | classmethod):
        yield value.__func__
    elif isinstance(value, property):
        yield from (part for part in (value.fget, value.fset, value.fdel) if part is not None)
    elif isinstance(value, type):
        if value.__module__ == namespace.get("__name__"):
            yield from value.__bases__
            yield from vars(value).values()
    elif isinstance(value, FunctionType):
        yield from (cell.cell_contents for cell in value.__closure__ or () if _is_set(cell))
    else:
        yield type(value)
    if "__wrapped__" in getattr(value, "__dict__", ()):
        yield value.__wrapped__


def _is_set(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _global_names(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            yield step.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)
