"""The folders that tasks have in a folder for results, and the names of files in them."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from maze_nb.artifacts.folder_name import DISPLAY_SUFFIX as DISPLAY_SUFFIX
from maze_nb.artifacts.folder_name import LOG as LOG
from maze_nb.artifacts.folder_name import MANIFEST as MANIFEST
from maze_nb.artifacts.folder_name import SUMMARY as SUMMARY
from maze_nb.artifacts.folder_name import VALUE_SUFFIX as VALUE_SUFFIX
from maze_nb.artifacts.folder_name import file_name as file_name
from maze_nb.artifacts.folder_name import is_ours as is_ours


def run_folder(results_dir: str | Path, run_id: str) -> Path:
    """Return the folder of a run."""
    return Path(results_dir, file_name(run_id))


def task_folder(results_dir: str | Path, run_id: str, task_id: str) -> Path:
    """Return the folder of a task."""
    return Path(results_dir, file_name(run_id), file_name(task_id))


def value_file_name(output: str, attempt: int) -> str:
    """Return a name that no file has, for an output that an attempt made."""
    return f"{file_name(output)}-{attempt}-{uuid.uuid4().hex[:8]}{VALUE_SUFFIX}"


def display_file_name(attempt: int) -> str:
    """Return a name that no file has, for something big that an attempt displays."""
    return f"{attempt}-{uuid.uuid4().hex[:8]}{DISPLAY_SUFFIX}"


def files_left(folder: Path, most: int) -> list[str]:
    """Return the names of files that a task itself left in its folder, at most so many."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        is_top = place == str(folder)
        folders[:] = sorted(name for name in folders if not (is_top and is_ours(name)))
        found += [str(inside / name) for name in sorted(names) if not (is_top and is_ours(name))]
        if len(found) >= most:
            break
    return found[:most]
