"""What a task prints, in a file that can be read while it runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

LIMIT = 10 * 2**20
"""The bytes of what one attempt prints that are kept."""
_GATHERED = 2**16
_PATIENCE = 1.0


class TaskLog:
    """Appends whole lines to a file, up to a limit.

    Whatever goes wrong with the file, the task that prints does not hear of it.

    Parameters
    ----------
    path
        The file; of several attempts each adds to what is there.
    attempt
        Counts from 1.
    limit
        The bytes after which the rest is left out.

    Attributes
    ----------
    fault
        Why something of it is missing in the file; None if nothing is.
    """

    def __init__(self, path: Path, attempt: int, limit: int = LIMIT) -> None:
        self._lock = threading.RLock()
        self._limit = self._left = limit
        self._unfinished: dict[str, tuple[list[str], int]] = {}
        self._file: FileIO | None = None
        self.fault: Exception | None = None
        try:
            self._file = FileIO(path, "ab")
        except OSError as error:
            self.fault = error
        if attempt > 1:
            self._append(f"[attempt {attempt}]\n".encode())

    def write(self, stream: str, text: str) -> None:
        """Add some text; a line that is not complete waits for its rest.

        Parameters
        ----------
        stream
            Where it was printed to: lines of several streams are not mixed.
        """
        with self._held() as is_held:
            if not is_held or self._file is None or self._left <= 0:
                return
            parts, length = self._unfinished.pop(stream, ([], 0))
            parts.append(text)
            length += len(text)
            if "\n" in text or length >= _GATHERED:
                whole = "".join(parts)
                end = whole.rfind("\n") + 1 if length < _GATHERED else length
                self._put(whole[:end])
                parts, length = ([whole[end:]], length - end) if end < length else ([], 0)
            if parts:
                self._unfinished[stream] = (parts, length)

    def flush(self, stream: str) -> None:
        """Write what was added to a stream, also a line that is not complete."""
        with self._held() as is_held:
            parts, _ = self._unfinished.pop(stream, ([], 0)) if is_held else ([], 0)
            if parts:
                self._put("".join(parts))

    def close(self) -> None:
        """Write what is left; whatever is added from now on is left out."""
        with self._held() as is_held:
            if is_held:
                for stream in list(self._unfinished):
                    self.flush(stream)
                if self._file is not None:
                    self._file.close()
                    self._file = None

    @contextlib.contextmanager
    def _held(self) -> Iterator[bool]:
        # Not for ever, since a process that the task forked may have got it locked.
        is_held = self._lock.acquire(timeout=_PATIENCE)
        try:
            yield is_held
        finally:
            if is_held:
                self._lock.release()

    def _put(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        if len(data) > self._left:
            kept = data[: self._left].decode("utf-8", "ignore")
            line = "" if kept.endswith("\n") or not kept else "\n"
            size = f"{self._limit / 2**20:g} MB"
            data = f"{kept}{line}[cut here: more than {size} was printed]\n".encode()
            self._left = 0
        self._left -= len(data)
        self._append(data)

    def _append(self, data: bytes) -> None:
        if self._file is not None:
            try:
                while data:
                    data = data[self._file.write(data) :]
            except (OSError, ValueError) as error:
                self._left, self.fault = 0, error


def append_to_log(path: Path, text: str) -> None:
    """Add a text to a log that is there; one that is not is not made for it."""
    with contextlib.suppress(OSError):
        with FileIO(path, "rb+") as file:
            end = file.seek(0, 2)
            file.seek(max(end - 1, 0))
            begun = "\n" if end and file.read(1) != b"\n" else ""
        with FileIO(path, "ab") as file:
            file.write(f"{begun}{text.rstrip()}\n".encode("utf-8", "backslashreplace"))
