"""User code and values as bytes."""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle

from maze_nb.errors import SerializationError


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
        return bytes(cloudpickle.dumps(value, protocol=5))
    return bytes(cloudpickle.dumps(value, protocol=5)) if b"__main__" in data else data


def _dumps_beside(value: object) -> tuple[bytes, list[memoryview]]:
    found: list[pickle.PickleBuffer] = []
    try:
        data = pickle.dumps(value, protocol=5, buffer_callback=found.append)
    except Exception:  # noqa: BLE001 - whatever the first pickler raises, the second one decides
        data = b"__main__"
    if b"__main__" in data:
        found.clear()
        data = bytes(cloudpickle.dumps(value, protocol=5, buffer_callback=found.append))
    return data, [buffer.raw() for buffer in found]


class _Nowhere:
    """A file that forgets what is written to it."""

    def write(self, data: bytes) -> int:
        return len(data)


class _Probe(pickle.Pickler):
    """Pickles into nothing, with buffers left out of band."""

    def __init__(self) -> None:
        super().__init__(_Nowhere(), protocol=5, buffer_callback=lambda _buffer: None)


def _cannot_travel(value: object, what: str, error: Exception) -> str:
    return (
        f"{what}, a {type(value).__module__}.{type(value).__qualname__}, cannot be pickled "
        f"({type(error).__name__}: {error}); pass what it is made from instead, "
        f"and make it inside the task"
    )
