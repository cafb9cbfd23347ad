"""How a run goes on and ends."""

from __future__ import annotations

import pytest

from maze_nb.engine.run_progress import RunProgress
from maze_nb.model.graph import Edge, Graph
from maze_nb.model.ids import TaskId, WorkflowId
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.model.task_spec import TaskSpec


def progress(tasks: str, *edges: str) -> RunProgress:
    graph = Graph(
        WorkflowId("w"),
        "w",
        tuple(TaskSpec(TaskId(name), name) for name in tasks),
        tuple(Edge(TaskId(edge[0]), TaskId(edge[1])) for edge in edges),
    )
    return RunProgress(graph)


@pytest.mark.parametrize(
    ("edges", "failed", "skipped"),
    [
        (["ab", "bc"], "a", "bc"),
        (["ab", "ac", "bd", "cd"], "b", "d"),
        (["ab"], "c", ""),
        (["ab", "bc"], "c", ""),
    ],
)
def test_what_a_failure_skips(edges: list[str], failed: str, skipped: str) -> None:
    made = progress("abcd", *edges)
    made.advance(TaskId(failed), TaskState.FAILED)
    found = made.skip_dependents(TaskId(failed))
    assert {s.task_id for s in found} == set(skipped)
    assert {s.root for s in found} <= {failed}


@pytest.mark.parametrize(
    ("states", "cancelled", "status"),
    [
        ("ss", False, RunStatus.SUCCEEDED),
        ("sf", False, RunStatus.FAILED),
        ("sc", True, RunStatus.CANCELLED),
        ("fc", True, RunStatus.CANCELLED),
        ("fc", False, RunStatus.FAILED),
        ("sc", False, RunStatus.CANCELLED),
    ],
)
def test_how_a_run_ends(states: str, cancelled: bool, status: RunStatus) -> None:
    names = {"s": TaskState.SUCCEEDED, "f": TaskState.FAILED, "c": TaskState.CANCELLED}
    made = progress("ab")
    made.is_cancelled = cancelled
    assert made.advance(TaskId("a"), names[states[0]])
    assert not made.is_finished
    assert made.advance(TaskId("b"), names[states[1]])
    assert made.is_finished
    assert made.final_status() is status


def test_a_task_ends_once_unless_its_result_is_lost() -> None:
    made = progress("a")
    assert made.advance(TaskId("a"), TaskState.RUNNING)
    assert not made.advance(TaskId("a"), TaskState.RUNNING)
    assert made.advance(TaskId("a"), TaskState.SUCCEEDED)
    assert not made.advance(TaskId("a"), TaskState.FAILED)
    assert made.reopen(TaskId("a"))
    assert not made.is_finished
    assert not made.reopen(TaskId("a"))


def test_an_empty_run_is_finished() -> None:
    made = progress("")
    assert made.is_finished
    assert made.final_status() is RunStatus.SUCCEEDED
