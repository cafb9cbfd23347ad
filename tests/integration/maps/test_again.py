"""Maps whose items are cached, run again or read from disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_task import WorkflowTask
from tests.mapped import BIG, SECONDS, both, finish, give, names, times, total


def test_only_changed_items_are_computed_again(embedded: MaClient) -> None:
    tag = time.time_ns()

    def run_it(items: list[int], made: list[int]) -> tuple[Run, WorkflowTask, WorkflowTask]:
        workflow = embedded.create_workflow("cached")
        source = workflow.add_task(give, {"value": made}, name="source").outputs["result"]
        known = workflow.add_map(both, {"a": items}, {"b": tag}, name="known")
        over = workflow.add_map(both, {"a": source}, {"b": tag}, name="over")
        workflow.add_reduce(total, known.outputs["sum"], name="sum")
        return finish(embedded, workflow, cache=True), known, over

    first, _, _ = run_it([1, 2, 3], [7, 8])
    assert len(names(first, "start_task")) == 7
    same, known, _ = run_it([1, 2, 3], [7, 8])
    assert names(same, "start_task") == []
    assert same.result(known) == first.result("known")
    changed, known, over = run_it([1, 9, 3, 2], [7, 8, 9])
    ran = {name for name in names(changed, "start_task") if name != "source"}
    # What another task makes is known only as a whole.
    assert ran == {"known[1]", "sum", "over[0]", "over[1]", "over[2]"}
    assert changed.result(known)["sum"] == [tag + n for n in (1, 9, 3, 2)]
    assert changed.result(over)["sum"] == [tag + n for n in (7, 8, 9)]


def test_the_plan_says_how_many_items_are_not_cached(embedded: MaClient) -> None:
    tag = time.time_ns()

    def mapped(items: list[int]) -> Any:
        workflow = embedded.create_workflow("plan")
        workflow.add_map(both, {"a": items}, {"b": tag}, name="f")
        return workflow

    finish(embedded, mapped([1, 2]), cache=True)
    (all_there,) = mapped([2, 1]).plan(cache=True)
    assert (all_there.name, all_there.verdict) == ("f", "cached")
    (some,) = mapped([1, 2, 3]).plan(cache=True)
    assert (some.verdict, some.reason) == ("runs", "1 of its 3 items is not cached")


@pytest.mark.parametrize(
    ("again", "ran"),
    [
        ({"failed_only": True}, {"f[1]", "after", "g[0]"}),
        ({"from_task": "f[2]"}, {"f[1]", "f[2]", "after", "g[0]"}),
        ({"from_task": "f"}, {"f[0]", "f[1]", "f[2]", "after", "g[0]"}),
        ({"from_task": "source"}, {"source", "f[0]", "f[1]", "f[2]", "after", "g[0]"}),
        ({}, {"source", "other", "f[0]", "f[1]", "f[2]", "after", "g[0]"}),
    ],
    ids=["what failed", "an item", "the map", "the list", "all"],
)
def test_a_run_again_computes_what_was_asked_of_the_items(
    embedded: MaClient, tmp_path: Path, again: dict[str, Any], ran: set[str]
) -> None:
    missing = tmp_path / "missing"

    @task
    def needs_file(x: int, path: str) -> int:
        assert x != 1 or Path(path).exists()
        return x

    workflow = embedded.create_workflow("again")
    source = workflow.add_task(give, {"value": [0, 1, 2]}, name="source").outputs["result"]
    workflow.add_task(give, {"value": 1}, name="other")
    mapped = workflow.add_map(needs_file, source, {"path": str(missing)}, name="f")
    after = workflow.add_reduce(total, mapped.outputs["result"], name="after")
    one = workflow.add_task(give, {"value": [after.outputs["result"]]}, name="one")
    workflow.add_map(times, one.outputs["result"], name="g")
    first = finish(embedded, workflow, "failed")
    missing.touch()
    second = first.rerun(**again)
    assert second.wait(SECONDS) == "succeeded"
    assert set(names(second, "start_task")) == {*ran, "one"}
    assert second.result("f") == {"result": [0, 1, 2]}
    assert second.result("g") == {"result": [3]}


def test_a_run_that_is_read_from_disk_has_its_lists(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("disk")
    mapped = workflow.add_map(times, [b"a", b"b"], {"by": BIG}, name="f")
    run = finish(embedded, workflow)
    with MaClient(offline=True) as offline:
        kept = offline.get_run(run.run_id)
        assert kept.result(mapped.task_id) == {"result": [b"a" * BIG, b"b" * BIG]}
        assert kept.result("f[1]") == {"result": b"b" * BIG}
