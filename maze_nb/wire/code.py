"""User code and values as bytes."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from types import FunctionType
from typing import Any

import cloudpickle

from maze_nb.errors import SerializationError, with_article
from maze_nb.wire.source_texts import show_in_tracebacks
from maze_nb.wire.unpicklable import find_fault, is_open_file


def dump_value(value: object, what: str) -> bytes:
    """Return `value` as bytes, by value for what is defined in a notebook.

    Parameters
    ----------
    what
        Names the value in an error, such as ``"input 'rows' of task 'load'"``.

    Raises
    ------
    SerializationError
        If it cannot be pickled.
    """
    try:
        return _dumps(value)
    except Exception as error:
        raise SerializationError(_cannot_travel(value, what, error)) from error


def dump_buffers(value: object, what: str) -> tuple[bytes, list[memoryview]]:
    """Return `value` as bytes, and its large buffers, which are not copied, beside them.

    Raises
    ------
    SerializationError
        If it cannot be pickled.
    """
    try:
        return _dumps_beside(value)
    except Exception as error:
        raise SerializationError(_cannot_travel(value, what, error)) from error


def load_value(data: bytes) -> Any:
    """Return the value that `data` was made from."""
    return pickle.loads(data)


def load_code(data: bytes, find: Callable[[str], Any]) -> Any:
    """Return the code that `data` was made from; tracebacks have the lines that came with it.

    Parameters
    ----------
    find
        Gives the large values that it reads, by the names of their files.
    """
    file = io.BytesIO(data)
    code = _WithValues(file, find).load()
    if file.tell() < len(data):
        show_in_tracebacks(pickle.load(file))
    return code


def check_picklable(value: object, what: str) -> None:
    """Raise SerializationError unless `value` can be pickled; large buffers are not copied."""
    try:
        _Probe().dump(value)
    except Exception:  # noqa: BLE001 - pickling runs the user's own code
        dump_value(value, what)


def _dumps(value: object) -> bytes:
    """Pickle by reference where that is enough, and by value what ``__main__`` defines."""
    try:
        data = pickle.dumps(value, protocol=5)
    except Exception:  # noqa: BLE001 - whatever the first pickler raises, the second one decides
        return dump_by_value(value)
    return dump_by_value(value) if b"__main__" in data else data


def _dumps_beside(value: object) -> tuple[bytes, list[memoryview]]:
    found: list[pickle.PickleBuffer] = []
    try:
        data = pickle.dumps(value, protocol=5, buffer_callback=found.append)
    except Exception:  # noqa: BLE001 - whatever the first pickler raises, the second one decides
        data = b"__main__"
    if b"__main__" in data:
        found.clear()
        data = dump_by_value(value, found.append)
    return data, [buffer.raw() for buffer in found]


def dump_by_value(
    value: object, buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None
) -> bytes:
    """Return `value` as bytes, with all code that is not to be imported.

    Raises
    ------
    Exception
        Whatever pickling raises; a TypeError for an open file, of which only a copy could travel.
    """
    file = io.BytesIO()
    ByValue(file, buffer_callback=buffer_callback).dump(value)
    return file.getvalue()


class ByValue(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles code by value; refuses open files, which cloudpickle would send as copies.

    Attributes
    ----------
    functions
        Those of ``__main__`` that were pickled.
    """

    def __init__(
        self,
        file: io.BytesIO,
        buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None,
    ) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffer_callback)
        self.functions: list[FunctionType] = []

    def reducer_override(self, value: Any) -> Any:
        """Say how what is no plain data is pickled."""
        if is_open_file(value):
            raise TypeError("it is an open file")
        if isinstance(value, FunctionType) and value.__module__ == "__main__":
            self.functions.append(value)
        return super().reducer_override(value)


class _WithValues(pickle.Unpickler):
    """Reads code; large values in it come from elsewhere."""

    def __init__(self, file: io.BytesIO, find: Callable[[str], Any]) -> None:
        super().__init__(file)
        self._find = find
        self._found: dict[tuple[str, int], Any] = {}

    def persistent_load(self, which: tuple[str, int]) -> Any:
        if which not in self._found:
            self._found[which] = self._find(which[0])
        return self._found[which]


class _Nowhere:
    """A file that forgets what is written to it."""

    def write(self, data: bytes) -> int:
        return len(data)


class _Probe(pickle.Pickler):
    """Pickles into nothing, with buffers left out of band."""

    def __init__(self) -> None:
        super().__init__(_Nowhere(), protocol=5, buffer_callback=lambda _buffer: None)


def _cannot_travel(value: object, what: str, error: Exception) -> str:
    fault = find_fault(value, "", dump_by_value)
    inside = ""
    if fault is not None and fault.path:
        culprit = with_article(type(fault.value).__qualname__)
        inside = f", as there is {culprit} in it, at {fault.path.strip()}"
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return (
        f"{what}, {with_article(kind)}, cannot be pickled{inside} "
        f"({type(error).__name__}: {error}); pass what it is made from instead, "
        f"and make it inside the task"
    )
