"""Files below a folder by their names: none that a name can say leads out of it."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from maze_nb.errors import ArtifactError

LONGEST_NAME = 1024
LONGEST_PART = 255
"""The bytes of a name and of what is between two ``/``."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")


class NotAFileError(ArtifactError):
    """There is no ordinary file under a name: nothing, a folder, a link or a pipe."""


def inside_name(name: str) -> str:
    """Return the name of a file, a path with ``/`` between its parts, if it leads nowhere else.

    Raises
    ------
    ArtifactError
        If it is empty, absolute, too long, or has parts, signs or escapes that no name has.

    Examples
    --------
    >>> inside_name("build/all.log")
    'build/all.log'
    """
    why = _why_not(name)
    if not why and "%" in name:
        # Whoever decodes it once more must not be led astray either.
        decoded = name
        while not why and (more := unquote(decoded, errors="replace")) != decoded:
            why, decoded = _why_not(more), more
    if why:
        raise ArtifactError(
            f"{name[:200]!r} is no name for a file of a task ({why}): give its path in the folder "
            f"of the task, such as 'build/all.log'"
        )
    return name


def _why_not(name: str) -> str:
    if not name:
        return "it is empty"
    if _CONTROL.search(name):
        return "it has signs that cannot be seen"
    if "\\" in name or _DRIVE.match(name):
        return "it is a path of Windows"
    if name.startswith("/"):
        return "it is absolute"
    try:
        parts = [part.encode() for part in name.split("/")]
    except UnicodeEncodeError:
        return "it is no text"
    if len(name.encode()) > LONGEST_NAME or max(map(len, parts)) > LONGEST_PART:
        return "it is too long"
    return "it has a part that is empty, '.' or '..'" if _has_odd(parts) else ""


def _has_odd(parts: list[bytes]) -> bool:
    return any(part in (b"", b".", b"..") for part in parts)


@contextlib.contextmanager
def folder_inside(root: Path, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """Open a folder below another one without following any link, for calls with ``dir_fd``.

    Raises
    ------
    NotAFileError
        If something on the way is not there, or is no folder.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    try:
        number = os.open(root, flags)
    except OSError as error:
        raise NotAFileError(f"there is no folder {root.name!r} ({error.strerror})") from error
    try:
        for part in parts:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=number)
            try:
                within = os.open(part, flags | os.O_NOFOLLOW, dir_fd=number)
            except OSError as error:
                raise NotAFileError(f"{part!r} is no folder ({error.strerror})") from error
            os.close(number)
            number = within
        yield number
    finally:
        os.close(number)


def open_inside(root: Path, folder: tuple[str, ...], name: str) -> int:
    """Open an ordinary file for reading, and return its number; no link is followed.

    Parameters
    ----------
    folder
        The parts of the path from `root` to the folder of which `name` is a file.

    Raises
    ------
    ArtifactError
        If `name` is none.
    NotAFileError
        If there is no such file.
    """
    *inner, last = inside_name(name).split("/")
    with folder_inside(root, (*folder, *inner)) as place:
        # A pipe would keep the reader waiting.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            number = os.open(last, flags, dir_fd=place)
        except OSError as error:
            raise NotAFileError(f"there is no file {name!r} ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise NotAFileError(f"{name!r} is no ordinary file")
    return number
