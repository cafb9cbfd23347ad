"""Several processes with one file: what was acknowledged is there, and a run has one owner."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from maze_nb.errors import StoreError
from maze_nb.store.open import open_store
from maze_nb.store.owners import folder_beside
from maze_nb.store.protocol import Ending, Entry, StoredRun
from maze_nb.store.schema import MIGRATIONS, version_of
from maze_nb.store.sqlite import SqliteRunStore

# Writes events without end, some at once, and says after each call what is on disk.
WRITER = """
import sys
from pathlib import Path
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.store.sqlite import SqliteRunStore
store = SqliteRunStore(Path(sys.argv[1]))
store.create(StoredRun(sys.argv[2], "w", "name", 1.0), b"submission", bytes(100_000))
seq = 0
while True:
    some = range(seq + 1, seq + 2 + seq % 37)
    store.write([Entry(sys.argv[2], number, b"%d" % number * 50) for number in some])
    seq = some[-1]
    print(seq, flush=True)
"""
# Waits for a line, claims, says whether it has the run, and keeps it until its input ends.
CLAIMER = """
import sys
from pathlib import Path
from maze_nb.store.sqlite import SqliteRunStore
store = SqliteRunStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(store.claim(sys.argv[2]), flush=True)
sys.stdin.read()
"""
OPENER = """
import sys
from pathlib import Path
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.store.sqlite import SqliteRunStore
print("ready", flush=True)
sys.stdin.readline()
store = SqliteRunStore(Path(sys.argv[1]))
store.create(StoredRun(sys.argv[2], "w", "name", 1.0), b"", b"")
store.write([Entry(sys.argv[2], 1, b"event")])
print(len(store.runs()) > 0, flush=True)
sys.stdin.read()
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@contextmanager
def python(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def kill_while_it_writes(path: Path, run_id: str, after: int) -> int:
    """Return the number of the last event that was acknowledged before `kill -9`."""
    with python(WRITER, path, run_id) as writer:
        for _ in range(after):
            acknowledged = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        assert writer.wait(30) == -signal.SIGKILL
        return max([acknowledged, *map(int, writer.stdout.read().split("\n")[:-1])])


@pytest.mark.parametrize("after", [1, 7, 40, 113])
def test_what_was_acknowledged_outlives_kill_9(path: Path, after: int) -> None:
    acknowledged = kill_while_it_writes(path, "a", after)
    with closing(open_store(path, reading=True)) as reading:
        run = reading.run("a")
        assert run.status == "interrupted"
        assert run.last_seq >= acknowledged >= after
        assert reading.events_after("a", 0, 1_000_000) == [
            b"%d" % number * 50 for number in range(1, run.last_seq + 1)
        ]
        assert reading.submission("a") == (b"submission", bytes(100_000))


def test_a_run_is_claimed_by_one(path: Path) -> None:
    kill_while_it_writes(path, "a", 3)
    for _ in range(3):
        with ExitStack() as stack:
            racing = [stack.enter_context(python(CLAIMER, path, "a")) for _ in range(3)]
            assert [each.stdout.readline() for each in racing] == ["ready\n"] * 3
            for each in racing:
                each.stdin.write("go\n")
                each.stdin.flush()
            assert sorted(each.stdout.readline() for each in racing) == [
                *["False\n", "False\n", "True\n"]
            ]
            with closing(SqliteRunStore(path)) as late:
                assert late.run("a").status == "running"
                assert not late.claim("a")
        # The one that had it was killed when the block ended.
        assert open_store(path, reading=True).run("a").status == "interrupted"


def test_who_lost_a_run_writes_to_it_no_more(path: Path) -> None:
    with closing(SqliteRunStore(path)) as first, closing(SqliteRunStore(path)) as second:
        first.create(StoredRun("a", "w", "name", 1.0), b"", b"")
        first.write([Entry("a", 1, b"first")])
        assert not second.claim("a")
        (folder_beside(path) / first.owner).unlink()
        assert second.claim("a")
        with pytest.raises(StoreError, match=f"is carried through by {second.owner} now"):
            first.write([Entry("a", 2, b"first")])
        second.write([Entry("a", 2, b"second")], [Ending("a", "succeeded", 2.0, {})])
        assert first.events_after("a", 0, 5) == [b"first", b"second"]
        assert not first.claim("a")


def test_a_run_that_is_resumed_goes_on_where_it_was(path: Path) -> None:
    with closing(SqliteRunStore(path)) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"submission", b"graph")
        store.write([Entry("a", 1, b"one")])
        assert store.run("a").status == "running"
    with closing(SqliteRunStore(path)) as store:
        assert store.run("a").status == "interrupted"
        assert store.claim("a")
        assert not store.claim("a")
        run = store.run("a")
        assert (run.owner, run.status, run.last_seq) == (store.owner, "running", 1)
        store.write([Entry("a", 2, b"two")], [Ending("a", "succeeded", 2.0, {"succeeded": 1})])
    with closing(SqliteRunStore(path)) as store:
        assert store.run("a").status == "succeeded"
        assert store.events_after("a", 0, 5) == [b"one", b"two"]


def test_a_store_that_many_make_at_once(path: Path) -> None:
    for number in range(3):
        place = path.with_name(f"{number}.db")
        with ExitStack() as stack:
            racing = [stack.enter_context(python(OPENER, place, f"run-{n}")) for n in range(4)]
            assert [each.stdout.readline() for each in racing] == ["ready\n"] * 4
            for each in racing:
                each.stdin.write("go\n")
                each.stdin.flush()
            assert [each.stdout.readline() for each in racing] == ["True\n"] * 4
            runs = open_store(place, reading=True).runs()
            assert {run.run_id: (run.status, run.last_seq) for run in runs} == {
                f"run-{n}": ("running", 1) for n in range(4)
            }
            for each in racing:
                each.stdin.close()
                assert each.wait(30) == 0
        assert [*folder_beside(place).iterdir()] == []
        assert not place.with_name(f"{number}.db-wal").exists()


def test_a_store_that_another_makes_while_this_one_looks(path: Path) -> None:
    maker = threading.Thread(target=lambda: SqliteRunStore(path).close())

    def make_between(statement: str) -> None:
        if "user_version" in statement and maker.ident is None:
            maker.start()
            maker.join(0.5)

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_trace_callback(make_between)
        assert version_of(connection, path) in (0, len(MIGRATIONS))
        connection.set_trace_callback(None)
    maker.join(60)
    with closing(sqlite3.connect(path)) as connection:
        assert version_of(connection, path) == len(MIGRATIONS)


def test_an_orphan_does_not_keep_the_run(path: Path) -> None:
    """A process that was forked from the owner and outlives it holds no lock of it."""
    code = WRITER.replace(
        "seq = 0\n",
        """
import os, time
if os.fork() == 0:
    os.close(1)
    sys.stdin.read()
    os._exit(0)
seq = 0
""",
    )
    held, hold = os.pipe()
    with open(held) as stdin:
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(path), "a"], stdin=stdin, stdout=subprocess.PIPE
        )
    with writer:
        assert writer.stdout.readline()
        writer.kill()
        writer.wait(30)
        try:
            assert open_store(path, reading=True).run("a").status == "interrupted"
        finally:
            os.close(hold)
