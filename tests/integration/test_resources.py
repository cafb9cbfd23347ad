"""Resources on real workers: devices, VRAM, waiting with a reason, and plain Dask beside."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from maze_nb import MaClient, current_task, task
from maze_nb.errors import ConnectionFailedError, TaskFailedError


@task
def on_device(folder, label, after=""):
    """Say that it runs, and end when it is told to."""
    here = current_task()
    path = os.path.join(folder, label)
    with open(path + ".begun", "w") as file:
        file.write(repr(here.gpu_ids))
    deadline = time.monotonic() + 30
    while after and not os.path.exists(os.path.join(folder, after)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return list(here.gpu_ids)


@pytest.fixture
def gpu_client(start_cluster) -> Iterator[MaClient]:
    cluster = start_cluster()
    cluster.add_worker("gpus", "--resources", "GPU=1 VRAM=16000", "--nthreads", "4")
    with MaClient(cluster.address) as client:
        yield client


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_two_halves_share_a_device_and_the_third_waits(gpu_client, tmp_path: Path) -> None:
    workflow = gpu_client.create_workflow()
    for label in "abc":
        workflow.add_task(
            on_device,
            inputs={"folder": str(tmp_path), "label": label, "after": "go"},
            resources={"gpu": 0.5},
            name=label,
        )
    run = gpu_client.get_run(workflow.run())
    pending = next(m for m in run.messages() if m["type"] == "task_pending")
    last = pending["data"]["task_name"]
    assert pending["data"]["reason"] == (
        "needs 0.5 GPU on one device; best is node gpus, GPU 0, with 0 free"
    )
    assert run.explain(last) == f"ready, but {pending['data']['reason']}"
    for label in {*"abc"} - {last}:
        wait_for(tmp_path / f"{label}.begun")
    assert not (tmp_path / f"{last}.begun").exists()
    (tmp_path / "go").touch()
    assert run.wait(20) == "succeeded"
    started = [m["data"] for m in run.messages() if m["type"] == "start_task"]
    assert [s["gpu_ids"] for s in started] == [[0], [0], [0]]
    assert {s["node_id"] for s in started} == {"gpus"}
    assert run.result(last) == {"result": [0]}


def test_smaller_ones_pass_one_that_waits_for_vram(gpu_client, tmp_path: Path) -> None:
    workflow = gpu_client.create_workflow()

    def add(label: str, gpu: float, gpu_mem: float, after: str = "") -> None:
        workflow.add_task(
            on_device,
            inputs={"folder": str(tmp_path), "label": label, "after": after},
            resources={"gpu": gpu, "gpu_mem": gpu_mem, "cpu": 0.5},
            name=label,
        )

    add("holder", 0.5, 12000, "go")
    run = gpu_client.get_run(workflow.run())
    wait_for(tmp_path / "holder.begun")
    second = gpu_client.create_workflow()
    workflow = second
    add("big", 0.25, 8000)
    add("small", 0.25, 2000)
    waiting = gpu_client.get_run(second.run())
    wait_for(tmp_path / "small.begun")
    reason = next(m for m in waiting.messages() if m["type"] == "task_pending")["data"]["reason"]
    assert re.fullmatch(
        "needs 8000 MB VRAM on one device; best is node gpus, GPU 0, with [42]000 MB free of 16000",
        reason,
    )
    assert not (tmp_path / "big.begun").exists()
    (tmp_path / "go").touch()
    assert waiting.wait(20) == "succeeded"
    assert run.wait(20) == "succeeded"


def test_what_no_node_fits_is_told_and_then_fails(start_cluster, tmp_path: Path) -> None:
    with (
        dask.config.set({"maze.infeasible-grace": "1s"}),
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        MaClient(cluster=cluster) as client,
    ):
        workflow = client.create_workflow()
        made = workflow.add_task(
            on_device, inputs={"folder": str(tmp_path), "label": "x"}, resources={"gpu": 1}
        )
        run = client.get_run(workflow.run())
        assert run.wait(20) == "failed"
        types = [m["type"] for m in run.messages() if m["type"] != "node_usage"]
        assert types == ["start_workflow", "task_pending", "task_exception", "finish_workflow"]
        with pytest.raises(TaskFailedError, match="has no GPU"):
            run.result(made)


def test_plain_dask_work_is_untouched(gpu_client, tmp_path: Path) -> None:
    dask_client = gpu_client.dask_client
    assert dask_client.submit(lambda x: x + 1, 1).result(20) == 2
    declared = dask_client.submit(pow, 2, 3, resources={"GPU": 1}).result(20)
    assert declared == 8
    futures = dask_client.map(lambda x: x * 2, range(20))
    assert sum(dask_client.gather(futures)) == 380
    with pytest.raises(ZeroDivisionError):
        dask_client.submit(lambda: 1 / 0).result(20)


def test_a_worker_without_maze_still_serves_dask(start_cluster, tmp_path: Path) -> None:
    blocker = tmp_path / "block" / "sitecustomize.py"
    blocker.parent.mkdir()
    blocker.write_text(
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'maze_nb':\n"
        "            raise ModuleNotFoundError(\"No module named 'maze_nb'\", name='maze_nb')\n"
        "sys.meta_path.insert(0, Block())\n"
    )
    cluster = start_cluster()
    cluster.add_worker("bare", env={"PYTHONPATH": str(blocker.parent)})
    with MaClient(cluster.address) as client:
        assert client.dask_client.submit(pow, 2, 3).result(20) == 8
        faults = [node.fault for node in client.nodes()]
        assert len(faults) == 1
        assert "cannot import maze_nb" in faults[0]
        workflow = client.create_workflow()
        workflow.add_task(on_device, inputs={"folder": str(tmp_path), "label": "x"})
        run = client.get_run(workflow.run())
        reason = next(m for m in run.messages() if m["type"] == "task_pending")["data"]["reason"]
        assert "no node that takes tasks" in reason
        assert "cannot import maze_nb" in reason
        cluster.add_worker("whole")
        assert run.wait(20) == "succeeded"


@pytest.mark.parametrize("resources", ["GPU=0.5", "GPU=-1"])
def test_a_worker_that_declares_nonsense_says_so(start_cluster, resources: str) -> None:
    cluster = start_cluster()
    cluster.add_worker("odd", "--resources", resources)
    with MaClient(cluster.address) as client:
        assert [node.status for node in client.nodes()] == ["unusable"]
        assert "GPU" in client.nodes()[0].fault


def test_a_local_cluster_object(tmp_path: Path) -> None:
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        MaClient(cluster=cluster) as client,
    ):
        workflow = client.create_workflow()
        made = workflow.add_task(on_device, inputs={"folder": str(tmp_path), "label": "x"})
        assert workflow.get_task_result(workflow.run(), made) == {"result": []}


def test_an_address_where_nobody_is() -> None:
    with pytest.raises(ConnectionFailedError, match=r"127\.0\.0\.1:9"):
        MaClient("tcp://127.0.0.1:9")
