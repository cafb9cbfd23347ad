"""The tables of a run store in SQLite, and how those of an older version become those of today."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from maze_nb.errors import StoreError
from maze_nb.store.faults import ELSEWHERE

# "maze" in ASCII: tells a run store from other SQLite databases.
APPLICATION_ID = 0x6D617A65

# Each migration is applied once, in a transaction of its own; one that was released stays as it
# is. Whoever changes a table adds a migration at the end.
MIGRATIONS: list[tuple[str, ...]] = [
    (
        f"PRAGMA application_id = {APPLICATION_ID}",
        # "about" is JSON: what no call looks for. "crc" guards what stands in the row.
        """CREATE TABLE runs (
            key INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            started REAL NOT NULL,
            owner TEXT NOT NULL,
            status TEXT NOT NULL,
            finished REAL,
            last_seq INTEGER NOT NULL,
            nbytes INTEGER NOT NULL,
            about TEXT NOT NULL,
            crc INTEGER NOT NULL
        )""",
        """CREATE TABLE events (
            run INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            data BLOB NOT NULL,
            crc INTEGER NOT NULL,
            PRIMARY KEY (run, seq)
        ) WITHOUT ROWID""",
        """CREATE TABLE parts (
            run INTEGER NOT NULL,
            kind TEXT NOT NULL,
            number INTEGER NOT NULL,
            data BLOB NOT NULL,
            crc INTEGER NOT NULL,
            PRIMARY KEY (run, kind, number)
        )""",
    ),
]


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return how many migrations a database has had; 0 for one with nothing in it.

    Raises
    ------
    StoreError
        If it is not a run store, or one of a newer Maze.
    """
    with _at_one_moment(connection):
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise StoreError(
            f"{path} is not a run store of Maze but another SQLite database (application id "
            f"{application}, {tables} tables); nothing in it was changed. {ELSEWHERE}"
        )
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the run store {path} was made by a newer Maze: it is of version {version}, and this "
            f"Maze knows versions up to {len(MIGRATIONS)}. Update maze-nb here. Or: {ELSEWHERE}"
        )
    return int(version)


@contextmanager
def _at_one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Have all that is read belong together: another process may be making the store."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        # An error may have ended the transaction.
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError if another process has brought the store to a newer version meanwhile."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != len(MIGRATIONS):
        raise StoreError(
            f"the run store {path} is of version {version} now, and this process works with "
            f"version {len(MIGRATIONS)}: another Maze has changed it. End this process, and start "
            "it again with the Maze that is installed now."
        )


def migrate(
    connection: sqlite3.Connection, path: Path, owners: Callable[[], Sequence[str]]
) -> None:
    """Bring a store to the version of today.

    Parameters
    ----------
    owners
        Tells who owns runs in it at present: they would go on in the old way.
    """
    while version_of(connection, path) < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            _apply_next(connection, path, owners)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _apply_next(
    connection: sqlite3.Connection, path: Path, owners: Callable[[], Sequence[str]]
) -> None:
    # Another process may have done it while this one waited for the lock.
    version = version_of(connection, path)
    if version == len(MIGRATIONS):
        return
    if version and (present := owners()):
        raise StoreError(
            f"the run store {path} is of version {version} and has to become version "
            f"{len(MIGRATIONS)}, but schedulers of an older Maze use it: {', '.join(present)}. "
            f"End them, and try again. Or: {ELSEWHERE}"
        )
    for statement in MIGRATIONS[version]:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version + 1}")
