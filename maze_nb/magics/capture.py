"""Notebook variables as bytes, as they are when a cell is marked."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

import cloudpickle
from dask.sizeof import sizeof

from maze_nb.dataflow import CellNames
from maze_nb.errors import CellError, SerializationError
from maze_nb.runners.cell import NOTEBOOK, Captured
from maze_nb.wire.code import dump_value

LARGE = 2**16
"""From this many bytes on, a value travels on its own, so that cells that read it share it."""


@dataclass(frozen=True)
class Capture:
    """What a cell takes along from the notebook.

    Attributes
    ----------
    names
        The variables.
    inputs
        The same as inputs of the task: the large ones by name, all others together.
    """

    names: frozenset[str] = frozenset()
    inputs: Mapping[str, Captured] = field(default_factory=dict)


def capture(
    wanted: Iterable[str], namespace: dict[str, Any], cell: str, source: str, names: CellNames
) -> Capture:
    """Copy notebook variables.

    What is small, and all code, is pickled together, so that objects which share others still do
    so on the worker, and functions find the names they look up.

    Parameters
    ----------
    wanted
        The names of the variables; all of them are in `namespace`.
    cell, source, names
        The cell that reads them: what it is called, its source, and its names.

    Raises
    ------
    CellError
        If one of them cannot travel: it names the variable and the cell.
    """
    together: list[str] = []
    inputs: dict[str, Captured] = {}
    for name in sorted(wanted):
        value = namespace[name]
        if _is_open_file(value):
            raise _cannot_travel(name, value, cell, names, "it is an open file")
        if _is_large_data(value):
            inputs[name] = Captured(_dump(name, value, cell, names))
        else:
            together.append(name)
    if together:
        inputs[NOTEBOOK] = Captured(_dump_together(together, namespace, cell, source, names))
    return Capture(frozenset(together) | (inputs.keys() - {NOTEBOOK}), inputs)


def _dump(name: str, value: Any, cell: str, names: CellNames) -> bytes:
    try:
        return dump_value(value, name)
    except SerializationError as error:
        reason = error.__cause__ or error
        raise _cannot_travel(name, value, cell, names, str(reason)) from reason


def _dump_together(
    wanted: list[str], namespace: dict[str, Any], cell: str, source: str, names: CellNames
) -> bytes:
    attributes = [
        node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)
    ]
    try:
        return bytes(cloudpickle.dumps(_carrier(wanted, namespace, attributes)))
    except Exception as error:
        for name in wanted:
            try:
                cloudpickle.dumps(_carrier([name], namespace, attributes))
            except Exception as its_own:
                raise _cannot_travel(name, namespace[name], cell, names, str(its_own)) from its_own
        raise CellError(
            f"what cell {cell!r} reads from the notebook ({', '.join(wanted)}) cannot travel to a "
            f"worker: {error}"
        ) from error


def _carrier(wanted: list[str], namespace: dict[str, Any], attributes: list[str]) -> FunctionType:
    """Return a function that looks up `wanted` in the notebook.

    Pickled by value it takes along just these variables as its globals, which all notebook
    functions among them share, as they do in the notebook. The names of attributes tell the
    pickler which submodules of packages the cell uses.
    """
    module = compile(f"def carrier(): return ({', '.join(wanted)},)", "<notebook>", "exec")
    code = next(part for part in module.co_consts if isinstance(part, CodeType))
    known = dict.fromkeys([*code.co_names, *attributes])
    return FunctionType(code.replace(co_names=tuple(known)), namespace, "carrier")


def _is_open_file(value: Any) -> bool:
    # The pickler would quietly send the contents of some.
    return isinstance(value, io.IOBase) and not isinstance(value, io.StringIO | io.BytesIO)


def _is_large_data(value: Any) -> bool:
    if isinstance(value, type | FunctionType) or type(value).__module__ == "__main__":
        return False
    return int(sizeof(value)) >= LARGE


def _cannot_travel(name: str, value: Any, cell: str, names: CellNames, reason: str) -> CellError:
    line = names.lines.get(name)
    where = f" on line {line}" if line else ""
    return CellError(
        f"cell {cell!r} reads {name!r}{where}, a {type(value).__qualname__} that cannot travel to "
        f"a worker ({reason}): make it inside the cell, or pass what it is made from"
    )
