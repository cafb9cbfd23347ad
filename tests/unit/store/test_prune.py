"""Which runs go, which stay, and what is left on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from maze_nb.model.events import Event, RunFinished
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.protocol import Ending, Entry, RunStore, StoredRun
from maze_nb.store.prune import prune
from maze_nb.store.sqlite import SqliteRunStore
from maze_nb.wire.event_bytes import encode_event

NOW = 10_000.0
RESULT_BYTES = 50_000


@dataclass(frozen=True)
class Made:
    """A run of a test: when it ended (None: it did not), or when it was last heard of."""

    run_id: str
    finished: float | None
    uses: tuple[str, ...] = ()
    owner: str = ""
    heard: float = 0.0


def add(store: RunStore, results: Path, made: Made) -> None:
    run = StoredRun(made.run_id, "w", "name", 1.0, owner=made.owner, uses=made.uses)
    store.create(run, b"submission", b"graph")
    event = Event(1, made.heard, RunFinished(made.run_id, "w", "failed", True, 1.0))
    ends = [] if made.finished is None else [Ending(made.run_id, "failed", made.finished, {})]
    store.write([Entry(made.run_id, 1, encode_event(event))], ends)
    folder = results / made.run_id / "task"
    folder.mkdir(parents=True)
    (folder / "result").write_bytes(bytes(RESULT_BYTES))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    in_memory = request.param == "memory"
    with closing(MemoryRunStore() if in_memory else SqliteRunStore(tmp_path / "runs.db")) as made:
        yield made


@pytest.mark.parametrize(
    ("runs", "older_than", "keep_runs", "gone"),
    [
        ([Made("a", 100.0), Made("b", 9_000.0)], None, None, []),
        ([Made("a", 100.0), Made("b", 9_000.0)], 2_000, None, ["a"]),
        ([Made("a", 8_000.0)], 2_000, None, []),
        ([Made("b", 300.0), Made("c", 100.0), Made("a", 200.0)], 1, None, ["c", "a", "b"]),
        ([Made("b", 300.0), Made("c", 100.0), Made("a", 200.0)], None, 1, ["c", "a"]),
        ([Made("b", 300.0), Made("c", 100.0), Made("a", 200.0)], None, 3, []),
        ([Made("b", 300.0), Made("c", 100.0), Made("a", 9_999.0)], 9_800, 2, ["c"]),
        ([Made("a", None), Made("b", 9_000.0)], 1, 0, ["b"]),
        ([Made("a", 100.0), Made("b", None, uses=("a",))], 1, 0, []),
        ([Made("a", 100.0), Made("b", 9_000.0, uses=("a",))], 2_000, None, []),
        ([Made("a", 100.0), Made("b", 200.0, uses=("a",))], 2_000, None, ["b", "a"]),
        (
            [Made("a", 1.0), Made("b", 2.0, ("a",)), Made("c", 3.0, ("b", "a", "gone")),
             Made("d", 4.0)],
            None, 1, ["c", "b", "a"],
        ),
        (
            [Made("a", 1.0), Made("b", 2.0, ("a", "a")), Made("c", None, ("b",)), Made("d", 4.0)],
            1, None, ["d"],
        ),
        ([Made("a", 1.0, owner="copy of x"), Made("b", 2.0)], 1, None, ["a", "b"]),
    ],
)  # fmt: skip
def test_what_goes(
    store: RunStore,
    results: Path,
    runs: list[Made],
    older_than: float | None,
    keep_runs: int | None,
    gone: list[str],
) -> None:
    for made in runs:
        add(store, results, made)
    a_run = store.runs()[0].nbytes + RESULT_BYTES
    keep_bytes = None if keep_runs is None else keep_runs * a_run + 100
    sizes = {run.run_id: run.nbytes for run in store.runs()}

    pruned = prune(store, [results], older_than=older_than, keep_bytes=keep_bytes, now=NOW)

    assert list(pruned.run_ids) == gone
    assert pruned.troubles == ()
    copies = {made.run_id for made in runs if made.owner}
    assert pruned.nbytes == sum(sizes[n] + RESULT_BYTES * (n not in copies) for n in gone)
    kept = {made.run_id for made in runs} - {*gone}
    assert {run.run_id for run in store.runs()} == kept
    # What a copy was made of is not pruned with it.
    assert {path.name for path in results.iterdir()} == kept | copies
    again = prune(store, [results], older_than=older_than, keep_bytes=keep_bytes, now=NOW)
    assert again.run_ids == ()


@pytest.mark.parametrize(
    ("older_than", "keep_bytes", "gone"),
    [(None, 0, []), (2_000, None, ["early"]), (100, None, ["early", "late"])],
)
def test_interrupted_runs_go_by_age(
    tmp_path: Path, results: Path, older_than: float | None, keep_bytes: int | None, gone: list[str]
) -> None:
    path = tmp_path / "runs.db"
    with closing(SqliteRunStore(path)) as owner, closing(SqliteRunStore(path)) as store:
        add(owner, results, Made("early", None, heard=100.0))
        add(owner, results, Made("late", None, heard=9_000.0))
        assert prune(store, [results], older_than=1, keep_bytes=0, now=NOW).run_ids == ()
        owner.close()
        assert {run.status for run in store.runs()} == {"interrupted"}
        pruned = prune(store, [results], older_than=older_than, keep_bytes=keep_bytes, now=NOW)
        assert list(pruned.run_ids) == gone
        assert {path.name for path in results.iterdir()} == {"early", "late"} - {*gone}


def test_a_run_that_is_being_resumed_stays(tmp_path: Path, results: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(SqliteRunStore(path)) as owner:
        add(owner, results, Made("a", None, uses=("used",)))
        add(owner, results, Made("used", 1.0))
    with closing(SqliteRunStore(path)) as store, closing(SqliteRunStore(path)) as resumer:

        class Resumed:
            """The store, of which another process resumes a run after it was looked at."""

            def __getattr__(self, name: str) -> object:
                return getattr(store, name)

            def claim(self, run_id: str) -> bool:
                assert resumer.claim(run_id)
                return store.claim(run_id)

        pruned = prune(Resumed(), [results], older_than=1, keep_bytes=None, now=NOW)
        assert pruned.run_ids == ()
        assert {path.name for path in results.iterdir()} == {"a", "used"}
        assert resumer.run("a").status == "running"


@pytest.mark.parametrize("run_id", ["..", ".", "../other", "a/../../other"])
def test_nothing_outside_the_results_is_removed(
    store: RunStore, results: Path, tmp_path: Path, run_id: str
) -> None:
    (tmp_path / "other").mkdir()
    (results / "a").mkdir(parents=True)
    store.create(StoredRun(run_id, "w", "name", 1.0), b"", b"")
    store.write([], [Ending(run_id, "failed", 1.0, {})])
    assert prune(store, [results], older_than=1, keep_bytes=0, now=NOW).run_ids == (run_id,)
    assert (tmp_path / "other").exists()
    assert (results / "a").exists()


def test_folders_with_other_names(store: RunStore, results: Path) -> None:
    add(store, results, Made("a", 1.0))
    (results / "a").rename(results / "run-a")
    how = {"older_than": 1, "keep_bytes": None, "now": NOW}
    pruned = prune(store, [results], **how, folder_name=lambda run_id: f"run-{run_id}")
    assert pruned.nbytes > RESULT_BYTES
    assert [*results.iterdir()] == []


def test_only_told(store: RunStore, results: Path) -> None:
    for made in (Made("a", 1.0), Made("b", 2.0, uses=("a",)), Made("c", 9_999.0)):
        add(store, results, made)
    how = {"older_than": 1_000, "keep_bytes": None, "now": NOW}
    told = prune(store, [results], **how, is_dry=True)
    assert told.run_ids == ("b", "a")
    assert len(store.runs()) == len([*results.iterdir()]) == 3
    assert prune(store, [results], **how) == told


def test_results_of_a_forgotten_run_go_with_the_last_that_used_them(
    store: RunStore, results: Path
) -> None:
    for made in (Made("a", 1.0), Made("b", 2.0, uses=("a",)), Made("c", 9_000.0, uses=("a",))):
        add(store, results, made)
    store.forget(["a"])
    prune(store, [results], older_than=2_000, keep_bytes=None, now=NOW)
    assert {path.name for path in results.iterdir()} == {"a", "c"}
    how = {"older_than": 0, "keep_bytes": None, "now": NOW}
    told = prune(store, [results], **how, is_dry=True)
    assert told.nbytes > 2 * RESULT_BYTES
    assert {path.name for path in results.iterdir()} == {"a", "c"}
    assert prune(store, [results], **how) == told
    assert [*results.iterdir()] == []


def test_a_link_is_removed_and_not_what_it_leads_to(
    store: RunStore, results: Path, tmp_path: Path
) -> None:
    add(store, results, Made("a", 1.0))
    (results / "a").rename(tmp_path / "elsewhere")
    (results / "a").symlink_to(tmp_path / "elsewhere")
    assert prune(store, [results], older_than=1, keep_bytes=None, now=NOW).run_ids == ("a",)
    assert [*results.iterdir()] == []
    assert (tmp_path / "elsewhere" / "task" / "result").exists()


def test_several_results_folders_one_of_them_not_there(
    store: RunStore, results: Path, tmp_path: Path
) -> None:
    add(store, results, Made("a", 1.0))
    (tmp_path / "more" / "a").mkdir(parents=True)
    (tmp_path / "more" / "a" / "file").write_bytes(bytes(1000))
    size = store.run("a").nbytes + RESULT_BYTES + 1000
    places = [results, tmp_path / "more", tmp_path / "never"]
    pruned = prune(store, places, older_than=1, keep_bytes=None, now=NOW)
    assert (pruned.run_ids, pruned.nbytes) == (("a",), size)
    assert not (tmp_path / "more" / "a").exists()


def test_a_folder_that_cannot_be_removed_keeps_its_run(
    store: RunStore, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in (Made("a", 1.0), Made("b", 2.0)):
        add(store, results, made)

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", refuse)
        pruned = prune(store, [results], older_than=1, keep_bytes=None, now=NOW)
    assert pruned.run_ids == ()
    assert [trouble.split(" cannot")[0] for trouble in pruned.troubles] == [
        *map(str, (results / "a", results / "b"))
    ]
    assert len(store.runs()) == 2
    assert prune(store, [results], older_than=1, keep_bytes=None, now=NOW).run_ids == ("a", "b")


def test_space_is_returned(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(SqliteRunStore(path)) as store:
        for number in range(10):
            store.create(StoredRun(f"run-{number}", "w", "name", 1.0), b"", bytes(500_000))
        for first in range(1, 2_000, 100):
            for number in range(10):
                seqs = range(first, first + 100)
                store.write([Entry(f"run-{number}", seq, bytes(200)) for seq in seqs])
        store.write([], [Ending(f"run-{n}", "failed", float(n), {}) for n in range(10)])
        before = path.stat().st_size
        one = store.run("run-0").nbytes
        pruned = prune(store, [], older_than=None, keep_bytes=3 * one, now=NOW)
        assert pruned.run_ids == tuple(f"run-{number}" for number in range(7))
        assert path.stat().st_size < 0.4 * before
        assert path.with_name("runs.db-wal").stat().st_size == 0
        for number in range(7, 10):
            assert store.events_after(f"run-{number}", 0, 5_000) == [bytes(200)] * 2_000
