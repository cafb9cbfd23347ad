"""Frames of bytes between a worker and a child process, over a socket of their own."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

Frame = Any
"""Anything that has contiguous bytes."""

_COPIED_BELOW = 2**16
_POLL_LIMIT = 2**31 - 1
_CHECK_MS = 500
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
        (count,) = struct.unpack("<Q", self._read(8))
        lengths = struct.unpack(f"<{count}Q", self._read(8 * count))
        return [self._read(length) for length in lengths]

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

    def _read(self, length: int) -> bytearray:
        frame = bytearray(length)
        view = memoryview(frame)
        while view:
            try:
                count = self._socket.recv_into(view, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait(self._readable)
                continue
            if not count:
                raise EOFError(_GONE)
            view = view[count:]
        return frame

    def _write(self, view: memoryview) -> None:
        while view:
            try:
                count = self._socket.send(view, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait(self._writable)
                continue
            view = view[count:]

    def _wait(self, change: select.poll) -> None:
        if not change.poll(_CHECK_MS) and self._is_gone():
            raise EOFError(_GONE)
