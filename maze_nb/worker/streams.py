"""Standard output and error of a process, from which what tasks print goes to their logs too."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from maze_nb.worker.current_task import now_running
from maze_nb.worker.masking import mask

_NAMES = ("stdout", "stderr")
_lock = threading.Lock()
_users = 0


class TaskStream:
    """Stands in for ``sys.stdout`` or ``sys.stderr``, and is the same for all but tasks.

    What code prints that does not run in a task, as in a thread that a task started, passes
    through untouched. What goes past the stream, such as the output of other programs, does too.

    Parameters
    ----------
    stream
        The stream itself.
    name
        Its name in :mod:`sys`.
    """

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> int:
        """Write text; in a task that never fails because of the stream."""
        found, length = now_running(), len(text)
        if isinstance(text, str):
            text = mask(text)
        if found is None:
            self._stream.write(text)
            return length
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with _going_on():
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                self._stream.write(_with_escapes(text, self._stream))
        if text:
            found.printed(self._name, text)
        return length

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Have everything where it belongs now."""
        found = now_running()
        if found is None:
            self._stream.flush()
            return
        with _going_on():
            self._stream.flush()
        found.flush(self._name)

    def close(self) -> None:
        """Close the stream, unless it is a task that asks, since it is there for all."""
        if now_running() is None:
            self._stream.close()

    def __getattr__(self, name: str) -> Any:
        # A copy has no stream as long as it is being made.
        if name in ("_stream", "_name"):
            raise AttributeError(name)
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return _stream_there, (self._name,)

    def __repr__(self) -> str:
        return f"<{self._name}, of which tasks have logs: {self._stream!r}>"


io.TextIOBase.register(TaskStream)


def install() -> None:
    """Let tasks of this process have logs; to be undone as often as it was done."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            for name in _NAMES:
                stream = getattr(sys, name)
                if stream is not None and not isinstance(stream, TaskStream):
                    setattr(sys, name, TaskStream(stream, name))


def uninstall() -> None:
    """Undo one :func:`install`."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            for name in _NAMES:
                stream = getattr(sys, name)
                if isinstance(stream, TaskStream):
                    setattr(sys, name, stream._stream)


@contextmanager
def _going_on() -> Iterator[None]:
    """Take no harm from a stream that is closed, or that nobody reads any more."""
    try:
        yield
    except (OSError, ValueError):
        return


def _with_escapes(text: str, stream: Any) -> str:
    encoding = getattr(stream, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _stream_there(name: str) -> Any:
    return getattr(sys, name)
