"""Answers remote calls for the files of tasks by name: how long they are, their digests, pieces."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.inside import open_inside
from maze_nb.errors import MazeError
from maze_nb.worker.files.answer import Answer, answer
from maze_nb.worker.files.task_folder import file_name

LONGEST_PIECE = 2**24
"""The bytes that are read in one call at most."""


class NamedFiles:
    """Reads files in the folders of tasks; no link is followed and nothing else can be read.

    Each answer has what was asked for, or ``error``, a text.

    Parameters
    ----------
    folder
        The worker's folder for what tasks leave behind.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    @property
    def handlers(self) -> dict[str, Callable[..., Awaitable[Answer]]]:
        """The calls, by the names under which a worker offers them."""
        return {"maze_look_at_file": self.look, "maze_read_task_file": self.read}

    async def look(self, run_id: str, task_id: str, name: str, digest: bool = True) -> Answer:
        """Return the ``nbytes`` of a file, when it was ``changed``, and its ``sha256`` if asked."""
        return await answer(self._look, run_id, task_id, name, digest)

    async def read(
        self, run_id: str, task_id: str, name: str, offset: int, length: int, changed: int
    ) -> Answer:
        """Return a part of a file as ``data``, unless it was changed since it was looked at."""
        return await answer(self._read, run_id, task_id, name, offset, length, changed)

    def _look(self, run_id: str, task_id: str, name: str, digest: bool) -> Answer:
        number = self._open(run_id, task_id, name)
        try:
            known = os.fstat(number)
            sha256 = digest_of(f"/dev/fd/{number}").sha256 if digest else ""
        finally:
            os.close(number)
        return {"nbytes": known.st_size, "changed": known.st_mtime_ns, "sha256": sha256}

    def _read(
        self, run_id: str, task_id: str, name: str, offset: int, length: int, changed: int
    ) -> Answer:
        if offset < 0 or length < 0:
            raise MazeError(f"offset and length must not be negative: {offset}, {length}")
        number = self._open(run_id, task_id, name)
        try:
            if os.fstat(number).st_mtime_ns != changed:
                raise MazeError(f"{name!r} was changed while it was read")
            return {"data": os.pread(number, min(length, LONGEST_PIECE), offset)}
        finally:
            os.close(number)

    def _open(self, run_id: str, task_id: str, name: str) -> int:
        return open_inside(self._folder, (file_name(run_id), file_name(task_id)), name)
