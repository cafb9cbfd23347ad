"""Notebook cells as functions that run on a worker, without IPython."""

from __future__ import annotations

import asyncio
import inspect
import linecache
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from maze_nb.errors import SerializationError, TaskFailedError, nearest
from maze_nb.wire.code import check_picklable, load_value


@dataclass(frozen=True, slots=True)
class Captured:
    """A notebook variable as it was when the cell was marked, pickled."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for an output that the cell did not make, or that cannot travel."""

    cell: str
    name: str
    reason: str


@dataclass(frozen=True)
class CellFunction:
    """A cell, called with one dict of the names it reads; returns the names it makes.

    Attributes
    ----------
    name
        What the cell is called.
    source
        Its Python source, with the lines where the notebook has them.
    text
        What the notebook shows, for tracebacks.
    prelude
        Import statements of other cells that this one relies on.
    outputs
        The names it makes.
    is_strict
        Whether each of them has to be made and has to travel.
    """

    name: str
    source: str
    text: str
    prelude: tuple[str, ...]
    outputs: tuple[str, ...]
    is_strict: bool

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, params: dict[str, Any]) -> dict[str, Any]:
        """Run the cell."""
        namespace: dict[str, Any] = {"__name__": "__main__"}
        for statement in self.prelude:
            exec(statement, namespace)  # noqa: S102 - running the user's cells is the purpose
        namespace.update({name: _usable(value) for name, value in params.items()})
        self._run(namespace)
        return {name: self._output(name, namespace) for name in self.outputs}

    def _run(self, namespace: dict[str, Any]) -> None:
        filename = f"<cell {self.name}>"
        lines = self.text.splitlines(keepends=True)
        linecache.cache[filename] = (len(self.text), None, lines, filename)
        code = compile(self.source, filename, "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, namespace))  # noqa: S307
        else:
            exec(code, namespace)  # noqa: S102

    def _output(self, name: str, namespace: dict[str, Any]) -> Any:
        if name not in namespace:
            reason = f"cell {self.name!r} ended without making {name!r}"
            if self.is_strict:
                made = [key for key in namespace if not key.startswith("_")]
                raise TaskFailedError(f"{reason}: {nearest(name, made)}")
            return Absent(self.name, name, reason)
        value = namespace[name]
        if self.is_strict:
            return value
        if isinstance(value, ModuleType):
            return Absent(self.name, name, f"{name!r} is a module: import it where it is used")
        try:
            check_picklable(value, f"output {name!r} of cell {self.name!r}")
        except SerializationError as error:
            return Absent(self.name, name, str(error))
        return value


def _usable(value: Any) -> Any:
    if isinstance(value, Captured):
        return load_value(value.data)
    if isinstance(value, Absent):
        raise TaskFailedError(f"{value.name!r} of cell {value.cell!r} is not there: {value.reason}")
    return value
