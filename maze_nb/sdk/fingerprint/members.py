"""What stands in a class or a module."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import (
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from maze_nb.sdk.task_function import TaskFunction

_BOOKKEEPING = frozenset(
    {
        "__abstractmethods__",
        "__dict__",
        "__doc__",
        "__firstlineno__",
        "__module__",
        "__qualname__",
        "__static_attributes__",
        "__weakref__",
        "_abc_impl",
    }
)
_OF_THE_TYPE = (GetSetDescriptorType, MemberDescriptorType, WrapperDescriptorType)


def methods_of(kind: type) -> Iterator[FunctionType]:
    """Yield the functions that are defined in or put into a class, in order."""
    for value in vars(kind).values():
        yield from _functions_in(value)


def attributes_of(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield what a class has beside methods and what Python itself keeps in it."""
    for name, value in vars(kind).items():
        if not name.startswith("__") and not any(_functions_in(value)) and _is_told(name, value):
            yield name, value


def members_of(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield all that a class has, except what Python itself keeps in it."""
    for name, value in vars(kind).items():
        if _is_told(name, value):
            yield name, value


def module_members(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a module has, except other modules and what Python itself keeps in it."""
    for name, value in names.items():
        if not (name.startswith("__") and name.endswith("__")) and type(value) is not ModuleType:
            yield name, value


def short_name(qualified: str) -> str:
    """Return a qualified name without the functions that it was defined inside of."""
    return qualified.rpartition("<locals>.")[2]


def _is_told(name: str, value: Any) -> bool:
    return name not in _BOOKKEEPING and not isinstance(value, _OF_THE_TYPE)


def _functions_in(value: Any) -> Iterator[FunctionType]:
    if isinstance(value, TaskFunction):
        value = value.function
    elif isinstance(value, staticmethod | classmethod):
        value = value.__func__
    elif isinstance(value, functools.cached_property):
        value = value.func
    elif isinstance(value, property):
        for part in (value.fget, value.fset, value.fdel):
            yield from _functions_in(part)
    if isinstance(value, FunctionType):
        yield value
