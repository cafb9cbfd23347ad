"""What is in the folder of a task: files that can be kept, and what cannot."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

MOST = 10_000
"""So many files of one task are told of."""


@dataclass(slots=True)
class LeftFiles:
    """Files below a folder.

    Attributes
    ----------
    files
        Where they are, by name: their path in the folder with ``/`` between the parts, in order.
    left_out
        Why others are not among them, by name.
    """

    files: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def left_files(folder: Path, is_passed: Callable[[str], bool], most: int = MOST) -> LeftFiles:
    """Return the ordinary files below a folder; no link is followed out of it, nothing opened.

    Parameters
    ----------
    is_passed
        Whether to pass over what has this name, silently; of a folder with all that is in it.
    most
        So many at most.
    """
    found, root = LeftFiles(), Path(os.path.realpath(folder))
    for name, path in _walk(folder, is_passed, found):
        if len(found.files) + len(found.left_out) >= most:
            found.left_out[""] = f"more than {most} files: the others are only in the folder"
            break
        why = _why_not(path, root)
        if why:
            found.left_out[name] = why
        else:
            found.files[name] = path
    return found


def is_below(path: Path, root: Path) -> bool:
    """Return whether a path leads to something below a folder, whose own path has no links."""
    try:
        return Path(os.path.realpath(path, strict=True)).is_relative_to(root)
    except OSError:
        return False


def _walk(
    folder: Path, is_passed: Callable[[str], bool], found: LeftFiles
) -> Iterator[tuple[str, Path]]:
    """Yield what is no folder, by name; in each folder in order, and its folders last."""
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(folder / inside) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            found.left_out[inside] = f"cannot be listed: {error.strerror}"
            continue
        folders = []
        for entry in listed:
            name = f"{inside}{entry.name}"
            if is_passed(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(f"{name}/")
            else:
                yield name, Path(entry.path)
        waiting += reversed(folders)


def _why_not(path: Path, root: Path) -> str:
    """Return why something is no file that can be kept; empty if it can."""
    try:
        known = os.lstat(path)
        if stat.S_ISLNK(known.st_mode):
            if not is_below(path, root):
                return "a link that leads out of the folder, or nowhere"
            known = path.stat()
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"
    return "" if stat.S_ISREG(known.st_mode) else "no ordinary file"
