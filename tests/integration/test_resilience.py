"""Workers that die, drain or get little: nothing is lost, and it is said what happened."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from maze_nb import MaClient, task
from maze_nb.errors import MazeError, PoisonousTaskError
from tests.waiting import wait_until


@task
def make_block(number):
    time.sleep(0.02)
    return np.full(20_000, number, dtype=np.int64)


@task(outputs=["big", "small"])
def big_and_small():
    return np.ones(300 * 2**17), 7


@task
def note_transfer(value):
    from distributed import get_worker

    worker = get_worker()
    received = sum(log["total"] for log in worker.transfer_incoming_log)
    return value, received, worker.name


@task
def die_here(folder):
    with open(os.path.join(folder, f"died-{time.time_ns()}"), "w"):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


@task
def wait_for(path, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)
    return os.path.exists(path)


@task
def where():
    from distributed import get_worker

    time.sleep(0.05)
    return get_worker().name


def test_kill_9_amid_200_tasks_with_retained_results(start_cluster) -> None:
    cluster = start_cluster()
    cluster.add_worker("a")
    cluster.add_worker("b")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        made = [workflow.add_task(make_block, inputs={"number": n}) for n in range(200)]
        run = client.get_run(workflow.run())
        finished = 0
        for message in run.messages():
            finished += message["type"] == "finish_task"
            if finished == 80:
                break
        victim = cluster.workers[0]
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait(10)
        assert run.wait(60) == "succeeded"
        for number, task_ in enumerate(made):
            block = run.result(task_, 30)["result"]
            assert block.shape == (20_000,)
            assert (block == number).all()
        node = next(n for n in client.nodes() if n.status == "available")
        assert node.cpu_free == node.cpu
        assert [n.node_id for n in client.nodes() if n.status == "terminated"] == ["a"]


@pytest.fixture(scope="module")
def left_and_right(tmp_path_factory: pytest.TempPathFactory, cluster_type) -> Iterator[str]:
    """Give the address of a scheduler with a worker `a` on the left, and `b` on the right."""
    cluster = cluster_type(tmp_path_factory.mktemp("both"))
    try:
        cluster.add_worker("a", env={"WORKER_TAGS": "left"})
        cluster.add_worker("b", env={"WORKER_TAGS": "right"})
        yield cluster.address
    finally:
        cluster.close()


def test_only_what_is_read_moves(left_and_right) -> None:
    with MaClient(left_and_right) as client:
        workflow = client.create_workflow()
        source = workflow.add_task(big_and_small, tags=["left"])
        reader = workflow.add_task(
            note_transfer, inputs={"value": source.outputs["small"]}, tags=["right"]
        )
        run = client.get_run(workflow.run())
        value, received, name = run.result(reader, 60)["result"]
        assert (value, name) == (7, "b")
        assert received < 1e6


def test_work_goes_where_most_bytes_are(left_and_right) -> None:
    with MaClient(left_and_right) as client:
        workflow = client.create_workflow()
        source = workflow.add_task(big_and_small, tags=["right"])
        reader = workflow.add_task(note_transfer, inputs={"value": source.outputs["big"]})
        run = client.get_run(workflow.run())
        _, received, name = run.result(reader, 60)["result"]
        assert name == "b"
        assert received < 1e6


def test_a_task_that_kills_three_workers_is_given_up(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    for name in "abcd":
        cluster.add_worker(name)
    folder = tmp_path / "deaths"
    folder.mkdir()
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        poison = workflow.add_task(die_here, inputs={"folder": str(folder)})
        fine = [workflow.add_task(make_block, inputs={"number": n}) for n in range(10)]
        run = client.get_run(workflow.run())
        with pytest.raises(PoisonousTaskError, match="took 3 processes down") as caught:
            run.result(poison, 60)
        assert str(caught.value).count("was lost") == 3
        assert len(list(folder.iterdir())) == 3
        assert run.wait(60) == "failed"
        assert [run.result(t, 30)["result"][0] for t in fine] == list(range(10))
        retried = [m["data"] for m in run.messages() if m["type"] == "task_retry"]
        assert [r["attempt"] for r in retried if r["task_id"] == poison.task_id] == [1, 2]


def _note(folder, name):
    with open(os.path.join(folder, f"{name}-{time.time_ns()}"), "w"):
        pass


@task
def noted(folder, name, value):
    _note(folder, name)
    return value


@task(keep="memory")
def noted_block(folder, name, number):
    _note(folder, name)
    return np.full(100_000, number, dtype=np.int64)


def _times(folder: Path) -> dict[str, int]:
    return dict(Counter(path.name.partition("-")[0] for path in folder.iterdir()))


def _kill_workers(cluster, *indices: int) -> None:
    for index in indices:
        cluster.workers[index].kill()
        cluster.workers[index].wait(10)


def test_what_has_ended_runs_again_only_if_it_is_read(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a")
    folder = tmp_path / "notes"
    folder.mkdir()
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()

        def add(function, name, **inputs):
            return workflow.add_task(
                function, inputs={"folder": str(folder), "name": name, **inputs}, name=name
            )

        small = add(noted, "small", value=5)
        block = add(noted_block, "block", number=small.outputs["result"])
        last = add(noted, "last", value=3)
        run = client.get_run(workflow.run())
        assert run.wait(30) == "succeeded"
        told = len(list(run.messages()))
        _kill_workers(cluster, 0)
        cluster.add_worker("b")
        wait_until(lambda: any(node.node_id == "b" for node in client.nodes()))
        other = client.create_workflow()
        canary = other.add_task(where)
        assert client.get_run(other.run()).result(canary, 30) == {"result": "b"}
        assert run.result(small)["result"] == 5
        assert run.result(last)["result"] == 3
        assert _times(folder) == {"small": 1, "block": 1, "last": 1}
        # Too big for the messages and in no file, so it is made again; what it reads is loaded.
        assert (run.result(block)["result"] == 5).all()
        assert _times(folder) == {"small": 1, "block": 2, "last": 1}
        assert run.status == "succeeded"
        assert len(list(run.messages())) == told


def test_what_a_run_needs_no_more_is_not_made_again(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a", env={"WORKER_TAGS": "left"})
    cluster.add_worker("b", env={"WORKER_TAGS": "right"})
    folder = tmp_path / "notes"
    folder.mkdir()
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()

        def add(function, name, tags, **inputs):
            given = {"folder": str(folder), "name": name, **inputs}
            return workflow.add_task(function, inputs=given, name=name, prefer=tags)

        read = add(noted, "read", ["left"], value=5)
        reader = add(noted, "reader", ["left"], value=read.outputs["result"])
        needed = add(noted, "needed", ["left"], value=6)
        block = add(noted_block, "block", ["left"], number=4)
        gate = workflow.add_task(
            wait_for, inputs={"path": str(tmp_path / "go")}, tags=["right"], name="gate"
        )
        both = workflow.add_task(
            add_up, inputs={"a": needed.outputs["result"], "b": gate.outputs["result"]}
        )
        more = workflow.add_task(
            add_up, inputs={"a": block.outputs["result"], "b": both.outputs["result"]}
        )
        run = client.get_run(workflow.run())
        for each, value in ((read, 5), (reader, 5), (needed, 6)):
            assert run.result(each, 30)["result"] == value
        assert run.result(block, 30)["result"][0] == 4
        _kill_workers(cluster, 0)
        (tmp_path / "go").touch()
        assert run.result(both, 60)["result"] == 7
        assert (run.result(more, 60)["result"] == 11).all()
        assert run.wait(30) == "succeeded"
        # The block was nowhere but in the memory of the lost worker; the number is loaded.
        assert _times(folder) == {"read": 1, "reader": 1, "needed": 1, "block": 2}


@task
def add_up(a, b):
    return a + b


def test_a_drained_node_gets_no_new_work_and_loses_nothing(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a")
    cluster.add_worker("b")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        waits = workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
        after = workflow.add_task(add_up, inputs={"a": waits.outputs["result"], "b": 1})
        run = client.get_run(workflow.run())
        started = next(m for m in run.messages() if m["type"] == "start_task")
        busy = started["data"]["node_id"]
        other = "b" if busy == "a" else "a"
        assert run.explain(after) == "waits for 'wait_for' (running)"
        client.drain(busy)
        assert {n.node_id: n.status for n in client.nodes()} == {
            busy: "draining",
            other: "available",
        }
        second = client.create_workflow()
        placed = [second.add_task(where) for _ in range(8)]
        names = client.get_run(second.run())
        assert {names.result(t, 30)["result"] for t in placed} == {other}
        (tmp_path / "go").touch()
        assert run.result(after, 30) == {"result": 2}
        client.undrain(busy)
        assert {n.status for n in client.nodes()} == {"available"}
        with pytest.raises(MazeError, match="no node 'c'"):
            client.drain("c")


def test_a_drained_node_can_be_closed_with_its_results_moved(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a")
    cluster.add_worker("b")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        made = [workflow.add_task(make_block, inputs={"number": n}) for n in range(40)]
        run = client.get_run(workflow.run())
        assert run.wait(60) == "succeeded"
        client.drain("a", close=True)
        cluster.workers[0].wait(30)
        statuses = {n.node_id: n.status for n in client.nodes()}
        assert statuses == {"a": "terminated", "b": "available"}
        assert "drained" in next(n.fault for n in client.nodes() if n.node_id == "a")
        for number, task_ in enumerate(made):
            assert (run.result(task_, 30)["result"] == number).all()
        assert not [m for m in run.messages() if m["type"] == "task_retry"]


def test_a_result_that_waits_to_be_loaded_is_given_up_with_its_run(
    start_cluster, tmp_path: Path
) -> None:
    cluster = start_cluster()
    one = ("--nthreads", "1", "--resources", "CPU=1")
    cluster.add_worker("a", *one, env={"WORKER_TAGS": "left"})
    cluster.add_worker("b", *one, env={"WORKER_TAGS": "right"})
    go, gate_begun = tmp_path / "go", tmp_path / "begun"
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        block = workflow.add_task(make_block, inputs={"number": 1}, prefer="left")
        gate = workflow.add_task(
            begin_and_wait, inputs={"begun": str(gate_begun), "path": str(go)}, tags="right"
        )
        workflow.add_task(
            add_up, inputs={"a": block.outputs["result"], "b": gate.outputs["result"]}
        )
        run = client.get_run(workflow.run())
        assert run.result(block, 30)["result"][0] == 1
        wait_until(gate_begun.exists)
        _kill_workers(cluster, 0)
        wait_until(lambda: [n.status for n in client.nodes() if n.node_id == "b"] == ["busy"])
        wait_until(lambda: len([n for n in client.nodes() if n.status != "terminated"]) == 1)
        run.cancel()
        assert run.wait(30) == "cancelled"
        go.touch()
        wait_until(lambda: [n.cpu_free for n in client.nodes() if n.node_id == "b"] == [1.0])
        other = client.create_workflow()
        canaries = [other.add_task(where) for _ in range(4)]
        after = client.get_run(other.run())
        assert [after.result(each, 30)["result"] for each in canaries] == ["b"] * 4


@task
def begin_and_wait(begun, path):
    Path(begun).touch()
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return 1
