"""Items of maps that fail, are tried again or cancelled."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from maze_nb import MaClient, task
from maze_nb.errors import TaskCancelledError, TaskSkippedError, TaskTimeoutError
from maze_nb.sdk.run import Run
from tests.mapped import SECONDS, fail_at, finish, give, messages_of, names, times, total, wait_for


def test_an_item_that_fails_leaves_the_others_and_skips_what_reads_the_lists(
    client: MaClient,
) -> None:
    workflow = client.create_workflow("fails")
    mapped = workflow.add_map(fail_at, range(20), {"bad": 3}, name="f")
    after = workflow.add_reduce(total, mapped.outputs["result"], name="after")
    on = workflow.add_map(times, mapped.outputs["result"], name="on")
    run = finish(client, workflow, "failed")
    with pytest.raises(ValueError, match="no 3"):
        run.result("f[3]")
    assert {run.result(f"f[{n}]")["result"] for n in range(20) if n != 3} == set(range(20)) - {3}
    for skipped in (mapped, after, on):
        says = r"task 'f\[3\]', which it depends on, failed: ValueError: "
        with pytest.raises(TaskSkippedError, match=says) as caught:
            run.result(skipped)
        assert type(caught.value.__cause__) is ValueError
    (item,) = run.summary()["exception_tasks"]
    assert item == f"{mapped.task_id}.3"


def test_fail_fast_cancels_the_other_items(two: MaClient, tmp_path: Path) -> None:
    workflow = two.create_workflow("fail fast")
    mapped = workflow.add_map(fail_at, range(500), {"bad": 0}, name="f")
    workflow.add_map(wait_for, range(50), {"path": str(tmp_path / "never")}, name="g",
                     isolation="process", resources={"cpu": 0.5})  # fmt: skip
    run = finish(two, workflow, "failed", fail_fast=True)
    cancelled = Counter(name.partition("[")[0] for name in names(run, "task_cancelled"))
    assert cancelled["g"] == 51
    with pytest.raises(TaskSkippedError):
        run.result(mapped)


def test_items_have_the_options_of_the_map(two: MaClient, tmp_path: Path) -> None:
    note = str(tmp_path / "tries")

    @task(retries=2, backoff=0)
    def second_time(x: int, note: str) -> int:
        with Path(f"{note}-{x}").open("a") as file:
            file.write("x")
        if x == 1 and Path(f"{note}-{x}").stat().st_size < 2:
            raise ValueError("the first time")
        return x

    @task(timeout=0.5)
    def too_long(x: float) -> float:
        time.sleep(x)
        return x

    workflow = two.create_workflow("options")
    made = workflow.add_task(give, {"value": [0, 30]}).outputs["result"]
    retried = workflow.add_map(second_time, range(3), {"note": note})
    stopped = workflow.add_map(too_long, made, name="slow")
    run = finish(two, workflow, "failed")
    assert run.result(retried) == {"result": [0, 1, 2]}
    assert names(run, "task_retry") == ["second_time[1]"]
    assert run.result("slow[0]") == {"result": 0}
    with pytest.raises(TaskTimeoutError, match=r"'slow\[1\]'"):
        run.result("slow[1]")
    with pytest.raises(TaskSkippedError):
        run.result(stopped)


def test_to_cancel_a_map_is_to_cancel_its_items(client: MaClient, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    workflow = client.create_workflow("cancel")
    inputs = {"path": str(go_on)}
    mapped = workflow.add_map(wait_for, range(6), inputs, name="f", isolation="process")
    after = workflow.add_reduce(total, mapped.outputs["result"], name="after")
    other = workflow.add_map(wait_for, range(3), inputs, name="other", isolation="process")
    run = client.get_run(workflow.run())
    # Which of the two maps Dask hears of first is not settled.
    wait_for_start(run, "")
    run.cancel(mapped)
    run.cancel("other[1]")
    go_on.touch()
    assert run.wait(SECONDS) == "cancelled", messages_of(run, "task_exception")
    cancelled = set(names(run, "task_cancelled"))
    assert cancelled == {"f", *(f"f[{n}]" for n in range(6)), "other[1]"}
    with pytest.raises(TaskCancelledError):
        run.result("f[0]")
    with pytest.raises(TaskSkippedError):
        run.result(after)
    assert run.result("other[0]") == {"result": 0}
    assert run.result("other[2]") == {"result": 2}
    with pytest.raises(TaskSkippedError, match=r"other\[1\]"):
        run.result(other)


def test_a_map_of_which_an_item_was_cancelled_can_be_cancelled_too(
    client: MaClient, tmp_path: Path
) -> None:
    workflow = client.create_workflow("rest")
    inputs = {"path": str(tmp_path / "never")}
    mapped = workflow.add_map(wait_for, range(6), inputs, name="f", isolation="process")
    workflow.add_reduce(total, mapped.outputs["result"], name="after")
    run = client.get_run(workflow.run())
    wait_for_start(run, "f[")
    run.cancel("f[1]")
    run.cancel(mapped)
    run.cancel(mapped)
    assert run.wait(SECONDS) == "cancelled", messages_of(run, "task_exception")
    assert sorted(names(run, "task_cancelled")) == [f"f[{n}]" for n in range(6)]
    assert sorted(names(run, "task_skipped")) == ["after", "f"]


def wait_for_start(run: Run, beginning: str) -> None:
    """Wait until a task began whose name begins so."""
    for message in run.messages():
        if message["type"] == "start_task" and message["data"]["task_name"].startswith(beginning):
            return


def test_to_cancel_a_run_ends_it_also_while_a_map_waits_for_its_list(
    client: MaClient, tmp_path: Path
) -> None:
    workflow = client.create_workflow("cancelled")
    inputs = {"x": [1], "path": str(tmp_path / "never")}
    made = workflow.add_task(wait_for, inputs, isolation="process", name="made").outputs["result"]
    workflow.add_reduce(total, workflow.add_map(times, made).outputs["result"])
    run = client.get_run(workflow.run())
    wait_for_start(run, "made")
    assert run.explain("times").startswith("waits for 'made' (")
    run.cancel()
    assert run.wait(SECONDS) == "cancelled"
    assert sorted(names(run, "task_cancelled")) == ["made", "times", "total"]
