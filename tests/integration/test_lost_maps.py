"""Maps whose workers, schedulers or results are lost: each item is made once more at most."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import (
    PoisonousTaskError,
    RunInterruptedError,
    TaskFailedError,
    TaskSkippedError,
)
from maze_nb.sdk.run import Run

BOUND = 90
SIZE = 100_000
COUNT = 12


def note(name: str) -> None:
    """Note, in a task, that it was begun."""
    from maze_nb import current_task

    me = current_task()
    with open(os.path.join(os.environ["NOTES"], f"{me.run_id}-{name}"), "a") as file:
        file.write("x")


def wait_for(name: str) -> None:
    """Wait, in a task, until a file is there."""
    deadline = time.monotonic() + BOUND
    while not os.path.exists(os.path.join(os.environ["NOTES"], name)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@task
def blocks(count: int):
    """Make a list of big values."""
    note("blocks")
    return [bytes([n]) * SIZE for n in range(count)]


@task(keep="memory")
def blocks_in_memory(count: int):
    """Make a list of big values, which is lost with its worker."""
    return [bytes([n]) * SIZE for n in range(count)]


@task
def end_worker_at(x: bytes, bad: int):
    """End the process of the worker for one item."""
    import signal

    if x[0] == bad:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


@task
def twice(x: bytes, late: int):
    """Make a big value of one; some only when they are told to."""
    note(f"item-{x[0]}")
    if x[0] >= late:
        wait_for("go")
    return x + x


@task
def first_bytes(xs: list[bytes]):
    """Tell the items apart."""
    return [x[0] for x in xs if len(x) == 2 * SIZE]


@task(keep="memory")
def changing():
    """Return a longer list each time, which is too big for an event."""
    note("changing")
    from maze_nb import current_task

    path = os.path.join(os.environ["NOTES"], f"{current_task().run_id}-changing")
    return [bytes(SIZE)] * (2 + os.path.getsize(path))


@task
def when_told(x: Any):
    """Wait."""
    wait_for("go")
    return x


@task
def give(value: Any):
    """Return what it is given."""
    return value


@task
def or_seven(x: Any = 7, y: int = 0):
    """Do without an input, after another."""
    return x + y


def add(client: MaClient, late: int = 4) -> Any:
    """Return a workflow that maps over a list of big values, and reads the lists."""
    workflow = client.create_workflow("lost")
    source = workflow.add_task(blocks, {"count": COUNT}).outputs["result"]
    mapped = workflow.add_map(twice, source, {"late": late}, resources={"cpu": 0.1})
    workflow.add_reduce(first_bytes, mapped.outputs["result"])
    return workflow


def wait_for_items(run: Run, count: int) -> None:
    """Wait until so many items are done."""
    for message in run.messages():
        if message["type"] == "finish_task" and message["data"]["task_name"].startswith("twice["):
            count -= 1
            if not count:
                return
    raise AssertionError("the run ended")


def begun(work: Path, run: Run) -> dict[str, int]:
    """Return how often each item was begun."""
    found = {}
    for number in range(COUNT):
        file = work / f"{run.run_id}-item-{number}"
        found[f"twice[{number}]"] = len(file.read_text()) if file.exists() else 0
    return found


def expect(run: Run) -> None:
    """Look at what a run of `add` has made."""
    assert run.wait(BOUND) == "succeeded"
    assert run.result("first_bytes") == {"result": list(range(COUNT))}
    assert run.result("twice")["result"] == [bytes([n]) * 2 * SIZE for n in range(COUNT)]
    kinds = [message["type"] for message in run.messages()]
    assert kinds.count("task_expanded") == 1
    assert [message["seq"] for message in run.messages()] == list(range(1, len(kinds) + 1))


def test_items_of_a_lost_worker_are_made_again(
    start_cluster: Callable[..., Any], tmp_path: Path
) -> None:
    cluster = start_cluster({"NOTES": str(tmp_path)})
    cluster.add_worker("goes", "--nthreads", "4")
    with MaClient(cluster.address) as client:
        run = client.get_run(add(client).run())
        wait_for_items(run, 4)
        cluster.add_worker("stays", "--nthreads", "4")
        cluster.workers[0].kill()
        cluster.workers[0].wait(10)
        (tmp_path / "go").touch()
        expect(run)
    counts = begun(tmp_path, run)
    assert {counts[f"twice[{n}]"] for n in range(4)} == {1}
    assert max(counts.values()) <= 2


def test_an_item_that_ends_its_worker_while_its_list_is_lost_too_fails(
    start_cluster: Callable[..., Any], tmp_path: Path
) -> None:
    cluster = start_cluster({"NOTES": str(tmp_path)})
    cluster.add_worker("nannied", "--nanny")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow("deadly")
        source = workflow.add_task(blocks_in_memory, {"count": 1}).outputs["result"]
        mapped = workflow.add_map(end_worker_at, source, {"bad": 0}, name="f")
        workflow.add_reduce(first_bytes, mapped.outputs["result"])
        run = client.get_run(workflow.run())
        assert run.wait(BOUND) == "failed"
        with pytest.raises(PoisonousTaskError, match="took 3 processes down"):
            run.result("f[0]")
        with pytest.raises(TaskSkippedError, match="PoisonousTaskError"):
            run.result("first_bytes")
    assert "Traceback" not in cluster.log.read_text()


@pytest.fixture
def restart(tmp_path: Path, cluster_type: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that starts a scheduler and a worker; those before are killed."""
    env = {HOME_VARIABLE: str(tmp_path / "home"), "NOTES": str(tmp_path)}
    monkeypatch.setenv(HOME_VARIABLE, env[HOME_VARIABLE])
    clusters: list[Any] = []

    def start() -> str:
        if clusters:
            clusters[-1].kill()
        clusters.append(cluster_type(tmp_path, env))
        clusters[-1].add_worker(f"w{len(clusters)}", "--nthreads", "8")
        address: str = clusters[-1].address
        return address

    yield start
    clusters[-1].close()


@pytest.mark.parametrize("late", [4, 0], ids=["some are done", "none is done"])
def test_items_that_are_done_are_not_made_again_after_a_resume(
    restart: Callable[[], str], tmp_path: Path, late: int
) -> None:
    with MaClient(restart()) as client:
        run_id = add(client, late).run()
        if late:
            wait_for_items(client.get_run(run_id), late)
        else:
            for message in client.get_run(run_id).messages():
                if message["type"] == "start_task" and "twice" in message["data"]["task_name"]:
                    break
    with MaClient(restart()) as client:
        run = client.get_run(run_id)
        with pytest.raises(RunInterruptedError):
            run.wait(BOUND)
        plan = {planned.name: planned for planned in run.plan()}
        assert plan["blocks"].verdict == "stored"
        assert plan["twice"].reason == f"{COUNT - late} of its {COUNT} items have no stored result"
        (tmp_path / "go").touch()
        expect(client.resume(run_id))
    counts = begun(tmp_path, run)
    assert {counts[f"twice[{n}]"] for n in range(late)} <= {1}
    assert (tmp_path / f"{run_id}-blocks").read_text() == "x"


def test_a_list_that_is_another_when_it_is_made_again_fails_the_map(
    restart: Callable[[], str], tmp_path: Path
) -> None:
    with MaClient(restart()) as client:
        workflow = client.create_workflow("changing")
        source = workflow.add_task(changing)
        workflow.add_map(when_told, source.outputs["result"], name="f", resources={"cpu": 0.1})
        run_id = workflow.run()
        for message in client.get_run(run_id).messages():
            if message["type"] == "start_task" and message["data"]["task_name"] == "f[0]":
                break
    with MaClient(restart()) as client:
        run = client.resume(run_id)
        assert run.wait(BOUND) == "failed"
        says = r"'f' maps over had 3 items when it was first made, and has 4 now"
        with pytest.raises(TaskFailedError, match=says):
            run.result("f")
        (tmp_path / "go").touch()


def test_what_was_skipped_by_its_condition_stays_so_after_a_resume(
    restart: Callable[[], str], tmp_path: Path
) -> None:
    with MaClient(restart()) as client:
        workflow = client.create_workflow("conditions")
        no = workflow.add_task(give, {"value": False}, name="no").outputs["result"]
        maybe = workflow.add_task(give, {"value": 1}, name="maybe", when=no)
        skipped = workflow.add_map(give, [1, 2], name="skipped", when=no)
        slow = workflow.add_task(when_told, {"x": 5}, name="slow").outputs["result"]
        workflow.add_task(or_seven, {"x": maybe.outputs["result"], "y": slow}, name="one")
        workflow.add_task(or_seven, {"x": skipped.outputs["result"], "y": slow}, name="two")
        run_id = workflow.run()
        seen: set[str] = set()
        for message in client.get_run(run_id).messages():
            if message["type"] in ("task_skipped", "start_task"):
                seen.add(message["data"]["task_name"])
            if {"maybe", "skipped", "slow"} <= seen:
                break
    with MaClient(restart()) as client:
        run = client.resume(run_id)
        (tmp_path / "go").touch()
        assert run.wait(BOUND) == "succeeded"
        assert run.result("one") == {"result": 12}
        assert run.result("two") == {"result": 12}
