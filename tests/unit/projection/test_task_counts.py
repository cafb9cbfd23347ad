"""How many tasks are in each state is the same in lists of runs as in the live view."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.engine.run_progress import RunProgress
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.resources import Resources
from maze_nb.model.states import TaskState
from maze_nb.model.task_spec import TaskSpec
from maze_nb.projection.run_view import RunView
from maze_nb.projection.task_counts import TaskCounts

ENDS = {
    "finish_task": TaskState.SUCCEEDED,
    "task_exception": TaskState.FAILED,
    "task_cancelled": TaskState.CANCELLED,
    "task_skipped": TaskState.SKIPPED,
    "start_task": TaskState.RUNNING,
}
CASES: dict[str, tuple[list[tuple[str, str]], dict[str, int]]] = {
    "nothing has begun": ([], {"waiting": 3}),
    "the items count for their map": (
        [("finish_task", "m.0"), ("start_task", "m.1")],
        {"succeeded": 1, "running": 1, "waiting": 1},
    ),
    "all is done": (
        [
            ("finish_task", "m.0"),
            ("finish_task", "m.1"),
            ("finish_task", "m"),
            ("finish_task", "a"),
        ],
        {"succeeded": 3},
    ),
    "an item failed, and its map with it": (
        [("task_exception", "m.0"), ("task_skipped", "m"), ("finish_task", "m.1")],
        {"failed": 1, "succeeded": 1, "waiting": 1},
    ),
    "a map failed though its items did not": (
        [("finish_task", "m.0"), ("finish_task", "m.1"), ("task_cancelled", "m")],
        {"succeeded": 2, "cancelled": 1, "waiting": 1},
    ),
}


def message(seq: int, kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"run_id": "r", **data}, "seq": seq, "time": float(seq)}


@pytest.mark.parametrize(("ends", "told"), CASES.values(), ids=CASES)
def test_every_place_counts_by_one_rule(ends: list[tuple[str, str]], told: dict[str, int]) -> None:
    tasks = [{"id": "a", "name": "a"}, {"id": "m", "name": "m", "kind": "map"}]
    messages = [
        message(1, "start_workflow", workflow_name="w", graph={"tasks": tasks, "edges": []}),
        message(2, "task_expanded", task_id="m", count=2),
        *(message(n, kind, task_id=task_id) for n, (kind, task_id) in enumerate(ends, 3)),
    ]

    copied, view = TaskCounts(), RunView()
    for each in messages:
        copied.fold(each)
        view.fold(each)
    progress = RunProgress(
        Graph("w", "w", tuple(TaskSpec(TaskId(n), n, (), (), Resources()) for n in "am"), ())
    )
    progress.expand(TaskId("m"), 2)
    for kind, task_id in ends:
        progress.advance(TaskId(task_id), ENDS[kind])

    shown = {state: n for state, n in view.snapshot()["run"]["counts"].items() if n}
    assert copied.counts() == told
    assert progress.told_counts() == told
    assert shown == told
