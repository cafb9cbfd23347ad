"""What workers say of themselves and of how they are doing, as people see it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from maze_nb import MaClient, current_task, task
from maze_nb.errors import PoisonousTaskError
from tests.waiting import wait_until


@task
def leave_a_file():
    folder = current_task().dir
    path = os.path.join(folder, "note.txt")
    with open(path, "w") as file:
        file.write("here")
    return path


@task
def spin(seconds, path):
    until = time.monotonic() + seconds
    while time.monotonic() < until and not os.path.exists(path):
        pass


@task
def die_here():
    os.kill(os.getpid(), signal.SIGKILL)


@task(isolation="process", retries=0)
def in_a_process():
    return os.getpid()


def _node(client, node_id):
    return next((node for node in client.nodes() if node.node_id == node_id), None)


def test_who_a_worker_is_and_how_it_is_doing(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    ends = time.time() + 3600
    cluster.add_worker(
        "a",
        env={
            "WORKER_TAGS": "a100, fast-disk",
            "RESULTS_DIR": str(tmp_path / "results"),
            "HEARTBEAT_INTERVAL_SEC": "0.2",
            "MAZE_ENDS": str(ends),
        },
    )
    with MaClient(cluster.address) as client:
        wait_until(lambda: _node(client, "a").heard)
        node = _node(client, "a")
        assert node.tags == ("a100", "fast-disk")
        assert node.results_dir == str(tmp_path / "results")
        assert node.ends == pytest.approx(ends)
        assert node.status == "available"
        assert node.tasks == 0

        workflow = client.create_workflow()
        left = workflow.add_task(leave_a_file, tags=["a100"])
        busy = workflow.add_task(
            spin, inputs={"seconds": 30, "path": str(tmp_path / "stop")}, prefer=["a100"]
        )
        run = client.get_run(workflow.run())
        path = Path(run.result(left, 30)["result"])
        assert path.read_text() == "here"
        assert (tmp_path / "results") in path.parents
        wait_until(lambda: (_node(client, "a").status, _node(client, "a").tasks) == ("busy", 1))
        heard = _node(client, "a").heard
        wait_until(lambda: _node(client, "a").heard > heard and _node(client, "a").load > 0)
        assert _node(client, "a").memory_used > 0
        (tmp_path / "stop").touch()
        run.result(busy, 30)
        wait_until(lambda: _node(client, "a").status == "available")


def test_a_worker_with_a_senseless_environment_says_so(start_cluster) -> None:
    cluster = start_cluster()
    cluster.add_worker("a", env={"HEARTBEAT_INTERVAL_SEC": "often"})
    cluster.add_worker("b", "--resources", "GPU=0.5")
    cluster.add_worker("c", "--resources", "gpu=1")
    with MaClient(cluster.address) as client:
        wait_until(lambda: len(client.nodes()) == 3)
        assert {node.status for node in client.nodes()} == {"unusable"}
        faults = "\n".join(node.fault for node in client.nodes())
        assert "HEARTBEAT_INTERVAL_SEC is 'often'" in faults
        assert "GPU=0.5" in faults
        assert "did you mean 'GPU'?" in faults
        # Ordinary Dask work goes on there.
        assert client.dask_client.submit(sum, [1, 2]).result(timeout=30) == 3


def test_how_the_processes_of_a_poisonous_task_ended_is_known(start_cluster) -> None:
    cluster = start_cluster()
    cluster.add_worker("a", "--nanny")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        poison = workflow.add_task(die_here)
        run = client.get_run(workflow.run())
        with pytest.raises(PoisonousTaskError, match="took 3 processes down") as caught:
            run.result(poison, 100)
        assert str(caught.value).count("signal SIGKILL") == 3


def test_a_node_that_cannot_start_processes_is_set_aside(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a", "--nthreads", "1")
    with MaClient(cluster.address) as client:
        _break_interpreter(client, "a")
        workflow = client.create_workflow()
        tasks = [workflow.add_task(in_a_process) for _ in range(4)]
        run = client.get_run(workflow.run())
        wait_until(lambda: _node(client, "a").status == "set aside", 60)
        assert "task after task failed" in _node(client, "a").fault
        cluster.add_worker("b")
        found = {run.result(each, 60)["result"] for each in tasks}
        assert all(isinstance(pid, int) for pid in found)
        assert run.wait(30) == "succeeded"


def test_a_task_that_fails_does_not_set_its_node_aside(embedded) -> None:
    workflow = embedded.create_workflow()
    tasks = [workflow.add_task(fail) for _ in range(8)]
    run = embedded.get_run(workflow.run())
    for each in tasks:
        with pytest.raises(ValueError, match="no reason"):
            run.result(each, 30)
    assert {node.status for node in embedded.nodes()} == {"available"}


@task
def fail():
    raise ValueError("no reason")


def _break_interpreter(client: MaClient, node_id: str) -> None:
    """Let a worker find no Python any more, as when a disk went away."""
    workers = _node(client, node_id).workers

    def spoil():
        import sys

        sys.executable = "/nowhere/python"

    client.dask_client.run(spoil, workers=list(workers))


@task(resources={"gpu": 1, "cpu": 0})
def with_model(number):
    loaded = getattr(os, "loaded_model", None)
    if loaded is None:
        loaded = os.loaded_model = f"{os.environ['CUDA_VISIBLE_DEVICES']} {os.getpid()}"
    return loaded


def test_what_a_task_loads_stays_warm_on_a_node_with_many_slots(
    start_cluster, tmp_path: Path
) -> None:
    cluster = start_cluster()
    shared = {"MAZE_NODE_ID": "box", "MAZE_RESOURCES": "CPU=4 GPU=2 VRAM=32000"}
    for name in ("box-0", "box-1", "box-2"):
        cluster.add_worker(name, env=shared)
    with MaClient(cluster.address) as client:
        assert len(_node(client, "box").workers) == 3
        loaded = _models(client, 4)
        busy = client.create_workflow()
        for _ in range(2):
            busy.add_task(spin, inputs={"seconds": 60, "path": str(tmp_path / "stop")})
        client.get_run(busy.run())
        wait_until(lambda: _node(client, "box").tasks == 2)
        assert _models(client, 4) == loaded
        (tmp_path / "stop").touch()
        assert sorted(each.split()[0] for each in loaded) == ["0", "1"]


def _models(client: MaClient, count: int) -> set[str]:
    workflow = client.create_workflow()
    models = [workflow.add_task(with_model, inputs={"number": n}) for n in range(count)]
    run = client.get_run(workflow.run())
    return {run.result(each, 60)["result"] for each in models}
