"""The file of a run store, read without leaving a trace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import TypeVar

from maze_nb import config
from maze_nb.errors import MazeError, StoreError
from maze_nb.store import schema
from maze_nb.store.database import Database, Work, journal_of
from maze_nb.store.faults import FAULTS, store_error
from maze_nb.store.mounts import is_on_network

T = TypeVar("T")

# Whoever wrote last died while at it, and only who may write can put that right.
_HALF_WRITTEN = {sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY}


class GlanceDatabase:
    """Opens the file for each piece of work; a file that is not there reads as an empty store.

    One that nobody has open is read as it is, as SQLite would else make files beside it, and could
    not read it at all in a folder that may not be written to.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._patience = config.store_patience()
        self._migrating = Lock()

    def read(self, work: Work[T]) -> T:
        """Return what `work` gives, which sees the store as it is at one moment."""
        try:
            before = self._still()
            if before is not None:
                try:
                    result = self._work(work, "mode=ro&immutable=1")
                except (*FAULTS, MazeError):
                    if before == self._still():
                        raise
                else:
                    if before == self._still():
                        return result
            return self._work_after_recovery(work)
        except FAULTS as error:
            raise store_error(self.path, error, self._patience) from error

    def write(self, _work: Work[T]) -> T:
        """Raise StoreError."""
        raise StoreError(f"the run store {self.path} was opened for reading only")

    def give_back_space(self) -> None:
        """Do nothing: nothing was taken away."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _work_after_recovery(self, work: Work[T]) -> T:
        try:
            return self._work(work, "mode=ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in _HALF_WRITTEN:
                raise
        Database(self.path).close()
        return self._work(work, "mode=ro")

    def _work(self, work: Work[T], how: str) -> T:
        with closing(self._open(how)) as connection:
            connection.execute("BEGIN")
            schema.check_version(connection, self.path)
            return work(connection)

    def _open(self, how: str) -> sqlite3.Connection:
        if self._is_empty():
            connection = _connect("file::memory:", self._patience)
            schema.migrate(connection, self.path, list)
            return connection
        connection = _connect(f"{self.path.as_uri()}?{how}", self._patience)
        try:
            if schema.version_of(connection, self.path) == len(schema.MIGRATIONS):
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        # Of an older Maze: there is one way to read it, which is to bring it up to date.
        with self._migrating:
            Database(self.path).close()
        return _connect(f"{self.path.as_uri()}?mode=ro", self._patience)

    def _is_empty(self) -> bool:
        try:
            return self.path.stat().st_size == 0
        except FileNotFoundError:
            return True

    def _still(self) -> tuple[int, int, int] | None:
        """Return by what a change can be told, None if somebody may be writing now."""
        journals = journal_of(self.path), self.path.with_name(self.path.name + "-journal")
        if any(journal.exists() for journal in journals) or is_on_network(self.path):
            return None
        return _status_of(self.path)


def stamp_of(path: Path) -> tuple[object, ...]:
    """Return what changes whenever something is written to the file of a run store."""
    return tuple(map(_status_of, (path, journal_of(path))))


def _status_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _connect(uri: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    connection.execute("PRAGMA cell_size_check = ON")
    return connection
