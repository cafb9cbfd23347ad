"""What is written to the standard output and error of a child process past Python's own streams.

Programs that a task starts do so, and libraries in C. It goes to files: whoever writes to a pipe
waits for its reader, and a task that holds Python's lock lets no reader read.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Never

from maze_nb.worker.masking import mask, without

STREAMS = ("stdout", "stderr")
_PIECE = 2**16
_MUCH = 2**20
"""So many bytes are passed on at once, and of the rest of a process that has ended."""
_TOO_MUCH = 2**24
"""More than a log has. Of more that is unread than this the end is passed on."""
_PAUSE = 0.1
_IDLE_PAUSE = 1.0

Written = Callable[[str, str], None]
"""Is told the stream, and what was written to it."""


class RawFiles:
    """The files of one child process, as its worker has them.

    How far they were read is known to both processes, and each reads what the other has not.

    Attributes
    ----------
    written
        The descriptors that are to be the standard output and error of the child process.
    read
        Those from which it reads them.
    through
        Those of the worker's own output.
    """

    def __init__(self) -> None:
        self.written: list[int] = []
        self.read: list[int] = []
        self.through: list[int] = []
        try:
            for number in (1, 2):
                written, path = tempfile.mkstemp(prefix="maze-nb-output-")
                os.close(written)
                try:
                    self.written.append(os.open(path, os.O_WRONLY | os.O_APPEND))
                    self.read.append(os.open(path, os.O_RDONLY))
                finally:
                    Path(path).unlink()
                self.through.append(_own(number))
        except BaseException:
            self.close()
            raise

    def hand_over(self) -> None:
        """Let go of what only the child process needs."""
        _close(self.written)

    def rest(self, secrets: Iterable[str]) -> dict[str, str]:
        """Return what the child process has not read, by stream; it goes to our own output too."""
        left = {}
        for name, descriptor, through in zip(STREAMS, self.read, self.through, strict=True):
            _skip(descriptor, _MUCH)
            # No more than there is now: what escaped the end of its task may go on writing.
            data = b"".join(_pieces(descriptor, _MUCH))
            if data:
                left[name] = without(data.decode("utf-8", "replace"), secrets)
                _write(through, left[name])
        return left

    def close(self) -> None:
        """Let go of the files, which are gone with that."""
        for descriptors in (self.written, self.read, self.through):
            _close(descriptors)


class RawOutput:
    """Passes on what is written, in the child process: to the worker's own output and to a task.

    Parameters
    ----------
    read, through
        As in :class:`RawFiles`.
    """

    def __init__(self, read: Sequence[int], through: Sequence[int]) -> None:
        self._streams = [
            _RawStream(name, number, *ends)
            for name, number, *ends in zip(STREAMS, (1, 2), read, through, strict=True)
        ]
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._is_wanted = threading.Event()
        self._written: Written | None = None

    @contextmanager
    def told(self, written: Written) -> Iterator[None]:
        """Tell of what is written inside the block; what was written before is nobody's."""
        self.catch_up()
        self._written = written
        self._is_wanted.set()
        try:
            yield
        finally:
            self._is_wanted.clear()
            self.catch_up(is_last=True)
            self._written = None

    def catch_up(self, *, is_last: bool = False) -> None:
        """Pass on what was written by now: whole lines, at the end the rest of one too."""
        # A process that the task forked shares the files, and has none of the threads.
        if os.getpid() != self._pid:
            return
        with self._lock:
            for stream in self._streams:
                stream.pass_on(self._written, is_last=is_last or self._written is None)

    def follow(self) -> Never:
        """Pass on what is written, for ever; seldom while there is nobody to tell."""
        while True:
            self._is_wanted.wait(_IDLE_PAUSE)
            self.catch_up()
            time.sleep(_PAUSE)


class _RawStream:
    def __init__(self, name: str, number: int, read: int, through: int) -> None:
        self._name = name
        self._read = read
        self._through = through
        # Tasks may put something else in the place of this number.
        self._file = os.dup(number)

    def pass_on(self, written: Written | None, *, is_last: bool) -> None:
        is_flood = _unread(self._read) > _TOO_MUCH
        if is_flood:
            _skip(self._read, _MUCH)
        # Not until all is read, since a program may write faster than that, and without end.
        self._pass_on(_TOO_MUCH if is_last else _MUCH, written, is_last=is_last)
        is_long = os.lseek(self._read, 0, os.SEEK_CUR) > _TOO_MUCH
        if is_flood or (is_long and _unread(self._read) < _MUCH):
            self._pass_on(_MUCH, written, is_last=is_last)
            os.ftruncate(self._file, 0)
            os.lseek(self._read, 0, os.SEEK_SET)

    def _pass_on(self, most: int, written: Written | None, *, is_last: bool) -> None:
        until = os.lseek(self._read, 0, os.SEEK_CUR) + min(most, _unread(self._read))
        while os.lseek(self._read, 0, os.SEEK_CUR) < until:
            text = mask(self._next(is_last=is_last))
            if not text:
                break
            _write(self._through, text)
            if written is not None:
                written(self._name, text)

    def _next(self, *, is_last: bool) -> str:
        """Return whole lines: of a part of one, a secret in it would not be found."""
        data = os.read(self._read, _PIECE)
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not end and (is_last or len(data) == _PIECE):
            end = len(data)
        if end < len(data):
            # It stays where the worker finds it, should this process end before its line does.
            os.lseek(self._read, end - len(data), os.SEEK_CUR)
        return data[:end].decode("utf-8", "replace")


def past_files(through: Sequence[int]) -> list[io.TextIOWrapper]:
    """Return Python's own standard output and error, which are told of without the files.

    Whoever asks them for a descriptor, as for a program to write to, gets that of the file.
    """
    found: list[io.TextIOWrapper] = []
    for name, number, descriptor in zip(STREAMS, (1, 2), through, strict=True):
        errors = "backslashreplace" if name == "stderr" else "strict"
        raw = _Through(descriptor, number)
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors=errors, line_buffering=True
        )
        found.append(stream)
    return found


class _Through(io.FileIO):
    def __init__(self, descriptor: int, number: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._number = number

    def fileno(self) -> int:
        return self._number


def _own(number: int) -> int:
    try:
        return os.dup(number)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def _unread(descriptor: int) -> int:
    return os.fstat(descriptor).st_size - os.lseek(descriptor, 0, os.SEEK_CUR)


def _skip(descriptor: int, most: int) -> None:
    """Skip what is unread but for the end."""
    unread = _unread(descriptor)
    if unread > most:
        os.lseek(descriptor, unread - most, os.SEEK_CUR)


def _pieces(descriptor: int, most: int) -> Iterator[bytes]:
    while most > 0 and (data := os.read(descriptor, min(most, _PIECE))):
        most -= len(data)
        yield data


def _write(descriptor: int, text: str) -> None:
    data = text.encode("utf-8", "replace")
    # Nobody may read it any more.
    with suppress(OSError):
        while data:
            data = data[os.write(descriptor, data) :]


def _close(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())
