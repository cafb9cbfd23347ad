"""What a command prints: passed on as it comes, and its end kept."""

from __future__ import annotations

import codecs
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from typing import IO

KEPT = 2**20
"""The characters of the standard output that are kept."""
_READ = 2**16
_LOOK = 0.1
_PATIENCE = 0.5
_LONGEST = 5.0


class Relay:
    """Passes what a process prints on to ``sys.stdout`` and ``sys.stderr``, where tasks have logs.

    Parameters
    ----------
    process
        With pipes for both.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._selector = selectors.DefaultSelector()
        self._streams: list[IO[bytes]] = []
        decoder = codecs.getincrementaldecoder("utf-8")
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            if stream is not None:
                self._streams.append(stream)
                data = name, decoder(errors="backslashreplace")
                self._selector.register(stream, selectors.EVENT_READ, data)
        self._kept: deque[str] = deque()
        self._length = 0
        self._left_out = 0
        self._tail = ""

    def run(self) -> None:
        """Pass on what is printed until nobody can print any more.

        What the command left running in the background may print only for a moment longer, and
        for some seconds if it never pauses.
        """
        self._run(float("inf"), _PATIENCE)

    def run_out(self, seconds: float) -> None:
        """Pass on what a process that is told to end still prints, for so long at most."""
        self._run(time.monotonic() + seconds, _LOOK)

    def _run(self, until: float, patience: float) -> None:
        silent = 0.0
        while self._selector.get_map() and silent < patience and time.monotonic() < until:
            ready = self._selector.select(_LOOK)
            for key, _ in ready:
                name, decoder = key.data
                data = os.read(key.fd, _READ)
                self._pass_on(name, decoder.decode(data, final=not data))
                if not data:
                    self._selector.unregister(key.fileobj)
            has_ended = self._process.poll() is not None
            silent = silent + _LOOK if has_ended and not ready else 0.0
            if has_ended:
                until = min(until, time.monotonic() + _LONGEST)

    def close(self) -> None:
        """Close the pipes."""
        self._selector.close()
        for stream in self._streams:
            stream.close()

    def stdout(self) -> str:
        """Return the standard output without newlines at its end; of much only the end."""
        text = "".join(self._kept).rstrip("\n")
        if self._length > KEPT:
            text, self._left_out = text[-KEPT:], self._left_out + self._length - KEPT
        return f"[{self._left_out} characters left out]\n{text}" if self._left_out else text

    def last_bytes(self, count: int) -> str:
        """Return the end of all that was printed, of at most so many bytes."""
        return self._tail.rstrip("\n").encode()[-count:].decode(errors="ignore")

    def _pass_on(self, name: str, text: str) -> None:
        if not text:
            return
        stream = sys.stdout if name == "stdout" else sys.stderr
        stream.write(text)
        self._tail = (self._tail + text)[-_READ:]
        if name != "stdout":
            return
        self._kept.append(text)
        self._length += len(text)
        while self._length - len(self._kept[0]) >= KEPT:
            gone = self._kept.popleft()
            self._length -= len(gone)
            self._left_out += len(gone)
