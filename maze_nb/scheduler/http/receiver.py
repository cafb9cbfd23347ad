"""Puts what comes of a file on disk, in threads and in pieces of some size."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from maze_nb.scheduler.http.upload import Kept, Upload
from maze_nb.scheduler.http.uploads import Uploads

_GATHERED = 2**20


class Receiver:
    """Writes to one upload; the event loop never waits for the disk.

    Parameters
    ----------
    keeps_part
        Whether the part is kept if not all comes, as somebody may go on with it.
    """

    def __init__(self, uploads: Uploads, upload: Upload, *, keeps_part: bool) -> None:
        self._uploads = uploads
        self.upload = upload
        self._keeps_part = keeps_part
        self._gathered: list[bytes] = []
        self._size = 0
        self._lock = asyncio.Lock()

    async def take(self, data: bytes) -> None:
        """Take a piece; returns once there is not too much that is not yet on disk."""
        self._gathered.append(data)
        self._size += len(data)
        if self._size >= _GATHERED:
            await self.flush()

    async def flush(self) -> None:
        """Put on disk what came."""
        async with self._lock:
            await self._flush()

    async def _flush(self) -> None:
        pieces, self._gathered = self._gathered, []
        self._uploads.bytes_received += self._size
        self._size = 0
        if pieces:
            await asyncio.to_thread(self.upload.write, pieces)

    async def settle(self) -> Kept:
        """Give the whole file its name."""
        async with self._lock:
            await self._flush()
            kept = await asyncio.to_thread(self.upload.settle, self._uploads.root)
        self._uploads.finished += 1
        return kept

    async def pause(self) -> int:
        """Let it go, to be gone on with later; return how many bytes there are."""
        async with self._lock:
            await self._flush()
            await asyncio.to_thread(self.upload.close, keep=True)
        return self.upload.received

    async def give_up(self, *, is_broken: bool) -> None:
        """Let it go; the part is kept if somebody can go on with it, and it is not to blame."""
        async with self._lock:
            keep = self._keeps_part and not is_broken
            if keep:
                with suppress(Exception):
                    await self._flush()
            await asyncio.to_thread(self.upload.close, keep=keep)
