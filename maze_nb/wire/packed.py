"""Values that stay packed until somebody reads them: what child processes return."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

from maze_nb.wire.code import dump_buffers


class Packed:
    """A pickled value with its large buffers beside it.

    So a value that a child process made is never unpickled in the worker that only holds it.

    Attributes
    ----------
    data
        The pickle, protocol 5.
    buffers
        The memory of its arrays and the like, out of band.
    """

    __slots__ = ("buffers", "data")

    def __init__(self, data: bytes, buffers: Sequence[Any] = ()) -> None:
        self.data = data
        self.buffers = tuple(buffers)

    @property
    def nbytes(self) -> int:
        """The bytes of the pickle and of all buffers."""
        return len(self.data) + sum(memoryview(buffer).nbytes for buffer in self.buffers)

    def load(self) -> Any:
        """Return a fresh copy of the value."""
        return pickle.loads(self.data, buffers=[bytearray(buffer) for buffer in self.buffers])

    def __sizeof__(self) -> int:
        return self.nbytes

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if protocol < 5:
            return Packed, (self.data, tuple(bytes(buffer) for buffer in self.buffers))
        return Packed, (self.data, tuple(pickle.PickleBuffer(buffer) for buffer in self.buffers))

    def __repr__(self) -> str:
        return f"<packed value of {self.nbytes} bytes>"


def pack(value: Any, what: str) -> Packed:
    """Return `value` packed; what is packed already stays as it is.

    Parameters
    ----------
    what
        Names the value in an error.

    Raises
    ------
    SerializationError
        If it cannot be pickled.
    """
    if isinstance(value, Packed):
        return value
    return Packed(*dump_buffers(value, what))


def unpack(value: Any) -> Any:
    """Return what is packed in `value`, or `value` itself."""
    return value.load() if isinstance(value, Packed) else value
