"""Opening a store to read it, or none."""

from __future__ import annotations

import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from maze_nb.errors import StoreError, UnknownRunError
from maze_nb.store.glance import stamp_of
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.open import open_store
from maze_nb.store.protocol import Entry, StoredRun

A_RUN = StoredRun("a", "w", "name", 1.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "runs.db"


def fill(path: Path) -> None:
    with closing(open_store(path)) as store:
        store.create(A_RUN, b"submission", b"graph")
        store.write([Entry("a", 1, b"event")])


def everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in (folder, *folder.rglob("*"))
    }


def test_no_file_is_a_store_in_memory() -> None:
    assert isinstance(open_store(None), MemoryRunStore)


def test_reading_what_is_not_there(path: Path) -> None:
    store = open_store(path, reading=True)
    assert store.runs() == []
    with pytest.raises(UnknownRunError, match="there are none"):
        store.run("a")
    assert not path.parent.exists()
    fill(path)
    assert [run.run_id for run in store.runs()] == ["a"]


def test_reading_leaves_no_trace(path: Path) -> None:
    fill(path)
    before = everything_in(path.parent)
    with closing(open_store(path, reading=True)) as store:
        assert store.run("a").status == "interrupted"
        assert store.events_after("a", 0, 5) == [b"event"]
        assert store.submission("a") == (b"submission", b"graph")
    assert everything_in(path.parent) == before


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.create(StoredRun("b", "w", "name", 1.0, owner="copy of x"), b"", b""),
        lambda store: store.write([Entry("a", 2, b"event")]),
        lambda store: store.claim("a"),
        lambda store: store.forget(["a"]),
    ],
)
def test_what_is_only_read_is_not_written_to(path: Path, call) -> None:
    fill(path)
    before = everything_in(path.parent)
    with pytest.raises(StoreError, match="was opened for reading only"):
        call(open_store(path, reading=True))
    assert everything_in(path.parent) == before


def test_reading_while_another_writes(path: Path) -> None:
    with closing(open_store(path)) as writing:
        writing.create(A_RUN, b"", b"")
        reading = open_store(path, reading=True)
        for number in range(1, 50):
            writing.write([Entry("a", number, b"%d" % number)])
            assert reading.events_after("a", number - 1, 10) == [b"%d" % number]
        assert reading.run("a").status == "running"
    assert reading.run("a").status == "interrupted"
    assert reading.run("a").last_seq == 49


def test_reading_in_a_folder_that_is_read_only(path: Path) -> None:
    fill(path)
    folder = str(path.parent)
    mount = subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip(f"no right to mount: {mount.stderr.decode()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        with closing(open_store(path, reading=True)) as store:
            assert store.run("a").last_seq == 1
        with pytest.raises(StoreError, match="read-only"):
            open_store(path)
    finally:
        subprocess.run(["umount", folder], check=True)
    open_store(path).close()


def test_only_its_user_may_write_to_it_or_read_it(path: Path) -> None:
    with closing(open_store(path)) as store:
        store.create(A_RUN, b"", b"")
        for file in (path, path.with_name("runs.db-wal"), path.with_name("runs.db-shm")):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_whether_something_was_written_can_be_told_from_outside(path: Path) -> None:
    stamps = [stamp_of(path)]
    with closing(open_store(path)) as store:
        store.create(A_RUN, b"submission", b"graph")
        stamps.append(stamp_of(path))
        for seq in range(1, 6):
            # The clock of the file system may tick slower than this writes.
            time.sleep(0.02)
            store.write([Entry("a", seq, b"event" * 10)])
            stamps.append(stamp_of(path))
        with closing(open_store(path, reading=True)) as reader:
            assert len(reader.events_after("a", 0, 10)) == 5
        assert stamp_of(path) == stamps[-1]
    assert len(set(stamps)) == len(stamps)
