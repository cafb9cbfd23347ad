"""What every run store promises."""

from __future__ import annotations

import pytest

from maze_nb.errors import UnknownRunError
from maze_nb.model.events import RunFinished, RunStarted
from maze_nb.model.graph import Graph
from maze_nb.model.ids import WorkflowId
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.protocol import RunStore


@pytest.fixture(params=[MemoryRunStore])
def store(request: pytest.FixtureRequest) -> RunStore:
    return request.param()


def started(run_id: str) -> RunStarted:
    return RunStarted(run_id, "w", "name", Graph(WorkflowId("w"), "name"))


def test_events_are_numbered_from_one_within_each_run(store: RunStore) -> None:
    assert store.append("a", 1.0, started("a")).seq == 1
    assert store.append("b", 1.5, started("b")).seq == 1
    assert store.append("a", 2.0, RunFinished("a", "w", "succeeded", False, 1.0)).seq == 2
    assert [(e.seq, e.time) for e in store.events_after("a", 0, 10)] == [(1, 1.0), (2, 2.0)]
    assert store.run_ids() == ["a", "b"]


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [(0, 3, [1, 2, 3]), (3, 10, [4, 5]), (5, 10, []), (9, 10, []), (-1, 2, [1, 2]), (0, 0, [])],
)
def test_reading_after_a_number(store: RunStore, seq: int, limit: int, expected: list[int]) -> None:
    for number in range(5):
        store.append("a", float(number), started("a"))
    assert [event.seq for event in store.events_after("a", seq, limit)] == expected


def test_forgetting(store: RunStore) -> None:
    store.append("a", 1.0, started("a"))
    store.forget("a")
    store.forget("a")
    assert store.run_ids() == []
    with pytest.raises(UnknownRunError, match="'a'"):
        store.events_after("a", 0, 1)
    assert store.append("a", 1.0, started("a")).seq == 1
