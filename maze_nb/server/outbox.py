"""What is on its way to one view: bounded, however slow the other side is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from threading import Lock

import msgspec

BEHIND_BYTES = 4 << 20
"""From here on views are told of changes by a snapshot later, and nothing more is heard of them."""
MOST_BYTES = 96 << 20
"""Who has this much before him is given up."""
STALL_SECONDS = 60.0
"""Who takes nothing for this long is given up."""

_PASSING = ("delta", "pulse")

Write = Callable[[bytes], Awaitable[object]]


class Outbox:
    """Takes messages from any thread and writes them in the server's loop, in order.

    Guards how much waits: changes that somebody is too slow for are left out, and he is told the
    whole state once he has caught up.

    Parameters
    ----------
    write
        Brings one message to the other side; done when that has taken it.
    catch_up
        Has the state of a run told anew, given its id; may block.
    """

    def __init__(self, write: Write, catch_up: Callable[[str], Awaitable[object]]) -> None:
        self._write = write
        self._catch_up = catch_up
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._lock = Lock()
        self._queue: deque[bytes] = deque()
        self._missed: dict[str, None] = {}
        self._is_closed = False
        self._is_over = False
        self.nbytes = 0

    def put(self, content: Mapping[str, object]) -> None:
        """Take in a message; what is too much is left out."""
        if self._is_closed:
            return
        is_passing = content.get("kind") in _PASSING
        if is_passing and self.nbytes > BEHIND_BYTES:
            if content.get("kind") == "delta":
                self._missed[str(content.get("run_id") or "")] = None
            return
        data = msgspec.json.encode(content, enc_hook=str)
        with self._lock:
            self._queue.append(data)
            self.nbytes += len(data)
            self._is_over = self.nbytes > MOST_BYTES
        self._signal()

    async def has_room(self) -> None:
        """Wait until the other side has taken most of what it asked for."""
        await self._room.wait()

    async def run(self) -> str:
        """Write until the end; return why that came before it was wanted, empty if it was."""
        while not self._is_closed:
            self._wake.clear()
            while (data := self._next()) is not None:
                if self._is_over:
                    return "too much waits to be sent: connect anew"
                try:
                    await asyncio.wait_for(self._write(data), STALL_SECONDS)
                except TimeoutError:
                    return "nothing was taken for a while: connect anew"
                with self._lock:
                    self.nbytes -= len(data)
                self._mark_room()
            missed, self._missed = list(self._missed), {}
            for run_id in missed:
                await self._catch_up(run_id)
            if not missed:
                await self._wake.wait()
        return ""

    def close(self) -> None:
        """Take in nothing more, and forget what waits."""
        self._is_closed = True
        with self._lock:
            self._queue.clear()
            self.nbytes = 0
        self._signal()

    def _signal(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news)
        except RuntimeError:
            # The loop has ended, and the server with it.
            self._is_closed = True

    def _news(self) -> None:
        self._wake.set()
        self._mark_room()

    def _mark_room(self) -> None:
        if self._is_closed or self.nbytes <= BEHIND_BYTES:
            self._room.set()
        else:
            self._room.clear()

    def _next(self) -> bytes | None:
        with self._lock:
            return self._queue.popleft() if self._queue else None
