"""Checks the file that runs are kept in, and the space that is left beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from maze_nb import config
from maze_nb.cli.checks.finding import Finding, Surroundings, fault, note, ok
from maze_nb.errors import StoreError
from maze_nb.projection.humane import count_text, size_text

_SUBJECT = "run store"
_SPACE = "disk space"
_CHECK_SECONDS = 5.0
_TOO_LITTLE = 64 << 20
_LITTLE = 1 << 30
_MEND_HOME = "mend what is said of MAZE_HOME"
_MAKE_ROOM = (
    "free some: `maze-nb runs prune` and `maze-nb cache prune` do so here, or set MAZE_HOME to a "
    "folder on another disk"
)


def check_run_store(_surroundings: Surroundings) -> Iterator[Finding]:
    """Read all runs, and have SQLite look at the file; nothing is written."""
    file = config.store_file()
    if file is None:
        yield note(
            _SUBJECT, "in memory, as the setting maze.store says: runs end with their cluster"
        )
        return
    yield from _store(file)
    yield from _space(file)


def _store(file: Path) -> Iterator[Finding]:
    from maze_nb.store.faults import place_trouble
    from maze_nb.store.open import open_store

    if not os.path.lexists(file):
        above = next(each for each in file.parents if os.path.lexists(each))
        if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
            yield ok(_SUBJECT, f"{file}, which the first run makes")
        else:
            yield note(_SUBJECT, f"{file} is not there and cannot be made in {above}", _MEND_HOME)
        return
    trouble = place_trouble(file)
    if trouble:
        yield fault(_SUBJECT, f"{file}: {trouble}", "change permissions or owner of the file")
        return
    try:
        if _is_older(file):
            told = f"{file} is of an older Maze: whoever reads it next brings it up to date"
            yield note(_SUBJECT, told)
            return
        store = open_store(file, reading=True)
        try:
            runs = store.runs()
        finally:
            store.close()
        _check_not_locked(file)
    except StoreError as error:
        text, _, remedy = str(error).partition(". ")
        yield fault(_SUBJECT, text, remedy)
        return
    damage = _damage(file)
    if damage:
        yield fault(
            _SUBJECT,
            f"{file} is damaged: {damage}",
            "move it away together with the files beside it whose names begin alike, and a new one "
            "is made; the sqlite3 command .recover may read what is left of it",
        )
        return
    size = sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*") if each.is_file())
    about = f"{file}: {count_text(len(runs), 'run')}, {size_text(size)}"
    if damage is None:
        told = f"{about}; to check all of it would take more than {_CHECK_SECONDS:g} s"
        yield note(_SUBJECT, told)
    else:
        yield ok(_SUBJECT, about)


def _is_older(file: Path) -> bool:
    """Whether to read the store takes that it is brought up to date, which is not done here."""
    from maze_nb.store.schema import MIGRATIONS, version_of

    if file.stat().st_size == 0:
        return False
    try:
        with closing(_reading(file)) as connection:
            return version_of(connection, file) < len(MIGRATIONS)
    except sqlite3.DatabaseError:
        # Who opens it whole says what that means.
        return False


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=1
    )


def _check_not_locked(file: Path) -> None:
    """Raise StoreError if no run could be written down, as something else keeps writing."""
    from maze_nb.store.faults import store_error

    patience = config.store_patience()
    uri = f"{file.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=patience)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise store_error(file, error, patience) from error


def _damage(file: Path) -> str | None:
    """Return what SQLite finds wrong with a file: empty for nothing, None if it takes too long."""
    with closing(_reading(file)) as connection:
        ending = threading.Timer(_CHECK_SECONDS, connection.interrupt)
        ending.daemon = True
        ending.start()
        try:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
        except sqlite3.OperationalError as error:
            is_late = error.sqlite_errorcode in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY)
            return None if is_late else str(error)
        except sqlite3.DatabaseError as error:
            return str(error)
        finally:
            ending.cancel()
            ending.join()
    return "" if found == ["ok"] else "; ".join(" ".join(line.split()) for line in found)


def _space(file: Path) -> Iterator[Finding]:
    folder = next(each for each in file.parents if each.is_dir())
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield note(_SPACE, f"of {folder} is not known: {error.strerror}")
        return
    text = f"{size_text(free)} free in {folder}"
    if free < _TOO_LITTLE:
        yield fault(_SPACE, text, _MAKE_ROOM)
    elif free < _LITTLE:
        yield note(_SPACE, text, _MAKE_ROOM)
    else:
        yield ok(_SPACE, text)
