"""What every run store promises."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from maze_nb.errors import StoreError, UnknownRunError
from maze_nb.model.attempt import ErrorInfo
from maze_nb.model.events import Event, RootCause, TaskFailed, TaskProgress, TaskSkipped
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.protocol import COPY_OF, Ending, Entry, RunStore, StoredRun, standing
from maze_nb.store.sqlite import SqliteRunStore
from maze_nb.wire.event_bytes import encode_event


@pytest.fixture(params=[MemoryRunStore, SqliteRunStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    in_memory = request.param is MemoryRunStore
    made = MemoryRunStore() if in_memory else SqliteRunStore(tmp_path / "runs.db")
    yield made
    made.close()


def a_run(run_id: str = "a", **fields) -> StoredRun:
    return StoredRun(
        **({"workflow_id": "w", "workflow_name": "name", "started": 1.0} | fields), run_id=run_id
    )


def numbered(run_id: str, *numbers: int) -> list[Entry]:
    return [Entry(run_id, number, b"%s %d" % (run_id.encode(), number)) for number in numbers]


def test_what_is_taken_in_comes_back(store: RunStore) -> None:
    run = a_run(
        workflow_name="naïve ⛰",
        origin="/home/me/\udce9t\udce9.ipynb",
        counts={"succeeded": 2},
        uses=("x", "y"),
        started=1_700_000_000.123456,
        status="pending",
    )
    store.create(run, b"submission", b"graph" * 1000)
    assert store.run("a") == replace(run, owner=store.owner, nbytes=5010)
    assert store.submission("a") == (b"submission", b"graph" * 1000)
    assert store.events_after("a", 0, 10) == []
    assert store.owner
    assert store.place


def test_runs_come_in_the_order_they_started(store: RunStore) -> None:
    for run_id, started in (("b", 3.0), ("a", 2.0), ("c", 1.0), ("d", 2.0)):
        store.create(a_run(run_id, started=started), b"", b"")
    assert [run.run_id for run in store.runs()] == ["c", "a", "d", "b"]


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        *[(0, 3, [1, 2, 3]), (3, 10, [4, 5]), (4, 1, [5]), (5, 10, []), (9, 10, [])],
        *[(-1, 2, [1, 2]), (0, 0, []), (0, -1, []), (2, 1, [3])],
    ],
)
def test_reading_after_a_number(store: RunStore, seq: int, limit: int, expected: list[int]) -> None:
    store.create(a_run(), b"", b"")
    store.create(a_run("b"), b"", b"")
    store.write([*numbered("a", 1, 2), *numbered("b", 1), *numbered("a", 3, 4, 5)])
    assert store.events_after("a", seq, limit) == [e.data for e in numbered("a", *expected)]
    assert store.events_after("b", 0, 10) == [b"b 1"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2], [3], [1, 2, 3]),
        ([1, 2], [1, 2], [1, 2]),
        ([1, 2], [2, 3, 3, 4], [1, 2, 3, 4]),
        ([1], [0, -1, 2], [1, 2]),
    ],
)
def test_an_event_that_is_there_is_passed_over(
    store: RunStore, first: list[int], second: list[int], expected: list[int]
) -> None:
    store.create(a_run(), b"", b"")
    store.write(numbered("a", *first))
    store.write(
        [
            Entry("a", number, b"again") if number in first else each
            for number, each in zip(second, numbered("a", *second), strict=True)
        ]
    )
    assert store.events_after("a", 0, 10) == [e.data for e in numbered("a", *expected)]
    run = store.run("a")
    assert (run.last_seq, run.nbytes) == (len(expected), 3 * len(expected))


def test_how_a_run_stands_that_goes_on(store: RunStore) -> None:
    store.create(a_run(), b"", b"")
    store.write(numbered("a", 1), [standing("a", {"running": 3, "waiting": 13})])
    run = store.run("a")
    assert (run.status, run.finished) == ("running", None)
    assert run.counts == {"running": 3, "waiting": 13}


def test_how_a_run_ended(store: RunStore) -> None:
    store.create(a_run(), b"", b"")
    store.create(a_run("b"), b"", b"")
    store.write(numbered("a", 1), [Ending("a", "failed", 7.5, {"failed": 1, "skipped": 3})])
    ended, other = store.runs()
    assert (ended.status, ended.finished, ended.counts, ended.last_seq) == (
        *("failed", 7.5, {"failed": 1, "skipped": 3}, 1),
    )
    assert (other.status, other.finished, other.counts) == ("running", None, {})
    store.write([], [Ending("b", "succeeded", 8.0, {})])
    assert store.run("b").status == "succeeded"


@pytest.mark.parametrize(
    ("entries", "endings", "error"),
    [
        ([*numbered("a", 2), *numbered("gone", 1)], [], UnknownRunError),
        (numbered("a", 2), [Ending("gone", "failed", 1.0, {})], UnknownRunError),
        (numbered("a", 2, 4), [], StoreError),
        ([*numbered("a", 2), *numbered("b", 2)], [Ending("a", "failed", 1.0, {})], StoreError),
    ],
    ids=["unknown run", "unknown run ends", "gap", "gap in another run"],
)
def test_a_write_that_fails_leaves_nothing(
    store: RunStore, entries: list[Entry], endings: list[Ending], error: type[Exception]
) -> None:
    for run_id in "ab":
        store.create(a_run(run_id), b"", b"")
    store.write(numbered("a", 1))
    before = store.runs()
    with pytest.raises(error):
        store.write(entries, endings)
    assert store.runs() == before
    assert store.events_after("a", 0, 10) == [b"a 1"]
    store.write(numbered("a", 2))
    assert store.run("a").last_seq == 2


def test_nothing_to_write(store: RunStore) -> None:
    store.write([])
    assert store.runs() == []


def test_taking_in_a_run_twice(store: RunStore) -> None:
    store.create(a_run(), b"first", b"")
    store.write(numbered("a", 1))
    with pytest.raises(StoreError, match=r"'a' is in .* already"):
        store.create(a_run(), b"second", b"")
    assert store.submission("a") == (b"first", b"")
    assert store.run("a").last_seq == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.run("summer"),
        lambda store: store.events_after("summer", 0, 1),
        lambda store: store.submission("summer"),
        lambda store: store.claim("summer"),
        lambda store: store.write(numbered("summer", 1)),
    ],
)
def test_a_run_nobody_knows(store: RunStore, call) -> None:
    store.create(a_run("summer-1"), b"", b"")
    with pytest.raises(UnknownRunError, match=r"'summer' is not in .* did you mean 'summer-1'"):
        call(store)


def test_forgetting(store: RunStore) -> None:
    for run_id in "abc":
        store.create(a_run(run_id), b"s", b"g")
        store.write(numbered(run_id, 1, 2))
    store.forget(["a", "c", "never", "a"])
    store.forget([])
    assert [run.run_id for run in store.runs()] == ["b"]
    assert len(store.events_after("b", 0, 10)) == 2
    with pytest.raises(UnknownRunError, match="'a'"):
        store.events_after("a", 0, 1)
    store.create(a_run(), b"new", b"")
    assert store.events_after("a", 0, 10) == []
    assert store.submission("a") == (b"new", b"")


def test_a_run_that_is_carried_through_or_has_ended_is_not_claimed(store: RunStore) -> None:
    store.create(a_run(), b"", b"")
    assert not store.claim("a")
    store.write([], [Ending("a", "failed", 1.0, {})])
    assert not store.claim("a")
    assert store.run("a").status == "failed"


def test_a_copy_is_as_it_was_written(store: RunStore) -> None:
    owner = f"{COPY_OF}tcp://10.0.0.1:8786"
    store.create(a_run(owner=owner), b"", b"")
    store.write(numbered("a", 1))
    assert (store.run("a").owner, store.run("a").status) == (owner, "running")
    assert not store.claim("a")


def test_many_threads_at_once(store: RunStore) -> None:
    def carry(run_id: str) -> int:
        store.create(a_run(run_id), b"s", b"g")
        for number in range(1, 40):
            store.write(numbered(run_id, number))
            assert len(store.events_after(run_id, 0, 100)) == number
            assert store.run(run_id).last_seq == number
        store.write([], [Ending(run_id, "succeeded", 1.0, {})])
        return len(store.runs())

    run_ids = [f"run-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(carry, run_ids, timeout=60)) == 8
    assert {run.status for run in store.runs()} == {"succeeded"}
    for run_id in run_ids:
        assert store.events_after(run_id, 0, 99) == [
            entry.data for entry in numbered(run_id, *range(1, 40))
        ]


def test_when_tasks_ended_is_counted(store: RunStore) -> None:
    about = ("a", "w", "t", "t", 1)
    bodies = [
        TaskProgress(*about, 1.0),
        TaskFailed(*about, "Traceback", ErrorInfo("ValueError", "no", "t", 1, "host")),
        TaskSkipped(*about, "t failed", RootCause("t", "t")),
    ]
    entries = [
        Entry("a", seq, encode_event(Event(seq, 101.0 + seq, body)))
        for seq, body in enumerate(bodies, 1)
    ]
    store.create(a_run(started=102.0), b"", b"")
    store.write(entries[:2])
    store.write([*entries[1:], *numbered("a", 4)])
    row = store.run("a").sparkline
    spots = [
        (at * row["seconds"], *bar)
        for at, bar in enumerate(zip(row["ended"], row["failed"], strict=True))
    ]
    assert [spot for spot in spots if spot[1]] == [(1.0, 1, 1), (2.0, 1, 0)]
    assert store.run("a").summary().sparkline == row
