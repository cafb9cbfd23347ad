"""Notebook cells as functions that run on a worker, without IPython."""

from __future__ import annotations

import asyncio
import inspect
import io
import pickle
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cloudpickle

from maze_nb.errors import TaskFailedError, nearest, with_article
from maze_nb.wire.blobs import BlobFolder
from maze_nb.wire.code import load_value
from maze_nb.wire.kept_value import KeptValue, MappedValue
from maze_nb.wire.source_texts import show_in_tracebacks

NOTEBOOK = "(notebook)"
"""The input under which notebook variables travel together: as the globals of a function."""


@dataclass(frozen=True, slots=True)
class Captured:
    """Something of the notebook as it was when the cell was marked, pickled.

    ``sources`` are the texts of the cells in which its functions were defined, each with the name
    that Python has for it.
    """

    data: bytes
    sources: tuple[tuple[str, str], ...] = ()


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
    others
        The names and texts of the cells whose functions it may call, for tracebacks.
    """

    name: str
    source: str
    text: str
    prelude: tuple[str, ...]
    outputs: tuple[str, ...]
    is_strict: bool
    others: tuple[tuple[str, str], ...] = ()

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, params: dict[str, Any]) -> dict[str, Any]:
        """Run the cell."""
        namespace = self.namespace(params)
        self._run(namespace)
        return {name: self._output(name, namespace) for name in self.outputs}

    def namespace(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the variables with which the cell begins."""
        captured = params.get(NOTEBOOK)
        show_in_tracebacks(() if captured is None else captured.sources)
        given = {
            name: self._usable(name, value) for name, value in params.items() if name != NOTEBOOK
        }
        namespace: dict[str, Any] = {"__name__": "__main__"}
        if captured is not None:
            namespace = load_together(captured, given.__getitem__)
        for statement in self.prelude:
            exec(statement, namespace)  # noqa: S102 - running the user's cells is the purpose
        namespace.update({name: given[name] for name in given if name.isidentifier()})
        return namespace

    def _run(self, namespace: dict[str, Any]) -> None:
        # Where cells are only submitted, nothing is shown.
        from maze_nb.runners.figures import show_figures
        from maze_nb.runners.last_value import show_last, showing_last

        filename = f"<cell {self.name}>"
        known = (*self.others, (self.name, self.text))
        show_in_tracebacks((f"<cell {name}>", text) for name, text in known)
        tree = showing_last(self.source, filename)
        code = compile(tree, filename, "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        try:
            if code.co_flags & inspect.CO_COROUTINE:
                asyncio.run(eval(code, namespace))  # noqa: S307
            else:
                exec(code, namespace)  # noqa: S102
            show_last(namespace)
        finally:
            show_figures()

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
        reason = f"{with_article(type(value).__qualname__)} cannot leave the worker ({fault})"
        return Absent(self.name, name, reason)

    def _usable(self, name: str, value: Any) -> Any:
        if isinstance(value, Captured):
            return load_value(value.data)
        if isinstance(value, KeptValue):
            return MappedValue(BlobFolder().path(value.name)).load()
        if isinstance(value, Absent):
            raise TaskFailedError(
                f"{name!r} of cell {value.cell!r} is not there for cell {self.name!r}: "
                f"{value.reason}"
            )
        return value


class _Together(pickle.Unpickler):
    """Reads notebook variables that travelled together; of large data they have only the names."""

    def __init__(self, data: bytes, find: Callable[[str], Any]) -> None:
        super().__init__(io.BytesIO(data))
        self._find = find

    def persistent_load(self, name: Any) -> Any:
        return self._find(name)


def load_together(captured: Captured, find: Callable[[str], Any]) -> dict[str, Any]:
    """Return the variables that came along, in the very dict that their functions look into.

    Parameters
    ----------
    find
        Gives the large values among and inside them, by the names of inputs.
    """
    namespace: dict[str, Any] = _Together(captured.data, find).load().__globals__
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
