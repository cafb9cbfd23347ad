"""Files that hold one packed value each, written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from maze_nb.errors import ResultLostError
from maze_nb.wire.packed import Packed

MAGIC = b"MAZEVAL\1"
_ALIGNED = 64
"""Frames begin at multiples of this, so that arrays in a file can be used where they lie."""
_COPIED_BELOW = 2**16
_PIECE = 2**20
_COUNT = struct.Struct("<Q")
_DAMAGED = ".damaged"
_HEAD = len(MAGIC) + _COUNT.size


def write_value(path: str | Path, packed: Packed) -> tuple[str, int]:
    """Write a value to a file of its own; return the SHA-256 of the file, and its length.

    Its large buffers are not copied. Whoever reads the file finds all of it or no file.

    Raises
    ------
    OSError
        If it cannot be written; nothing of it is left behind then.
    """
    with replacing(path) as file:
        writer = _Writer(file)
        for part in _parts_of(packed):
            writer.write(part)
        writer.flush()
    return writer.digest, writer.nbytes


def value_digest(packed: Packed) -> tuple[str, int]:
    """Return the SHA-256 and the length that the file of a value would have."""
    found, nbytes = hashlib.sha256(), 0
    for part in _parts_of(packed):
        found.update(part)
        nbytes += len(part)
    return found.hexdigest(), nbytes


def read_value(path: str | Path, digest: str | None = None) -> Packed:
    """Return the value in a file, still packed; its buffers can be written to.

    Parameters
    ----------
    digest
        The SHA-256 that the file has to have; looked at before anything is unpickled.

    Raises
    ------
    ResultLostError
        If there is no such file, a part of it is missing, or it holds something else.
    """
    found = hashlib.sha256()
    try:
        with FileIO(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size

            def read(length: int) -> bytearray:
                return _read(file, length, found if digest is not None else None, path)

            packed = _take_apart(read, size, path)
    except FileNotFoundError as error:
        raise _lost(path, "is not there any more") from error
    except OSError as error:
        raise _lost(path, f"cannot be read ({error})") from error
    if digest is not None:
        _check(found.hexdigest(), digest, path)
    return packed


def read_or_set_aside(path: str | Path, digest: str) -> Packed:
    """Return the value in a file, as `read_value` does; one that is not what it was is renamed.

    So it is known to be gone, by all who would take the value from it rather than make it again.
    """
    try:
        return read_value(path, digest)
    except ResultLostError:
        with contextlib.suppress(OSError):
            if _digest_of(path) != digest:
                Path(path).rename(f"{path}{_DAMAGED}")
        raise


def read_value_bytes(
    data: bytes | bytearray | memoryview,
    digest: str | None = None,
    where: str | Path = "that was sent",
) -> Packed:
    """Return the value in what was read from a file elsewhere, still packed.

    What can be written to is not copied: the buffers of the value are parts of it.

    Parameters
    ----------
    digest
        As for :func:`read_value`.
    where
        Names the file in errors.

    Raises
    ------
    ResultLostError
        If a part of it is missing, or it is something else.
    """
    if digest is not None:
        _check(hashlib.sha256(data).hexdigest(), digest, where)
    view = memoryview(data)
    position = 0

    def read(length: int) -> Any:
        nonlocal position
        position += length
        if position > len(view):
            raise _lost(where, "is not complete")
        part = view[position - length : position]
        return bytearray(part) if part.readonly else part

    return _take_apart(read, len(view), where)


def load_once(packed: Packed) -> Any:
    """Return the value of what nobody else reads: its arrays are the very buffers, not copies."""
    return pickle.loads(packed.data, buffers=packed.buffers)


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[FileIO]:
    """Give a new file that takes the place of `path` when the block ends well.

    What was written is on disk then. If the block raises, nothing has changed.
    """
    target = Path(path)
    made = target.with_name(f".{uuid.uuid4().hex[:16]}.tmp")
    try:
        with FileIO(made, "xb") as file:
            yield file
            os.fsync(file.fileno())
        os.replace(made, target)  # noqa: PTH105 - of the two, this one says that it is atomic
    except BaseException:
        with contextlib.suppress(OSError):
            made.unlink()
        raise


class _Writer:
    """Writes and counts what it is given; small pieces are gathered, large ones not copied."""

    def __init__(self, file: FileIO) -> None:
        self.nbytes = 0
        self._file = file
        self._found = hashlib.sha256()
        self._small = bytearray()

    @property
    def digest(self) -> str:
        """The SHA-256 of all that was written."""
        return self._found.hexdigest()

    def write(self, data: bytes | memoryview) -> None:
        """Write something."""
        self.nbytes += len(data)
        if len(data) < _COPIED_BELOW:
            self._small += data
            if len(self._small) >= _PIECE:
                self.flush()
            return
        self.flush()
        view = memoryview(data)
        for start in range(0, len(view), _PIECE):
            self._put(view[start : start + _PIECE])

    def flush(self) -> None:
        """Write what was gathered."""
        small, self._small = self._small, bytearray()
        self._put(memoryview(small))

    def _put(self, view: memoryview) -> None:
        self._found.update(view)
        while view:
            view = view[self._file.write(view) :]


def _parts_of(packed: Packed) -> Iterator[bytes | memoryview]:
    """Yield what stands in the file of a value, piece by piece."""
    frames = [_flat(each) for each in (packed.data, *packed.buffers)]
    lengths = [frame.nbytes for frame in frames]
    yield MAGIC + struct.pack(f"<{len(frames) + 1}Q", len(frames), *lengths)
    nbytes = _HEAD + _COUNT.size * len(frames)
    for frame in frames:
        filling = -nbytes % _ALIGNED
        yield bytes(filling)
        yield frame
        nbytes += filling + frame.nbytes


def _flat(buffer: Any) -> memoryview:
    # Not by way of a PickleBuffer: a view of a view of it, as part of a reference cycle, can crash
    # the garbage collector of Python 3.11 and 3.12.
    view = memoryview(buffer)
    if view.format == "B" and view.ndim == 1:
        return view
    return view.cast("B") if view.nbytes else memoryview(b"")


def _take_apart(read: Callable[[int], Any], size: int, where: str | Path) -> Packed:
    """Return the value in what `read` gives piece by piece, `size` bytes together."""
    if size < _HEAD:
        raise _lost(where, "is not complete")
    head = read(_HEAD)
    if head[: len(MAGIC)] != MAGIC:
        raise _lost(where, "is not a value that this version of Maze wrote")
    (count,) = _COUNT.unpack_from(head, len(MAGIC))
    begins = _HEAD + _COUNT.size * count
    if size < begins or not count:
        raise _lost(where, "is not complete")
    lengths = struct.unpack(f"<{count}Q", read(begins - _HEAD))
    starts, end = _places(lengths, begins)
    if size != end:
        raise _lost(where, "is not complete" if size < end else "holds something else")
    read(starts[0] - begins)
    data = bytes(read(lengths[0]))
    if count == 1:
        return Packed(data)
    first = starts[1]
    read(first - starts[0] - lengths[0])
    rest = memoryview(read(end - first))
    buffers = [
        rest[start - first : start - first + length]
        for start, length in zip(starts[1:], lengths[1:], strict=True)
    ]
    return Packed(data, buffers)


def _places(lengths: Sequence[int], begins: int) -> tuple[list[int], int]:
    """Return where each frame begins, and where the last one ends."""
    starts, end = [], begins
    for length in lengths:
        starts.append(end + -end % _ALIGNED)
        end = starts[-1] + length
    return starts, end


def _read(file: FileIO, length: int, found: hashlib._Hash | None, where: str | Path) -> bytearray:
    data = bytearray(length)
    view = memoryview(data)
    while view:
        count = file.readinto(view[:_PIECE])
        if not count:
            raise _lost(where, "is not complete")
        if found is not None:
            found.update(view[:count])
        view = view[count:]
    return data


def _digest_of(path: str | Path) -> str:
    with FileIO(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(found: str, digest: str, where: str | Path) -> None:
    if found != digest:
        raise _lost(where, "holds something else than the task made")


def _lost(where: str | Path, what: str) -> ResultLostError:
    return ResultLostError(f"the file {where} {what}; run the task again")
