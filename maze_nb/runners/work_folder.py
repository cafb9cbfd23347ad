"""Folders that a task needs only while it runs, in its own folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maze_nb.artifacts.folder_name import WORK_PREFIXES


@contextmanager
def work_folder(own: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder, which is gone afterwards.

    Parameters
    ----------
    own
        The folder of the task.
    prefix
        How its name begins: one of `WORK_PREFIXES`.
    """
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=own)).absolute()
    # Processes of other users may run in it.
    work.chmod(0o755)
    try:
        yield work
    finally:
        remove_tree(work)


def remove_work(own: Path) -> None:
    """Remove what attempts that were killed left of such folders in the folder of their task."""
    with suppress(OSError), os.scandir(own) as entries:
        left = [each.name for each in entries if each.name.startswith(WORK_PREFIXES)]
        for name in left:
            remove_tree(own / name)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, also where commands took away their own right to."""
    if folder.is_symlink():
        folder.unlink(missing_ok=True)
        return
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir():
        for place, folders, _ in os.walk(folder):
            for each in (Path(place), *(Path(place, name) for name in folders)):
                with suppress(OSError):
                    if not each.is_symlink():
                        each.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
