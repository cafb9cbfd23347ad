"""Answers remote calls about the files with large values and modules that runs need."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.errors import ResultLostError, StoreError
from maze_nb.scheduler.archive import Archive
from maze_nb.wire.blobs import VALUES, BlobFolder, is_blob

_HOLDERS_TOLD = 3


class Blobs:
    """Takes files from clients, keeps them beside the run store, and gives them to workers.

    Parameters
    ----------
    archive
        Knows the runs that need them.
    """

    def __init__(self, scheduler: Scheduler, archive: Archive) -> None:
        self._scheduler = scheduler
        self._archive = archive
        self._folder = BlobFolder()
        self._holders: dict[str, set[str]] = {}
        self._token = secrets.token_bytes(32)

    def handlers(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """Return the handlers by the name under which they are called."""
        return {
            "maze_lacks": self.lacks,
            "maze_take_piece": self.take_piece,
            "maze_blob": self.find,
            "maze_read_blob": self.read,
            "maze_holds": self.holds,
        }

    async def lacks(self, names: Iterable[str]) -> dict[str, Any]:
        """Return in ``missing`` which files are not here, and in ``root`` where they belong.

        ``sign`` is the name of a file that is there: who sees it can put others there too.
        """

        def look() -> dict[str, Any]:
            missing = [name for name in names if not self._folder.has(name)]
            return {"missing": missing, "root": str(self._folder.root), "sign": self._sign()}

        found: dict[str, Any] = await _on_disk(look)
        return found

    async def take_piece(self, name: str, upload: str, offset: int, data: Any, size: int) -> None:
        """Take in a piece of a file; it is here when the last one was taken."""
        await _on_disk(self._folder.piece, name, upload, offset, bytes(data), size)

    async def find(self, name: str) -> dict[str, Any]:
        """Return the ``path`` of a file, its ``size``, and in ``holders`` workers that have it.

        Raises
        ------
        ResultLostError
            If it is not here.
        """
        path = self._folder.path(name)
        holders = [each for each in self._holders.get(name, ()) if each in self._scheduler.workers]
        random.shuffle(holders)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except OSError as error:
            raise ResultLostError(f"{path} is not there any more") from error
        return {"path": str(path), "size": size, "holders": holders[:_HOLDERS_TOLD]}

    async def read(self, name: str, offset: int) -> dict[str, Any]:
        """Return a piece of a file as ``data``, and the ``size`` of the whole."""
        data, size = await asyncio.to_thread(self._folder.read, name, offset)
        return {"data": data, "size": size}

    async def holds(self, worker: str, name: str) -> None:
        """Hear that a worker has a file now, which it gives to others."""
        if is_blob(name):
            self._holders.setdefault(name, set()).add(worker)

    async def sweep(self) -> None:
        """Remove what no run needs any more and was not used for a while."""
        needed = {name for run in await self._archive.all() for name in run.uses if is_blob(name)}
        with suppress(OSError):
            await asyncio.to_thread(self._folder.sweep, needed)
        self._holders = {name: held for name, held in self._holders.items() if name in needed}

    def _sign(self) -> str:
        """Return the path of a small file in the folder, such as no other scheduler has."""
        return str(self._folder.path(self._folder.keep_bytes(VALUES, self._token)))


async def _on_disk(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return await asyncio.to_thread(call, *arguments)
    except OSError as error:
        raise StoreError(
            f"large values and modules cannot be kept beside the run store ({error}): make room "
            f"there, or let the scheduler write to it"
        ) from error
