"""The file of a run store: opened, watched over, and each piece of work on it in a transaction."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from maze_nb import config
from maze_nb.errors import StoreError
from maze_nb.store import owners, schema
from maze_nb.store.faults import ELSEWHERE, FAULTS, primary_code, store_error
from maze_nb.store.mounts import journal_mode

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_WAL_BYTES_KEPT = 16 << 20
_AGAIN_SECONDS = 0.02
# After these the connection may hold what is no longer true of the file.
_OPEN_AGAIN_AFTER = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


class Database:
    """One connection for all threads, opened again after a fault.

    Nothing here opens the file itself: closing it would let go of the locks that SQLite has on it
    for this process.

    Parameters
    ----------
    path
        The file; made with its folder if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._process = os.getpid()
        self._lock = Lock()
        self._is_closed = False
        self._patience = config.store_patience()
        self._connection: sqlite3.Connection | None = None
        self._files: object = None
        try:
            self._connect(is_new=True)
        except FAULTS as error:
            raise store_error(self.path, error, self._patience) from error

    def read(self, work: Work[T]) -> T:
        """Return what `work` gives, which sees the store as it is at one moment."""
        return self._run("BEGIN", work)

    def write(self, work: Work[T]) -> T:
        """Return what `work` gives, once all that it wrote is on disk; none is if it raises."""
        return self._run("BEGIN IMMEDIATE", work)

    def give_back_space(self) -> None:
        """Make the file smaller by what is free in it, as far as nobody is in the way."""
        with self._lock, suppress(sqlite3.Error):
            if self._connection is not None:
                _checkpoint_at_once(self._connection, self._patience)

    def close(self) -> None:
        """Close the file; there is no way back."""
        if self._process == os.getpid():
            with self._lock:
                self._is_closed = True
                self._drop()

    def _run(self, begin: str, work: Work[T]) -> T:
        if self._process != os.getpid():
            # What SQLite has in memory must not be used by two processes, nor the lock.
            raise StoreError(
                f"the run store {self.path} was opened by process {self._process}, from which "
                "this one was forked; open it again here"
            )
        with self._lock:
            try:
                connection = self._ready()
                connection.execute(begin)
                schema.check_version(connection, self.path)
                result = work(connection)
                connection.execute("COMMIT")
                return result
            except FAULTS as error:
                self._roll_back()
                if primary_code(error) in _OPEN_AGAIN_AFTER:
                    self._drop()
                raise store_error(self.path, error, self._patience) from error
            except BaseException:
                self._roll_back()
                raise

    def _ready(self) -> sqlite3.Connection:
        if self._is_closed:
            raise StoreError(f"the run store {self.path} is closed")
        if self._connection is not None and self._files != self._look():
            # To write on would go to files that nobody can find any more. Closing puts what is
            # in the journal into the file, if that is still there.
            self._drop()
            raise StoreError(
                f"the run store {self.path} or its journal {self.path.name}-wal was removed or "
                "replaced while it was in use. Put it back, or start the scheduler again. Or: "
                f"{ELSEWHERE}"
            )
        if self._connection is None:
            self._connect(is_new=False)
        if self._connection is None:
            raise AssertionError("connecting raises or connects")
        return self._connection

    def _connect(self, is_new: bool) -> None:
        was_there = os.path.lexists(self.path)
        if is_new:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={'rwc' if is_new else 'rw'}",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if not was_there:
                # Others must not write to it: what it holds is unpickled to resume a run.
                with suppress(PermissionError):
                    self.path.chmod(0o600)
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._files = connection, self._look()

    def _set_up(self, connection: sqlite3.Connection) -> None:
        # Deleted content need not be overwritten; rows need to be checked where they are read.
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
        version = schema.version_of(connection, self.path)
        if version == 0:
            # What is removed makes the file smaller at once; to be said before there are tables.
            connection.execute("PRAGMA auto_vacuum = FULL")
        self._set_journal(connection)
        if version < len(schema.MIGRATIONS):
            folder = owners.folder_beside(self.path)
            schema.migrate(connection, self.path, lambda: owners.living(folder))
        # A file that cannot be written to is opened for reading without a word.
        connection.execute("BEGIN IMMEDIATE")
        schema.check_version(connection, self.path)
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS)}")
        connection.execute("ROLLBACK")

    def _set_journal(self, connection: sqlite3.Connection) -> None:
        # SQLite does not wait for this lock by itself.
        deadline = time.monotonic() + self._patience
        while True:
            try:
                connection.execute(f"PRAGMA journal_mode = {journal_mode(self.path)}").fetchall()
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN_SECONDS)
            else:
                return

    def _look(self) -> tuple[object, object]:
        """Return by what the files can be told from others that take their place."""
        file, journal = _status(self.path), _status(journal_of(self.path))
        return (
            file and (file.st_dev, file.st_ino, file.st_size > 0),
            journal and (journal.st_dev, journal.st_ino),
        )

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _checkpoint_at_once(connection: sqlite3.Connection, patience: float) -> None:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")


def journal_of(path: Path) -> Path:
    """Return the file of SQLite's write-ahead log."""
    return path.with_name(path.name + "-wal")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
