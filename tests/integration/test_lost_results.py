"""Results that are lost with a worker, and loaded on one that has made them before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.sdk.run import Run

BOUND = 60
SIZE = 100_000


@task
def big(*, of: bytes = b"", letter: str = "x"):
    return letter.encode() * SIZE


@task
def length(of: bytes):
    return len(of)


@task
def lengths(of: bytes, after: list[str]):
    return len(of)


@task
def tell(of: bytes, path: str):
    with Path(path).open("a") as file:
        file.write("told\n")


@task
def wait_for(path: str):
    deadline = time.monotonic() + BOUND
    while not Path(path).exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return path


@pytest.fixture
def two_nodes(start_cluster: Callable[[], Any]) -> Iterator[Any]:
    """Give a cluster with a worker that stays, and one that can be lost."""
    cluster = start_cluster()
    for name in ("stays", "goes"):
        cluster.add_worker(name, env={"WORKER_TAGS": name})
    return cluster


def wait_until_finished(run: Run, names: set[str]) -> None:
    for message in run.messages():
        if message["type"] == "finish_task":
            names.discard(message["data"]["task_name"])
        if not names:
            return


def test_a_worker_loads_what_it_has_made_from_what_is_nowhere(two_nodes, tmp_path):
    """A worker remembers what a task read when it made it; to load it, none of that is needed."""
    go_on = tmp_path / "go-on"
    with MaClient(two_nodes.address) as client:
        workflow = client.create_workflow()
        first = workflow.add_task(big, name="first", tags="stays")
        second = workflow.add_task(
            big, inputs={"of": first.outputs["result"]}, name="second", tags="stays"
        )
        # It keeps the second known to the worker that stays, after its outputs have left memory.
        workflow.add_task(
            length, inputs={"of": second.outputs["result"]}, name="reader", tags="stays"
        )
        third = workflow.add_task(
            big,
            inputs={"of": second.outputs["result"], "letter": "y"},
            name="third",
            tags="goes",
            keep="memory",
        )
        # These are later than the others, and leave no thread to load anything.
        waits = [
            workflow.add_task(wait_for, inputs={"path": str(go_on)}, tags="stays", priority=-1)
            for _ in range(2)
        ]
        last = workflow.add_task(
            lengths,
            inputs={
                "of": third.outputs["result"],
                "after": [wait.outputs["result"] for wait in waits],
            },
            tags="stays",
        )
        run = client.get_run(workflow.run())
        wait_until_finished(run, {"first", "second", "reader", "third"})
        two_nodes.workers[1].kill()
        two_nodes.workers[1].wait(10)
        two_nodes.add_worker("goes again", env={"WORKER_TAGS": "goes"})
        go_on.touch()
        assert run.result(last, BOUND) == {"result": SIZE}
        told = [(each["type"], each["data"].get("task_name")) for each in run.messages()]
        assert [name for kind, name in told if kind == "task_retry"] == ["third"]
        assert "task_pending" not in [kind for kind, name in told if name == "second"]


def test_a_copy_that_the_scheduler_does_not_know_of(two_nodes, tmp_path):
    """A worker that is to make what it has a copy of gives that, and no report on making it."""
    go_on = tmp_path / "go-on"
    with MaClient(two_nodes.address) as client:
        workflow = client.create_workflow()
        lost = workflow.add_task(big, task_id="lost", prefer="goes", keep="memory")
        of = {"of": lost.outputs["result"]}
        workflow.add_task(length, inputs=of, name="reader", tags="stays")
        wait = workflow.add_task(wait_for, inputs={"path": str(go_on)}, tags="stays")
        last = workflow.add_task(lengths, inputs={**of, "after": [wait.outputs["result"]]})
        run = client.get_run(workflow.run())
        wait_until_finished(run, {"reader"})
        assert client.dask_client.run_on_scheduler(_forget_copy, "lost", "stays")
        two_nodes.workers[1].kill()
        two_nodes.workers[1].wait(10)
        go_on.touch()
        assert run.result(last, BOUND) == {"result": SIZE}
        assert run.wait(BOUND) == "succeeded"


def test_what_waits_and_is_then_found_in_the_cache(two_nodes, tmp_path):
    """What waited for a place is not run there once its outputs are known from elsewhere."""
    go_on, told = tmp_path / "go-on", tmp_path / "told"
    with MaClient(two_nodes.address) as client:

        def begin(tags: str | None) -> Run:
            workflow = client.create_workflow()
            first = workflow.add_task(big, name="first", prefer="goes", keep="both", cache=True)
            inputs = {"of": first.outputs["result"], "path": str(told)}
            workflow.add_task(tell, inputs=inputs, name="tell", tags=tags, cache=True)
            if tags:
                workflow.add_task(wait_for, inputs={"path": str(go_on)}, tags="stays")
            return client.get_run(workflow.run())

        run = begin("later")
        wait_until_finished(run, {"first"})
        assert begin(None).wait(BOUND) == "succeeded"
        two_nodes.workers[1].kill()
        two_nodes.workers[1].wait(10)
        wait_until_finished(run, {"tell"})
        two_nodes.add_worker("later", env={"WORKER_TAGS": "later"})
        workflow = client.create_workflow()
        after = workflow.add_task(length, inputs={"of": b""}, tags="later")
        assert workflow.get_task_result(workflow.run(), after) == {"result": 0}
        go_on.touch()
        assert run.wait(BOUND) == "succeeded"
    assert told.read_text() == "told\n"


def _forget_copy(task_id: str, worker_name: str, dask_scheduler: Any) -> bool:
    """Have the scheduler not know of one of two copies, as if it had not been told yet."""
    (state,) = (each for key, each in dask_scheduler.tasks.items() if key[1] == task_id)
    (holder,) = (each for each in state.who_has if each.name == worker_name)
    dask_scheduler.remove_replica(state, holder)
    return len(state.who_has) == 1
