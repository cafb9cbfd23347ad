"""The options of tasks on a real cluster, from how they are refused to what they bring about."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, Run, Workflow, task
from maze_nb.errors import (
    MazeError,
    OptionError,
    ResourceError,
    TaskCancelledError,
    TaskSkippedError,
    UnknownTaskError,
    WorkflowError,
)


@task
def nothing() -> int:
    return 1


@task
def wait_for(path: str) -> str:
    """Return when a file is there."""
    deadline = time.monotonic() + 60
    while not Path(path).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path


@task
def add_one(value: Any) -> str:
    return f"{value}+1"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """Give a path at which a file appears at the end of the test, so that no task waits on."""
    path = tmp_path / "gate"
    yield path
    path.touch()


YESTERDAY = datetime.now() - timedelta(days=1)
BAD = [
    ({"timeout": 0}, OptionError, "a timeout of 0 would stop it before it starts"),
    ({"timeout": "5"}, OptionError, "finite number of seconds"),
    ({"isolation": "proces"}, OptionError, "did you mean 'process'?"),
    ({"isolation": "thread", "timeout": 5}, OptionError, "a thread cannot be stopped"),
    ({"isolation": "thread", "resources": {"gpu": 1}}, OptionError, "devices can only be given"),
    ({"retries": -1}, OptionError, "whole number from 0"),
    ({"backoff": -1}, OptionError, "0 or more seconds"),
    ({"retry_on": 5}, OptionError, "has 5, which is no exception type"),
    ({"retry_on": [ValueError, "x"]}, OptionError, "has 'x', which is no exception type"),
    ({"priority": 1000}, OptionError, "from -100 to 100"),
    ({"deadline": YESTERDAY}, OptionError, "ago: give a time that is still to come"),
    ({"deadline": -5}, OptionError, "more than 0 seconds"),
    ({"tags": "a,b"}, OptionError, "'a,b' is no tag"),
    ({"prefer": [1]}, OptionError, "1 is no tag"),
    ({"retrys": 1}, OptionError, "did you mean 'retries'?"),
    ({"resources": {"gpu": 1.5}}, ResourceError, "whole devices"),
    ({"resources": {"cpu": -1}}, ResourceError, "must not be negative"),
    ({"resources": {"vram": 1}}, ResourceError, "unknown resource 'vram'"),
]


@pytest.mark.parametrize(("options", "kind", "said"), BAD)
def test_bad_input_is_refused_where_it_is_given(
    embedded: MaClient, options: dict[str, Any], kind: type[MazeError], said: str
) -> None:
    workflow = embedded.create_workflow()
    with pytest.raises(kind) as caught:
        workflow.add_task(nothing, name="it", **options)
    assert said in str(caught.value)
    assert "task 'it'" in str(caught.value)
    with pytest.raises(kind, match="task 'decorated'"):

        @task(**options)
        def decorated() -> None: ...

    assert workflow.get_tasks() == []


def test_options_arrive_in_the_graph_of_the_run(embedded: MaClient) -> None:
    @task(retries=3, backoff=0.5, retry_on=(OSError, ValueError), priority=-7, tags=())
    def asked() -> int:
        return 1

    workflow = embedded.create_workflow()
    workflow.add_task(asked, deadline=3600, priority=9, isolation="thread")
    run = embedded.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    [told] = next(iter(run.messages()))["data"]["graph"]["tasks"]
    assert told["options"] == {
        "timeout": None,
        "isolation": "thread",
        "retries": 3,
        "backoff": 0.5,
        "retry_on": ["OSError", "ValueError"],
        "priority": 9,
        "deadline": {"seconds": 3600.0, "is_absolute": False},
        "tags": [],
        "prefer": [],
        "keep": "store",
        "cache": False,
        "version": "",
        "node": "",
        "env": [],
        "secrets": [],
        "destination": "",
    }


def test_a_tag_that_no_node_has_is_told_and_the_run_goes_on(embedded: MaClient) -> None:
    workflow = embedded.create_workflow()
    wanting = workflow.add_task(nothing, name="wanting", tags="moon-rock")
    free = workflow.add_task(nothing, name="free")
    run = embedded.get_run(workflow.run())
    assert run.result(free, timeout=30) == {"result": 1}
    pending = next(m for m in run.messages() if m["type"] == "task_pending")
    assert pending["data"]["task_id"] == wanting.task_id
    assert "moon-rock" in pending["data"]["reason"]
    assert "moon-rock" in run.explain(wanting)
    run.cancel(wanting)
    with pytest.raises(TaskCancelledError):
        run.result(wanting, timeout=30)
    assert run.wait(30) == "cancelled"


# How the task to be cancelled is named.
NAMINGS: list[Callable[[Any], Any]] = [
    lambda one: one,
    lambda one: one.task_id,
    lambda one: one.name,
]


@pytest.mark.parametrize("named", NAMINGS, ids=["task", "id", "name"])
def test_cancelling_one_task_skips_what_depends_on_it_and_no_more(
    embedded: MaClient, gate: Path, named: Callable[[Any], Any]
) -> None:
    workflow, (slow, after, end, apart) = branches(embedded, gate)
    run = embedded.get_run(workflow.run())
    await_start(run, slow.task_id)
    run.cancel(named(slow))
    with pytest.raises(TaskCancelledError, match="'slow'"):
        run.result(slow, timeout=30)
    for skipped in (after, end):
        with pytest.raises(TaskSkippedError, match=r"'slow'.*was cancelled"):
            run.result(skipped, timeout=30)
    assert run.result(apart, timeout=30) == {"result": "1+1"}
    gate.touch()
    assert run.wait(30) == "cancelled"
    assert "task_exception" not in [message["type"] for message in run.messages()]


def await_start(run: Run, task_id: str) -> None:
    for message in run.messages():
        if message["type"] == "start_task" and message["data"]["task_id"] == task_id:
            return
    pytest.fail("it never started")


def branches(client: MaClient, gate: Path) -> tuple[Workflow, list[Any]]:
    """Return a workflow of slow → after → end, and of apart."""
    workflow = client.create_workflow("branches")
    slow = workflow.add_task(wait_for, {"path": str(gate)}, name="slow")
    after = workflow.add_task(add_one, {"value": slow.outputs["result"]}, name="after")
    end = workflow.add_task(add_one, {"value": after.outputs["result"]}, name="end")
    apart = workflow.add_task(add_one, {"value": 1}, name="apart")
    return workflow, [slow, after, end, apart]


def test_cancelling_what_has_ended_or_is_not_there(embedded: MaClient) -> None:
    workflow = embedded.create_workflow()
    done = workflow.add_task(nothing)
    run = embedded.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    run.cancel(done)
    run.cancel()
    assert run.result(done) == {"result": 1}
    with pytest.raises(UnknownTaskError, match="did you mean 'nothing'"):
        run.cancel("nothin")


def test_a_task_cancels_itself_in_the_one_run_that_goes_on(embedded: MaClient, gate: Path) -> None:
    workflow, (slow, *_) = branches(embedded, gate)
    with pytest.raises(WorkflowError, match="no run of workflow 'branches' goes on"):
        slow.cancel()
    first, second = workflow.run(), workflow.run()
    with pytest.raises(WorkflowError, match=f"2 runs of workflow .* go on .{first}, {second}"):
        slow.cancel()
    slow.cancel(first)
    assert embedded.get_run(first).wait(30) == "cancelled"
    slow.cancel()
    gate.touch()
    assert embedded.get_run(second).wait(30) == "cancelled"


@task
def fail_until(path: str, times: int, kind: str) -> int:
    """Fail so often; a file remembers how often it did."""
    file = Path(path)
    failed = len(file.read_text()) if file.exists() else 0
    if failed < times:
        file.write_text("x" * (failed + 1))
        raise {"ValueError": ValueError, "OSError": OSError}[kind](f"failure {failed + 1}")
    return failed


def flaky(client: MaClient, path: Path, kind: str, **options: Any) -> Run:
    workflow = client.create_workflow()
    inputs = {"path": str(path), "times": 2, "kind": kind}
    workflow.add_task(fail_until, inputs, name="flaky", backoff=0.02, **options)
    run = client.get_run(workflow.run())
    run.wait(30)
    return run


def test_a_task_is_tried_again_as_often_as_it_asks(embedded: MaClient, tmp_path: Path) -> None:
    run = flaky(embedded, tmp_path / "a", "OSError", retries=2, retry_on=(OSError, KeyError))
    assert run.result("flaky") == {"result": 2}
    retries = [m["data"] for m in run.messages() if m["type"] == "task_retry"]
    assert [retry["attempt"] for retry in retries] == [1, 2]
    for number, retry in enumerate(retries, 1):
        assert 0.01 * number <= retry["delay"] <= 0.04 * number
        assert retry["error"]["message"] == f"failure {number}"
        assert "in fail_until" in retry["result"]


TOO_FEW = [({}, 0), ({"retries": 1}, 1), ({"retries": 5, "retry_on": KeyError}, 0)]


@pytest.mark.parametrize(("options", "times"), TOO_FEW)
def test_a_task_is_not_tried_again_beyond_that(
    embedded: MaClient, tmp_path: Path, options: dict[str, Any], times: int
) -> None:
    run = flaky(embedded, tmp_path / "a", "ValueError", **options)
    assert run.status == "failed"
    assert [m["type"] for m in run.messages()].count("task_retry") == times
    with pytest.raises(ValueError, match=f"failure {times + 1}"):
        run.result("flaky")


SCRIPT = """
import sys
from pathlib import Path
from maze_nb import MaClient, task

class Passing(Exception):
    pass

class Lasting(Exception):
    pass

@task(retries=5, backoff=0.01, retry_on=Passing)
def fail(kind, path):
    with Path(path).open("a") as file:
        file.write("x")
    raise {"passing": Passing, "lasting": Lasting}[kind]("no")

if __name__ == "__main__":
    with MaClient() as client:
        workflow = client.create_workflow()
        for kind in ("passing", "lasting"):
            for isolation in ("thread", "process"):
                name = f"{kind}-{isolation}"
                inputs = {"kind": kind, "path": str(Path(name).absolute())}
                workflow.add_task(fail, inputs, name=name, isolation=isolation)
        print(client.get_run(workflow.run()).wait(60))
        for path in sorted(Path().glob("*ing-*")):
            print(path, len(path.read_text()))
"""


def test_types_of_the_users_own_main_module_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=80, check=False,
    )  # fmt: skip
    assert done.stdout.split("\n") == [
        *("failed", "lasting-process 1", "lasting-thread 1", "passing-process 6"),
        *("passing-thread 6", ""),
    ], done.stderr


def test_a_drained_node_gets_no_work_until_it_is_undrained(embedded: MaClient, caplog) -> None:
    [node] = [node for node in embedded.nodes() if not node.fault]
    embedded.drain(node.node_id)
    try:
        assert {n.node_id: n.status for n in embedded.nodes()}[node.node_id] == "draining"
        workflow = embedded.create_workflow()
        waiting = workflow.add_task(nothing)
        run = embedded.get_run(workflow.run())
        pending = next(m for m in run.messages() if m["type"] == "task_pending")
        assert "drain" in pending["data"]["reason"]
    finally:
        embedded.undrain(node.node_id)
    assert run.result(waiting, timeout=30) == {"result": 1}
    with pytest.raises(MazeError, match="nowhere"):
        embedded.drain("nowhere")
    with pytest.raises(MazeError, match="nowhere"):
        embedded.undrain("nowhere")
    # The scheduler is in this process: what it refuses is not an error of its own.
    assert "nowhere" not in caplog.text
