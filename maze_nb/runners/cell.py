"""Notebook cells as functions that run on a worker, without IPython."""

from __future__ import annotations

import asyncio
import inspect
import io
import linecache
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from dataclasses import dataclass
from typing import Any

import cloudpickle

from maze_nb.errors import TaskFailedError, nearest
from maze_nb.wire.code import load_value

NOTEBOOK = "(notebook)"
"""The input under which notebook variables travel together: as the globals of a function."""


@dataclass(frozen=True, slots=True)
class Captured:
    """Something of the notebook as it was when the cell was marked, pickled."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for an output that the cell did not make, or that cannot travel."""

    cell: str
    name: str
    reason: str

    def __repr__(self) -> str:
        return f"<not there: {self.reason}>"


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
        namespace = _notebook_namespace(params.get(NOTEBOOK))
        for statement in self.prelude:
            exec(statement, namespace)  # noqa: S102 - running the user's cells is the purpose
        for name, value in params.items():
            if name != NOTEBOOK:
                namespace[name] = self._usable(name, value)
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
            if self.is_strict:
                made = [key for key in namespace if not key.startswith("_")]
                raise TaskFailedError(
                    f"cell {self.name!r} ended without making {name!r}: {nearest(name, made)}"
                )
            return Absent(self.name, name, f"the cell ended without making {name!r}")
        value = namespace[name]
        if self.is_strict:
            return value
        fault = _fault_in_pickling(value)
        if fault is None:
            return value
        reason = f"a {type(value).__qualname__} cannot leave the worker ({fault})"
        return Absent(self.name, name, reason)

    def _usable(self, name: str, value: Any) -> Any:
        if isinstance(value, Captured):
            return load_value(value.data)
        if isinstance(value, Absent):
            raise TaskFailedError(
                f"{name!r} of cell {value.cell!r} is not there for cell {self.name!r}: "
                f"{value.reason}"
            )
        return value


def _notebook_namespace(captured: Captured | None) -> dict[str, Any]:
    """Return the variables that came along, in the very dict that their functions look into."""
    if captured is None:
        return {"__name__": "__main__"}
    namespace: dict[str, Any] = load_value(captured.data).__globals__
    namespace.setdefault("__name__", "__main__")
    return namespace


def _fault_in_pickling(value: Any) -> str | None:
    """Return why a value cannot be pickled, or None; large buffers are not copied."""
    if isinstance(value, io.IOBase) and not isinstance(value, io.StringIO | io.BytesIO):
        return "a file stays where it was opened"
    try:
        cloudpickle.Pickler(_Nowhere(), protocol=5, buffer_callback=lambda _buffer: None).dump(
            value
        )
    except Exception as error:  # noqa: BLE001 - pickling runs the user's own code
        return f"{type(error).__name__}: {error}"
    return None


class _Nowhere:
    """A file that forgets what is written to it."""

    def write(self, data: bytes) -> int:
        return len(data)
