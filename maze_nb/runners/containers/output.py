"""What a container prints: passed on to the log of its task as it comes, and its end kept."""

from __future__ import annotations

import codecs
import contextvars
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from maze_nb.runners.containers.engine import Engine

KEPT = 8_000
"""The last characters of all that was printed that are kept."""
STDOUT_KEPT = 2**20
"""The last characters of the standard output that are kept."""


class Output:
    """Passes on what a container prints, in a thread that belongs to the task.

    Attributes
    ----------
    is_over
        Set once nothing more will come.
    """

    def __init__(self, engine: Engine, container: str) -> None:
        self.is_over = threading.Event()
        self._engine = engine
        self._container = container
        self._tail = _Tail(KEPT)
        self._stdout = _Tail(STDOUT_KEPT)
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Take in what is printed from now on; before the start that is all of it."""
        self.is_over.clear()
        stream = self._engine.client.api.attach(
            self._container, stream=True, stdout=True, stderr=True, demux=True
        )
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._pass_on, stream), name="container-output", daemon=True
        )
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Wait until all that came has been passed on, for so long at most."""
        if self._thread is not None:
            self._thread.join(seconds)

    def last(self) -> str:
        """Return the end of all that was printed."""
        return self._tail.text().strip()

    def stdout(self) -> str:
        """Return the standard output without newlines at its end; of much only the end."""
        text, left_out = self._stdout.text().rstrip("\n"), self._stdout.left_out
        return f"[{left_out} characters left out]\n{text}" if left_out else text

    def _pass_on(self, stream: Iterator[tuple[bytes | None, bytes | None]]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")
        decoders = [decoder(errors="backslashreplace") for _ in range(2)]
        try:
            for pieces in stream:
                for at, data in enumerate(pieces):
                    if data:
                        self._take(at, decoders[at].decode(data))
        except Exception as error:  # noqa: BLE001 - whatever breaks the line, the task asks why
            self._take(1, f"[the output of the container was cut off: {error}]\n")
        finally:
            try:
                for at, each in enumerate(decoders):
                    self._take(at, each.decode(b"", final=True))
            finally:
                self.is_over.set()

    def _take(self, at: int, text: str) -> None:
        if not text:
            return
        stream: Any = (sys.stdout, sys.stderr)[at]
        stream.write(text)
        stream.flush()
        self._tail.add(text)
        if at == 0:
            self._stdout.add(text)


class _Tail:
    """The end of a text that grows, in bounded memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: deque[str] = deque()
        self._length = 0
        self._gone = 0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
        while self._length - len(self._pieces[0]) >= self._most:
            first = len(self._pieces.popleft())
            self._length -= first
            self._gone += first

    @property
    def left_out(self) -> int:
        return self._gone + max(self._length - self._most, 0)

    def text(self) -> str:
        return "".join(self._pieces)[-self._most :]
