"""Notebook variables as bytes, as they are when a cell is marked."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from dask.sizeof import sizeof

from maze_nb.artifacts.file_input import FileInput
from maze_nb.dataflow import CellNames
from maze_nb.errors import CellError, SerializationError, with_article
from maze_nb.runners.cell import NOTEBOOK, Captured
from maze_nb.sdk.secret import Secret
from maze_nb.sdk.values import is_bulk, keep_value
from maze_nb.wire.code import ByValue, dump_by_value, dump_value
from maze_nb.wire.kept_value import KeptValue
from maze_nb.wire.source_texts import texts_of
from maze_nb.wire.unpicklable import find_fault

Taken = Captured | KeptValue | Secret | FileInput
"""What one variable of the notebook travels as."""
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
    inputs: Mapping[str, Taken] = field(default_factory=dict)


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
    inputs: dict[str, Taken] = {}
    for name in sorted(wanted):
        value = namespace[name]
        if isinstance(value, Secret | FileInput):
            inputs[name] = value
        elif _is_large_data(value):
            inputs[name] = _kept(name, value, cell, names)
        else:
            together.append(name)
    found = frozenset(together) | inputs.keys()
    if together:
        data, large = _dump_together(together, namespace, cell, source, names, inputs)
        sources = texts_of(_functions(namespace[name] for name in together))
        inputs = {**inputs, **large, NOTEBOOK: Captured(data, sources)}
    return Capture(found, inputs)


def _functions(values: Iterable[Any]) -> Iterator[FunctionType]:
    for value in values:
        for part in vars(value).values() if isinstance(value, type) else (value,):
            if isinstance(part, FunctionType):
                yield part


def _kept(name: str, value: Any, cell: str, names: CellNames) -> Captured | KeptValue:
    try:
        return keep_value(value, name) or Captured(dump_value(value, name))
    except SerializationError as error:
        raise _cannot_travel(name, value, cell, names, error.__cause__ or error) from error


def _dump_together(
    wanted: list[str],
    namespace: dict[str, Any],
    cell: str,
    source: str,
    names: CellNames,
    alone: Mapping[str, Taken],
) -> tuple[bytes, dict[str, Taken]]:
    """Return what travels together, and the large values in it, which do not."""
    attributes = [
        node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)
    ]
    known = {id(namespace[name]): name for name in alone}
    try:
        return _together(_carrier(wanted, namespace, attributes), known)
    except Exception as error:
        for name in wanted:
            try:
                _together(_carrier([name], namespace, attributes), known)
            except Exception as its_own:
                raise _cannot_travel(name, namespace[name], cell, names, its_own) from its_own
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


class _Together(ByValue):
    """Pickles notebook variables; large data among and inside them travels on its own."""

    def __init__(self, file: io.BytesIO, known: dict[int, str]) -> None:
        super().__init__(file)
        self.large: dict[str, Taken] = {}
        self._known = dict(known)
        self._held: list[Any] = []

    def persistent_id(self, value: Any) -> str | None:
        """Return under which name a value travels on its own; None for most."""
        found = self._known.get(id(value))
        if found is None and isinstance(value, FileInput):
            found = self._known[id(value)] = f"(file {len(self.large)})"
            self.large[found] = value
            self._held.append(value)
        if found is not None or not is_bulk(value):
            return found
        kept = keep_value(value, with_article(type(value).__qualname__))
        if kept is None:
            return None
        found = self._known[id(value)] = f"({kept.name})"
        self.large[found] = kept
        self._held.append(value)
        return found


def _together(carrier: FunctionType, known: dict[int, str]) -> tuple[bytes, dict[str, Taken]]:
    file = io.BytesIO()
    pickler = _Together(file, known)
    pickler.dump(carrier)
    return file.getvalue(), pickler.large


def _is_large_data(value: Any) -> bool:
    if isinstance(value, type | FunctionType) or type(value).__module__ == "__main__":
        return False
    return int(sizeof(value)) >= LARGE


def _cannot_travel(
    name: str, value: Any, cell: str, names: CellNames, error: BaseException
) -> CellError:
    line = names.lines.get(name)
    where = f" on line {line}" if line else ""
    fault = find_fault(value, name, dump_by_value)
    reason, inside = str(error), ""
    if fault is not None:
        reason = fault.reason
    if fault is not None and fault.path != name:
        inside = f": {fault.path} is {with_article(type(fault.value).__qualname__)}"
    what = with_article(type(value).__qualname__)
    return CellError(
        f"cell {cell!r} reads {name!r}{where}, {what} that cannot travel to "
        f"a worker ({reason}{inside}): make it inside the cell, or pass what it is made from"
    )
