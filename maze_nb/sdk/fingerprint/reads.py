"""What compiled code looks up by name, and what it does apart from its place and its layout."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_CHANGES = {"STORE_GLOBAL", "STORE_NAME", "DELETE_GLOBAL", "DELETE_NAME"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
_HAS_DOCSTRING = 0x4000000
_SILENT = {"EXTENDED_ARG", "CACHE", "NOP", "RESUME"}

Step = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Import:
    """One import inside code: ``level`` counts the dots before the module's name."""

    module: str
    level: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """What code looks up.

    Attributes
    ----------
    chains
        Global names, each with the attributes that are read from it at once:
        ``("helpers", "norm")`` for ``helpers.norm``.
    imports
        The imports it makes when it runs.
    changes
        Names that it sets or deletes outside of functions, or as globals.
    """

    chains: tuple[tuple[str, ...], ...]
    imports: tuple[Import, ...]
    changes: tuple[str, ...]


@functools.lru_cache(maxsize=4096)
def reads_of(code: CodeType) -> Reads:
    """Return what code looks up, with that of the functions inside it, in order."""
    chains: dict[tuple[str, ...], None] = {}
    imports: dict[Import, None] = {}
    changes: dict[str, None] = {}
    for part in _nested(code):
        steps = [step for step in dis.get_instructions(part) if step.opname not in _SILENT]
        for at, step in enumerate(steps):
            if step.opname in _LOADS:
                chains[(step.argval, *_attributes_after(steps, at))] = None
            elif step.opname in _CHANGES:
                changes[step.argval] = None
            elif step.opname == "IMPORT_NAME":
                imports[_import(steps, at)] = None
    return Reads(tuple(chains), tuple(imports), tuple(changes))


def steps_of(code: CodeType) -> list[Step]:
    """Return the steps of code with what they refer to; line numbers and docstrings do not show."""
    steps: list[Step] = []
    for step in dis.get_instructions(code):
        if step.opname in _SILENT:
            continue
        if step.opname == "STORE_NAME" and step.argval == "__doc__" and steps:
            steps.pop()
            continue
        steps.append((step.opname, step.argval))
    return steps


def shape_of(code: CodeType) -> tuple[Any, ...]:
    """Return what code takes and keeps, beside its steps."""
    return (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags & ~_HAS_DOCSTRING & ~inspect.CO_NESTED,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_exceptiontable,
    )


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _attributes_after(steps: list[dis.Instruction], at: int) -> Iterator[str]:
    for step in steps[at + 1 :]:
        if step.opname not in _ATTRIBUTES:
            return
        yield step.argval


def _import(steps: list[dis.Instruction], at: int) -> Import:
    level, names = steps[at - 2].argval, steps[at - 1].argval
    return Import(
        str(steps[at].argval),
        level if isinstance(level, int) else 0,
        tuple(map(str, names)) if isinstance(names, tuple) else (),
    )
