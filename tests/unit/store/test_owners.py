"""Who is alive, and what is left of those who are gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from maze_nb.errors import StoreError
from maze_nb.store.owners import Owner, address_of, is_alive, living
from maze_nb.store.protocol import StoredRun
from maze_nb.store.sqlite import SqliteRunStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs.db.owners"


def test_alive_from_hold_to_release(folder: Path) -> None:
    owner, other = Owner(folder), Owner(folder)
    assert not is_alive(folder, owner.name)
    assert not folder.exists()
    owner.hold()
    owner.hold()
    assert is_alive(folder, owner.name)
    assert not is_alive(folder, other.name)
    assert living(folder) == [owner.name]
    owner.release()
    owner.release()
    assert not is_alive(folder, owner.name)
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "copy of tcp://x", "\0"])
def test_names_that_are_no_owners(folder: Path, name: str) -> None:
    folder.mkdir()
    assert not is_alive(folder, name)


def test_what_the_dead_left_is_tidied(folder: Path) -> None:
    folder.mkdir()
    (folder / "host-1-dead").touch()
    living_one, new = Owner(folder), Owner(folder)
    living_one.hold()
    (folder / "host-2-dead").touch()
    assert living(folder) == [living_one.name]
    new.hold()
    assert {path.name for path in folder.iterdir()} == {living_one.name, new.name}
    new.release()
    living_one.release()


def test_opening_a_store_tidies(tmp_path: Path, folder: Path) -> None:
    """A scheduler that has no run of its own leaves nothing of those before it either."""
    folder.mkdir()
    (folder / "host-1-dead").touch()
    with closing(SqliteRunStore(tmp_path / "runs.db", reading=True)):
        assert [*folder.iterdir()] != []
    with closing(SqliteRunStore(tmp_path / "runs.db")):
        assert [*folder.iterdir()] == []


def test_many_at_once(folder: Path) -> None:
    """Those who tidy meet those who have just made their file."""
    owners = [Owner(folder) for _ in range(60)]
    with ThreadPoolExecutor(12) as threads:
        assert len([*threads.map(Owner.hold, owners, timeout=60)]) == 60
        assert set(living(folder)) == {owner.name for owner in owners}
        assert len([*threads.map(Owner.release, owners, timeout=60)]) == 60
    assert living(folder) == []


def test_where_no_file_can_be_made(folder: Path) -> None:
    folder.write_text("text")
    with pytest.raises(StoreError, match=r"runs\.db\.owners/.* cannot be made.*maze\.store"):
        Owner(folder).hold()
    assert not is_alive(folder, "anybody")


def test_a_store_that_owns_nothing_leaves_nothing(folder: Path) -> None:
    with closing(SqliteRunStore(folder.with_name("runs.db"))) as store:
        store.create(StoredRun("a", "w", "name", 1.0, owner="copy of tcp://x"), b"", b"")
        assert not folder.exists()
        store.create(StoredRun("b", "w", "name", 1.0), b"", b"")
        assert [path.name for path in folder.iterdir()] == [store.owner]


def test_only_the_living_say_where_they_are_to_be_asked(folder: Path) -> None:
    told, silent = Owner(folder, "tcp://127.0.0.1:8786"), Owner(folder)
    assert address_of(folder, told.name) == ""
    told.hold()
    silent.hold()
    assert address_of(folder, told.name) == "tcp://127.0.0.1:8786"
    assert address_of(folder, silent.name) == ""
    assert address_of(folder, "../runs.db") == ""
    told.release()
    silent.release()
    (folder / told.name).write_text("tcp://127.0.0.1:8786")
    assert address_of(folder, told.name) == ""
