"""Frames of bytes between a worker and a child process, over a socket of their own."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any

Frame = Any
"""Anything that has contiguous bytes."""

_COPIED_BELOW = 2**16
_POLL_LIMIT = 2**31 - 1
_CHECK_SECONDS = 0.5
_GONE = "the other side of the channel is gone"


class Channel:
    """Sends and receives lists of frames; large ones are copied neither here nor there.

    Parameters
    ----------
    end
        One end of a pair of sockets.
    is_gone
        Says whether the process at the other end has ended; what it forked may hold that end open.
    """

    def __init__(self, end: socket.socket, is_gone: Callable[[], bool] = lambda: False) -> None:
        self._socket = end
        self._is_gone = is_gone
        self._readable = select.poll()
        self._readable.register(end, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(end, select.POLLOUT)
        self._reading = self._read_frames()

    def send(self, frames: Sequence[Frame]) -> None:
        """Send frames; EOFError or OSError if the other side is gone."""
        views = [memoryview(frame) for frame in frames]
        lengths = [view.nbytes for view in views]
        small = bytearray(struct.pack(f"<{len(views) + 1}Q", len(views), *lengths))
        for view in views:
            if view.nbytes < _COPIED_BELOW:
                small += view
                continue
            self._write(memoryview(small))
            self._write(view)
            small = bytearray()
        self._write(memoryview(small))

    def receive(self) -> list[bytearray]:
        """Return the frames that were sent; EOFError or OSError if the other side is gone."""
        while (frames := self.received(_CHECK_SECONDS)) is None:
            if self._is_gone() and not self.is_readable(0):
                raise EOFError(_GONE)
        return frames

    def received(self, seconds: float) -> list[bytearray] | None:
        """Return the frames that were sent, None if they are not all here after so long.

        What is here of them is kept for the next time. EOFError or OSError if the other side is
        gone.
        """
        deadline = time.monotonic() + seconds
        try:
            while True:
                next(self._reading)
                if not self.is_readable(deadline - time.monotonic()):
                    return None
        except StopIteration as done:
            self._reading = self._read_frames()
            frames: list[bytearray] = done.value
            return frames

    def is_readable(self, seconds: float) -> bool:
        """Wait for frames, or for the other side to go away; say whether there is either."""
        return bool(self._readable.poll(min(max(seconds, 0) * 1000, _POLL_LIMIT)))

    def shut(self) -> None:
        """Make whoever waits for this channel, in whatever thread, fail."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def _read_frames(self) -> Generator[None, None, list[bytearray]]:
        """Read frames; yields whenever there is nothing more to read yet."""
        (count,) = struct.unpack("<Q", (yield from self._read(8)))
        lengths = struct.unpack(f"<{count}Q", (yield from self._read(8 * count)))
        frames = [bytearray(length) for length in lengths]
        for frame in frames:
            yield from self._fill(frame)
        return frames

    def _read(self, length: int) -> Generator[None, None, bytearray]:
        frame = bytearray(length)
        yield from self._fill(frame)
        return frame

    def _fill(self, frame: bytearray) -> Generator[None, None, None]:
        view = memoryview(frame)
        while view:
            try:
                count = self._socket.recv_into(view, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                yield
                continue
            if not count:
                raise EOFError(_GONE)
            view = view[count:]

    def _write(self, view: memoryview) -> None:
        while view:
            try:
                count = self._socket.send(view, socket.MSG_DONTWAIT)
            except BlockingIOError:
                if not self._writable.poll(_CHECK_SECONDS * 1000) and self._is_gone():
                    raise EOFError(_GONE) from None
                continue
            view = view[count:]
