"""The SHA-256 of files, read once as long as they do not change."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import NamedTuple

_KEPT = 4096
_PIECE = 2**20
_TRIES = 3
_SETTLED = 20_000_000
"""Nanoseconds after which a file system is sure to give another change another time."""

_Mark = tuple[int, int, int, int, int]
_lock = threading.Lock()
_known: OrderedDict[_Mark, str] = OrderedDict()


class Digest(NamedTuple):
    """The SHA-256 of a file, in hexadecimal digits, and its length."""

    sha256: str
    nbytes: int


def digest_of(path: str | Path, check: Callable[[], None] | None = None) -> Digest:
    """Return the SHA-256 of an ordinary file; anything else is never waited for.

    Parameters
    ----------
    check
        Called now and then while it is read; may raise to give up.

    Raises
    ------
    OSError
        If it cannot be read, is no ordinary file, or changes all the time.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with FileIO(number) as file:
        for _ in range(_TRIES):
            before = os.fstat(number)
            if not stat.S_ISREG(before.st_mode):
                raise OSError(f"{path} is no ordinary file")
            found = _recalled(_mark(before)) or _read(file, check)
            if _mark(after := os.fstat(number)) == _mark(before):
                remember(after, found)
                return Digest(found, after.st_size)
    raise OSError(f"{path} was changed while it was read")


def remember(known: os.stat_result, sha256: str) -> None:
    """Note the SHA-256 of a file that was read or written whole, unless it is too young."""
    if time.time_ns() - known.st_mtime_ns < _SETTLED:
        return
    with _lock:
        _known[_mark(known)] = sha256
        while len(_known) > _KEPT:
            _known.popitem(last=False)


def _recalled(mark: _Mark) -> str | None:
    with _lock:
        return _known.get(mark)


def _read(file: FileIO, check: Callable[[], None] | None) -> str:
    file.seek(0)
    found, piece = hashlib.sha256(), memoryview(bytearray(_PIECE))
    while count := file.readinto(piece):
        found.update(piece[:count])
        if check is not None:
            check()
    return found.hexdigest()


def _mark(known: os.stat_result) -> _Mark:
    return (known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns)
