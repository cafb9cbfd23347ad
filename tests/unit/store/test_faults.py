"""What is wrong with the file or its place: a clear error, and the same object works afterwards."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import dask
import pytest

from maze_nb.errors import StoreError
from maze_nb.store import mounts
from maze_nb.store.open import open_store
from maze_nb.store.protocol import COPY_OF, Ending, Entry, RunStore, StoredRun
from maze_nb.store.sqlite import SqliteRunStore

ELSEWHERE = r"maze\.store .*MAZE_HOME"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteRunStore]:
    with closing(SqliteRunStore(path)) as made:
        made.create(StoredRun("a", "w", "name", 1.0), b"submission", b"graph")
        made.write(numbered(1, 10))
        yield made


def numbered(first: int, last: int, size: int = 20) -> list[Entry]:
    return [
        Entry("a", number, b"%020d" % number * (size // 20)) for number in range(first, last + 1)
    ]


def numbers_in(store: RunStore) -> list[int]:
    return [int(data[:20]) for data in store.events_after("a", 0, 1_000_000)]


def in_subprocess(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    SqliteRunStore(tmp_path / "a" / "b" / "runs.db").close()


@pytest.mark.parametrize("reading", [False, True])
def test_a_file_where_the_folder_should_be(tmp_path: Path, reading: bool) -> None:
    (tmp_path / "a").write_text("text")
    with pytest.raises(StoreError, match=f"runs.db cannot.*/a is not a folder.*{ELSEWHERE}"):
        open_store(tmp_path / "a" / "runs.db", reading=reading).runs()


AS_NOBODY = """
import os, sys
from pathlib import Path
from maze_nb.errors import StoreError
from maze_nb.store.open import open_store
os.setgid(65534); os.setuid(65534)
try:
    open_store(Path(sys.argv[1]), reading=sys.argv[2] == "reading").runs()
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("mode_of_folder", "mode_of_file", "how", "message"),
    [
        (0o755, 0o644, "writing", "this user may not write to the file"),
        (0o755, 0o666, "writing", "this user may not write to the folder"),
        (0o755, 0o600, "writing", "this user may not read the file"),
        (0o755, 0o600, "reading", "this user may not read the file"),
        (0o700, 0o666, "writing", "Permission denied"),
        (0o700, 0o666, "reading", "Permission denied"),
        (0o755, 0o644, "reading", ""),
    ],
)
def test_a_file_of_another_user(
    mode_of_folder: int, mode_of_file: int, how: str, message: str
) -> None:
    folder = Path(f"/tmp/maze-store-{os.getpid()}-{time.monotonic_ns()}")
    path = folder / "runs.db"
    try:
        SqliteRunStore(path).close()
        path.chmod(mode_of_file)
        folder.chmod(mode_of_folder)
        said = in_subprocess(AS_NOBODY, str(path), how)
        assert message in said
        assert (str(path) in said and "maze.store" in said) == bool(message)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no right to mount: {done.stderr.decode()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(path.parent).free == 0


def test_a_full_disk(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with closing(SqliteRunStore(small_disk / "runs.db")) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"", b"")
        store.write(numbered(1, 100))
        fill(filler)
        for call in (
            lambda: store.write(numbered(101, 1000), [Ending("a", "failed", 1.0, {})]),
            lambda: store.create(StoredRun("b", "w", "name", 1.0), b"", bytes(1 << 20)),
        ):
            with pytest.raises(StoreError, match=rf"runs\.db.*no space left.*prune.*{ELSEWHERE}"):
                call()
        assert numbers_in(store) == [*range(1, 101)]
        assert [(run.run_id, run.status) for run in store.runs()] == [("a", "running")]
        filler.unlink()
        store.write(numbered(101, 1000), [Ending("a", "failed", 1.0, {})])
        assert numbers_in(store) == [*range(1, 1001)]
    with closing(SqliteRunStore(small_disk / "runs.db")) as store:
        assert numbers_in(store) == [*range(1, 1001)]


def test_no_space_for_a_new_store(small_disk: Path) -> None:
    filler = small_disk / "filler"
    fill(filler)
    with pytest.raises(StoreError, match="no space left"):
        SqliteRunStore(small_disk / "runs.db")
    filler.unlink()
    SqliteRunStore(small_disk / "runs.db").close()


def test_pruning_gives_space_back_on_a_disk_that_was_full(small_disk: Path) -> None:
    with closing(SqliteRunStore(small_disk / "runs.db")) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"", bytes(200_000))
        with pytest.raises(StoreError, match="no space left"):
            store.create(StoredRun("b", "w", "name", 1.0), b"", bytes(1 << 20))
        store.forget(["a"])
        assert (small_disk / "runs.db").stat().st_size < 50_000
        store.create(StoredRun("b", "w", "name", 1.0), b"", bytes(300_000))
        assert store.submission("b") == (b"", bytes(300_000))


LIMITED = """
import resource, sys
from pathlib import Path
from maze_nb.errors import StoreError
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.store.sqlite import SqliteRunStore
store = SqliteRunStore(Path(sys.argv[1]))
store.create(StoredRun("a", "w", "name", 1.0), b"", b"")
store.write([Entry("a", 1, b"one")])
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most))
try:
    store.write([Entry("a", 2, bytes(500_000))])
except StoreError as error:
    print(error)
assert store.run("a").last_seq == 1, store.run("a")
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
store.write([Entry("a", 2, bytes(500_000))])
assert [len(data) for data in store.events_after("a", 0, 5)] == [3, 500_000]
store.close()
"""


def test_a_limit_on_the_size_of_files(path: Path) -> None:
    assert "limits on the size of files" in in_subprocess(LIMITED, str(path))


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
connection.execute("UPDATE runs SET status = 'nonsense'")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@pytest.fixture
def impatient() -> Iterator[None]:
    with dask.config.set({"maze.store-patience": "200ms"}):
        yield


def test_locked_by_another_process(impatient: None, path: Path, store: SqliteRunStore) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    message = rf"runs\.db.*another process has kept it locked for more than 0\.2 s.*{ELSEWHERE}"
    with holder:
        assert holder.stdout.readline() == b"held\n"
        began = time.monotonic()
        for call in (lambda: SqliteRunStore(path), lambda: store.write(numbered(11, 20))):
            with pytest.raises(StoreError, match=message):
                call()
        assert 0.4 <= time.monotonic() - began < 20
        for reading in (store, open_store(path, reading=True)):
            assert numbers_in(reading) == [*range(1, 11)]
        holder.stdin.close()
        assert holder.wait(30) == 0
        store.write(numbered(11, 20))
        assert numbers_in(store) == [*range(1, 21)]


def test_a_lock_that_is_let_go_in_time_is_waited_for(path: Path, store: SqliteRunStore) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD.replace("sys.stdin.read()", "import time; time.sleep(0.3)"),
         str(path)],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with holder:
        assert holder.stdout.readline() == b"held\n"
        store.write(numbered(11, 20))
        assert numbers_in(store) == [*range(1, 21)]
        assert holder.wait(30) == 0


def test_the_journal_removed_while_in_use(path: Path, store: SqliteRunStore) -> None:
    path.with_name("runs.db-wal").unlink()
    with pytest.raises(StoreError, match=rf"runs\.db or its journal .*removed.*{ELSEWHERE}"):
        store.write(numbered(11, 12))
    store.write(numbered(11, 12))
    assert numbers_in(store) == [*range(1, 13)]
    assert numbers_in(open_store(path, reading=True)) == [*range(1, 13)]


@pytest.mark.parametrize("call", ["write", "runs", "events_after"])
def test_the_file_removed_while_in_use(path: Path, store: SqliteRunStore, call: str) -> None:
    arguments = {"write": [numbered(11, 12)], "runs": [], "events_after": ["a", 0, 1]}[call]
    for _ in range(2):
        path.unlink(missing_ok=True)
        with pytest.raises(StoreError, match=rf"runs\.db .*{ELSEWHERE}"):
            getattr(store, call)(*arguments)
        assert not path.exists()


def test_the_file_replaced_while_in_use(path: Path, store: SqliteRunStore) -> None:
    other = path.with_name("other.db")
    with closing(SqliteRunStore(other)) as made:
        made.create(StoredRun("b", "w", "name", 1.0), b"", b"")
    other.replace(path)
    with pytest.raises(StoreError, match="removed or replaced while it was in use"):
        store.write(numbered(11, 12))


@pytest.mark.parametrize("left", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file(path: Path, left: float) -> None:
    with closing(SqliteRunStore(path)) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"submission", b"graph" * 10_000)
        store.write(numbered(1, 1000, 200))
    os.truncate(path, int(path.stat().st_size * left))
    for reading in (True, False):
        if left == 0:
            assert open_store(path, reading=reading).runs() == []
            break
        with pytest.raises(StoreError, match=rf"runs\.db.*damaged.*Move it away.*{ELSEWHERE}"):
            contents(path, reading=reading)


def contents(path: Path, reading: bool = True) -> list[object]:
    with closing(open_store(path, reading=reading)) as store:
        found: list[object] = []
        for run in store.runs():
            found += [store.run(run.run_id), store.submission(run.run_id)]
            found += store.events_after(run.run_id, 0, 10_000)
        assert store.run("a") == found[0]
        return found


@pytest.mark.parametrize("length", [1, 16, 4096])
def test_damage_is_seen_wherever_it_is(path: Path, length: int) -> None:
    """Overwritten bytes give an error, or were not in use; never another result."""
    with closing(SqliteRunStore(path)) as store:
        for run_id in "abc":
            run = StoredRun(run_id, "w", "name", 1.0, owner=f"{COPY_OF}x", origin="notebook.ipynb")
            store.create(run, b"submission", b"graph" * 1000)
            entries = numbered(1, 40, 100)
            store.write([Entry(run_id, seq, data) for _, seq, data in entries])
    right, intact = contents(path), path.read_bytes()
    chance, errors = random.Random(length), 0
    for _ in range(120):
        at = chance.randrange(len(intact) - length)
        path.write_bytes(intact[:at] + chance.randbytes(length) + intact[at + length :])
        try:
            assert contents(path) == right
        except StoreError as error:
            assert str(path) in str(error)  # noqa: PT017
            errors += 1
    assert errors > 40
    path.write_bytes(intact)
    assert contents(path) == right


def test_events_that_are_gone_are_missed(path: Path, store: SqliteRunStore) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM events WHERE seq = 4")
    assert len(store.events_after("a", 0, 3)) == 3
    for seq in (0, 3):
        with pytest.raises(StoreError, match="event 4 of the run 'a'"):
            store.events_after("a", seq, 5)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM events WHERE seq > 6")
    with pytest.raises(StoreError, match="after 6 are gone"):
        store.events_after("a", 4, 5)


def test_where_processes_cannot_share_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network file system a store works with the older journal of SQLite."""
    monkeypatch.setattr(mounts, "is_network_type", lambda _kind: True)
    with closing(SqliteRunStore(path)) as one, closing(SqliteRunStore(path)) as other:
        assert not path.with_name("runs.db-wal").exists()
        one.create(StoredRun("a", "w", "name", 1.0), b"", b"")
        for first in range(1, 100, 10):
            one.write(numbered(first, first + 9))
            assert numbers_in(other) == [*range(1, first + 10)]
        assert other.run("a").status == "running"
    assert numbers_in(open_store(path, reading=True)) == [*range(1, 101)]


DIE_WHILE_WRITING = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE events SET data = zeroblob(length(data))")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_half_written_on_a_network_file_system(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "is_network_type", lambda _kind: True)
    with closing(SqliteRunStore(path)) as store:
        store.create(StoredRun("a", "w", "name", 1.0), b"", b"")
        store.write(numbered(1, 1000, 200))
    intact = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", DIE_WHILE_WRITING, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("runs.db-journal").exists()
    assert path.read_bytes() != intact
    assert numbers_in(open_store(path, reading=True)) == [*range(1, 1001)]


def test_what_was_written_survives_a_power_cut(path: Path, store: SqliteRunStore) -> None:
    def pragmas(connection: sqlite3.Connection) -> list[object]:
        names = ("synchronous", "journal_mode", "auto_vacuum")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert store._database.read(pragmas) == [2, "wal", 1]


def test_after_it_was_closed(store: SqliteRunStore) -> None:
    store.close()
    store.close()
    for call in (lambda: store.write(numbered(11, 12)), store.runs, lambda: store.claim("a")):
        with pytest.raises(StoreError, match="is closed"):
            call()


FORKING = """
import os, sys
from pathlib import Path
from maze_nb.errors import StoreError
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.store.sqlite import SqliteRunStore
store = SqliteRunStore(Path(sys.argv[1]))
store.create(StoredRun("a", "w", "name", 1.0), b"", b"")
child = os.fork()
if child == 0:
    for call in (lambda: store.write([Entry("a", 1, b"child")]), store.runs):
        try:
            call()
        except StoreError as error:
            print(error)
    store.close()
    sys.exit(0)
os.waitpid(child, 0)
store.write([Entry("a", 1, b"parent")])
assert store.events_after("a", 0, 5) == [b"parent"]
assert store.run("a").status == "running"
store.close()
"""


def test_in_a_forked_process(path: Path) -> None:
    assert in_subprocess(FORKING, str(path)).count("was opened by process") == 2
