"""What went wrong with the file of a run store, in words that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from maze_nb.errors import StoreError

ELSEWHERE = (
    'Set maze.store (DASK_MAZE__STORE) to another file or to "memory", or MAZE_HOME to another '
    "folder."
)

_FREE_ENOUGH = 1 << 20
_FULL = (
    "there is no space left where it is",
    "Free some space (maze-nb runs prune removes old runs).",
)
_DAMAGED = (
    "the file is damaged",
    (
        "Move it away together with the files beside it whose names begin alike, and a new one is "
        "made; the sqlite3 command .recover may read what is left of it."
    ),
)
_PLACE = ("its folder or the file cannot be written to", "Change their permissions or owner.")
_KNOWN = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: ("the file is not a run store, or is damaged", _DAMAGED[1]),
    sqlite3.SQLITE_READONLY: _PLACE,
    sqlite3.SQLITE_CANTOPEN: _PLACE,
    sqlite3.SQLITE_PERM: _PLACE,
    sqlite3.SQLITE_PROTOCOL: (
        "its file system does not lock files as it should",
        "Put it on a local disk.",
    ),
    sqlite3.SQLITE_NOLFS: ("its file system does not take files of this size", ""),
    sqlite3.SQLITE_IOERR: (
        "reading or writing the file failed",
        "Check the disk, its free space, quotas and limits on the size of files.",
    ),
}
# What goes wrong with the file; SQLite's own messages are not text if the file is damaged.
FAULTS = (sqlite3.Error, OSError, UnicodeDecodeError)
_OF_PLACE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_SHARED_MEMORY = "SQLITE_IOERR_SHM"


def primary_code(error: Exception) -> int:
    """Return SQLite's primary result code of an error; 0 if it comes from elsewhere."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def damaged(path: Path, what: str) -> StoreError:
    """Return the error for a store whose content is not what was written."""
    return StoreError(f"the run store {path} is damaged: {what}. {_DAMAGED[1]} Or: {ELSEWHERE}")


def store_error(path: Path, error: Exception, patience: float) -> StoreError:
    """Return what to raise for one of `FAULTS`.

    Parameters
    ----------
    patience
        The seconds that were waited for a lock.
    """
    if isinstance(error, OSError):
        what = place_trouble(path) or str(error)
        return StoreError(f"the run store {path} cannot be used: {what}. {ELSEWHERE}")
    what, remedy = _told(path, error, patience)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StoreError(
        f"the run store {path} cannot be used: {what} ({name}: {error}). {remedy}"
        f"{' Or: ' if remedy else ''}{ELSEWHERE}"
    )


def place_trouble(path: Path) -> str | None:
    """Return what is wrong with the place of a file that cannot be opened, None if nothing is."""
    folder = path.parent
    try:
        if path.is_dir():
            return "there is a folder of this name"
        if not folder.exists():
            above = next((each for each in folder.parents if each.exists()), None)
            if above is not None and not above.is_dir():
                return f"{above} is not a folder"
            return f"the folder {folder} is not there and cannot be made"
        if not folder.is_dir():
            return f"{folder} is not a folder"
        if path.exists() and not os.access(path, os.R_OK):
            return "this user may not read the file"
        if path.exists() and not os.access(path, os.W_OK):
            return "this user may not write to the file, or it is on a read-only file system"
    except OSError as error:
        return str(error)
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"this user may not write to the folder {folder}, or it is read-only"
    return None


def _told(path: Path, error: Exception, patience: float) -> tuple[str, str]:
    code, name = primary_code(error), getattr(error, "sqlite_errorname", "")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (
            f"another process has kept it locked for more than {patience:g} s",
            f"'fuser {path}' tells which; end it, or raise maze.store-patience.",
        )
    if code in _OF_PLACE or path.is_dir():
        return place_trouble(path) or _PLACE[0], _PLACE[1]
    if code == sqlite3.SQLITE_IOERR:
        if name.startswith(_SHARED_MEMORY) and not _is_full(path):
            return "its file system has no memory that processes share", "Put it on a local disk."
        if _is_full(path):
            return _FULL
    return _KNOWN.get(code, ("what is in the file makes no sense", _DAMAGED[1]))


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < min(
            _FREE_ENOUGH, shutil.disk_usage(path.parent).total // 16
        )
    except OSError:
        return False
