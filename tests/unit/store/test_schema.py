"""Stores of other versions, and files that are no stores."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from maze_nb.errors import StoreError
from maze_nb.store import schema
from maze_nb.store.open import open_store
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.store.sqlite import SqliteRunStore

NEXT = ("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'",)


def make_store(path: Path) -> None:
    with closing(SqliteRunStore(path)) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"submission", b"graph")
        store.write([Entry("a", number, b"event") for number in range(1, 101)])


def version_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(params=range(1, len(schema.MIGRATIONS) + 1))
def of_older_maze(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a store with rows in it that was made by the first migrations alone."""
    path = tmp_path / "runs.db"
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[: request.param])
        make_store(path)
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, NEXT])
    assert version_in(path) == request.param
    return path


@pytest.mark.parametrize("reading", [False, True])
def test_an_older_store_is_migrated(of_older_maze: Path, reading: bool) -> None:
    with closing(open_store(of_older_maze, reading=reading)) as store:
        (run,) = store.runs()
        assert (run.run_id, run.last_seq, run.status) == ("a", 100, "interrupted")
        assert store.events_after("a", 0, 1000) == [b"event"] * 100
        assert store.submission("a") == (b"submission", b"graph")
    assert version_in(of_older_maze) == len(schema.MIGRATIONS)
    with closing(sqlite3.connect(of_older_maze)) as connection:
        assert connection.execute("SELECT note FROM runs").fetchall() == [("none",)]


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    of_older_maze: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = schema.MIGRATIONS
    before = version_in(of_older_maze)
    monkeypatch.setattr(schema, "MIGRATIONS", [*right[:-1], (*NEXT, "ALTER TABLE nobody ADD x")])
    with pytest.raises(StoreError, match="no such table: nobody"):
        SqliteRunStore(of_older_maze)
    assert version_in(of_older_maze) == before
    monkeypatch.setattr(schema, "MIGRATIONS", right)
    with closing(SqliteRunStore(of_older_maze)) as store:
        assert store.run("a").last_seq == 100


def test_a_store_that_an_older_maze_is_using_is_not_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.db"
    with closing(SqliteRunStore(path)) as older:
        older.create(StoredRun("a", "w", "name", 1.0), b"", b"")
        monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, NEXT])
        with pytest.raises(StoreError, match=f"schedulers of an older Maze.*{older.owner}"):
            SqliteRunStore(path)
        monkeypatch.undo()
        older.write([Entry("a", 1, b"event")])
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, NEXT])
    SqliteRunStore(path).close()


def test_a_store_that_becomes_newer_while_in_use_is_written_to_no_more(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(SqliteRunStore(path)) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"", b"")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
        for call in (lambda: store.write([Entry("a", 1, b"event")]), store.runs):
            with pytest.raises(StoreError, match=r"is of version 2 now.*version 1: another Maze"):
                call()


@pytest.mark.parametrize("reading", [False, True])
def test_a_newer_store_is_refused(tmp_path: Path, reading: bool) -> None:
    path = tmp_path / "runs.db"
    make_store(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 41")
    before = files_in(tmp_path)
    with pytest.raises(StoreError) as caught:
        open_store(path, reading=reading).runs()
    known = len(schema.MIGRATIONS)
    assert f"it is of version 41, and this Maze knows versions up to {known}" in str(caught.value)
    assert "Update maze-nb" in str(caught.value)
    assert files_in(tmp_path) == before


def another_database(path: Path, application_id: int = 0, journal_mode: str = "delete") -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.execute("CREATE TABLE runs (x)")


@pytest.mark.parametrize("reading", [False, True])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (another_database, r"another SQLite database \(application id 0, 1 tables\)"),
        (lambda path: another_database(path, 77), "application id 77"),
        (lambda path: another_database(path, 77, "wal"), "application id 77"),
        (lambda path: path.write_text("run,status\n" * 1000), "not a run store, or is damaged"),
        (lambda path: path.write_bytes(os.urandom(100)), "not a run store, or is damaged"),
        (lambda path: path.mkdir(), "there is a folder of this name"),
    ],
    ids=["no id", "other id", "other id in WAL", "text", "bytes", "folder"],
)
def test_what_is_no_store_is_refused_and_left_alone(
    tmp_path: Path, make, message: str, reading: bool
) -> None:
    path = tmp_path / "runs.db"
    make(path)
    before = files_in(tmp_path)
    with pytest.raises(StoreError, match=message) as caught:
        open_store(path, reading=reading).runs()
    assert str(path) in str(caught.value)
    assert "maze.store" in str(caught.value)
    assert files_in(tmp_path) == before


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.touch()
    assert open_store(path, reading=True).runs() == []
    assert path.stat().st_size == 0
    make_store(path)
    assert open_store(path, reading=True).run("a").last_seq == 100
