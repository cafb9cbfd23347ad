"""Finds the files with large values and modules that tasks need, and input files; fetches them."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import shutil
import threading
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from distributed.worker import Worker

from maze_nb.artifacts.nearby import FOLDER as ARTIFACTS
from maze_nb.artifacts.node_cache import CONTENT
from maze_nb.errors import MazeError, ResultLostError
from maze_nb.wire.blobs import PIECE, BlobFolder
from maze_nb.wire.reply import answer_of

logger = logging.getLogger(__name__)

FOLDER = ".kept"
"""Within the folder for results: what came from elsewhere, for all workers of the node."""
_INPUTS = f"{FOLDER}/{ARTIFACTS}"
_SECONDS = 60.0
T = TypeVar("T")


class Blobs:
    """Finds files by name for the threads of one worker.

    A file is used where the scheduler has it, if that is in sight; else it is fetched once for all
    workers that share a folder for results, from another worker that has it or the scheduler.

    Parameters
    ----------
    worker
        Whose connections are used.
    folder
        Its folder for results.
    """

    def __init__(self, worker: Worker, folder: Path) -> None:
        self.folder = BlobFolder(folder / FOLDER)
        self._worker = worker
        self._paths: dict[str, Path] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def path(self, name: str) -> Path:
        """Return where a file is that this process can read; may take a while.

        Raises
        ------
        ResultLostError
            If it is nowhere any more.
        """
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            found = self._paths.get(name)
            if found is None or not found.exists():
                found = self._paths[name] = self._find(name)
            return found

    def bring(self, name: str, draft: Path) -> int:
        """Write an input file into another file; return its length. Whoever calls this checks it.

        Raises
        ------
        ResultLostError
            If it is nowhere any more.
        """
        told = answer_of(self._wait(self._worker.scheduler.maze_blob(name=name)))
        with contextlib.suppress(OSError):
            if Path(told["path"]).stat().st_size == told["size"]:
                shutil.copyfile(told["path"], draft)
                return int(told["size"])
        digest = name.rpartition("/")[2]
        self._fetch(name, told, draft, f"{_INPUTS}/{digest}/{CONTENT}")
        return int(told["size"])

    def tell_of(self, name: str) -> None:
        """Tell the scheduler that others can have a file from here."""
        self._wait(self._worker.scheduler.maze_holds(worker=self._worker.address, name=name))

    def _find(self, name: str) -> Path:
        told = answer_of(self._wait(self._worker.scheduler.maze_blob(name=name)))
        theirs = Path(told["path"])
        with contextlib.suppress(OSError, ResultLostError):
            if theirs.stat().st_size == told["size"]:
                self.folder.check(name, theirs)
                return theirs
        own = self.folder.path(name)
        with self._alone(own):
            if self.folder.has(name):
                with contextlib.suppress(OSError, ResultLostError):
                    self.folder.check(name, own)
                    return own
            with self.folder.receive(name) as draft:
                self._fetch(name, told, draft, f"{FOLDER}/{name}")
        self.tell_of(name)
        return own

    def _fetch(self, name: str, told: dict[str, Any], draft: Path, path: str) -> None:
        """Fetch a file from one of its holders, or from the scheduler if none gives it.

        Parameters
        ----------
        path
            Where holders have it, within their folders for results.
        """
        for holder in [*told["holders"], None]:
            try:
                with draft.open("wb") as file:
                    while file.tell() < told["size"]:
                        data = self._piece(name, file.tell(), holder, path)
                        if not data:
                            raise ResultLostError(f"{name} was cut short")
                        file.write(data)
                if holder is not None:
                    self.folder.check(name, draft)
            except (MazeError, OSError, TimeoutError) as error:
                if holder is None:
                    raise
                logger.info("Worker %s does not give %s: %r", holder, name, error)
            else:
                return

    def _piece(self, name: str, offset: int, holder: str | None, path: str) -> bytes:
        if holder is None:
            reply = self._wait(self._worker.scheduler.maze_read_blob(name=name, offset=offset))
            return bytes(answer_of(reply)["data"])
        told = self._wait(
            self._worker.rpc(holder).maze_read_file(path=path, offset=offset, length=PIECE)
        )
        if not isinstance(told, dict) or "data" not in told:
            raise ResultLostError(f"{holder} does not have {name}")
        return bytes(told["data"])

    @contextlib.contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        """Keep other processes of the node from fetching the same file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _wait(self, call: Awaitable[T]) -> T:
        async def bounded() -> Any:
            return await asyncio.wait_for(call, _SECONDS)

        loop = self._worker.loop.asyncio_loop  # type: ignore[attr-defined]
        found: T = asyncio.run_coroutine_threadsafe(bounded(), loop).result(_SECONDS + 5)
        return found
