"""Answers remote calls that read and remove what tasks left in the folder of a worker."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from maze_nb.errors import MazeError
from maze_nb.worker.files.answer import Answer, answer
from maze_nb.worker.files.task_folder import run_folder, task_folder

LONGEST_PIECE = 2**26
"""The bytes that are read in one call at most."""
_MOST_FILES = 10_000


class ResultFiles:
    """Reads files of one folder for clients that cannot see them; nothing else can be read.

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
        return {
            "maze_read_file": self.read,
            "maze_list_files": self.list,
            "maze_drop_results": self.drop,
        }

    async def read(self, path: str, offset: int = 0, length: int = LONGEST_PIECE) -> Answer:
        """Return a part of a file as ``data``, and its whole length as ``size``.

        Parameters
        ----------
        path
            Absolute, or within the folder.
        length
            How many bytes; never more than :data:`LONGEST_PIECE` are read.
        """
        return await answer(self._read, path, offset, length)

    async def list(self, run_id: str, task_id: str) -> Answer:
        """Return the ``folder`` of a task, and in ``files`` the length of each by its name."""
        return await answer(self._list, run_id, task_id)

    async def drop(self, run_ids: Iterable[str]) -> Answer:
        """Remove the folders of runs; return in ``dropped`` which had one."""
        return await answer(self._drop, tuple(run_ids))

    def _read(self, path: str, offset: int, length: int) -> Answer:
        if offset < 0 or length < 0:
            raise MazeError(f"offset and length must not be negative: {offset}, {length}")
        found = self._inside(path)
        with found.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(offset)
            return {"data": file.read(min(length, LONGEST_PIECE)), "size": size}

    def _inside(self, path: str) -> Path:
        root = self._folder.resolve()
        found = Path(root, path).resolve()
        if not found.is_relative_to(root):
            raise MazeError(f"{path} is not in {root}, the folder of this worker for results")
        # A pipe would keep the reader waiting.
        if not stat.S_ISREG(found.stat().st_mode):
            raise MazeError(f"{path} is no ordinary file")
        return found

    def _list(self, run_id: str, task_id: str) -> Answer:
        folder = task_folder(self._folder, run_id, task_id)
        files: dict[str, int] = {}
        for place, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                known = os.lstat(os.path.join(place, name))  # noqa: PTH118 - many of them
                if stat.S_ISREG(known.st_mode) and len(files) < _MOST_FILES:
                    files[str(Path(place, name).relative_to(folder))] = known.st_size
        return {"folder": str(folder), "files": files}

    def _drop(self, run_ids: tuple[str, ...]) -> Answer:
        dropped, faults = [], []
        for run_id in run_ids:
            try:
                shutil.rmtree(run_folder(self._folder, run_id))
            except FileNotFoundError:
                continue
            except OSError as error:
                faults.append(str(error))
            else:
                dropped.append(run_id)
        return {"dropped": dropped, **({"error": "; ".join(faults)} if faults else {})}
