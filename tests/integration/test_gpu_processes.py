"""Tasks with GPU devices run in processes that see these devices only, and stay warm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from maze_nb import MaClient, current_task, task

GPUS = ("--resources", "GPU=2 VRAM=32000", "--nanny")


@task
def sees():
    return os.environ["CUDA_VISIBLE_DEVICES"], list(current_task().gpu_ids), os.getpid()


@pytest.fixture(scope="module")
def gpu_client(cluster_type: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MaClient]:
    """Give a client of workers with two devices and a module of their own in their folder."""
    folder = tmp_path_factory.mktemp("gpus")
    (folder / "modelbox.py").write_text(MODELBOX)
    cluster = cluster_type(folder)
    try:
        cluster.add_worker("a", *GPUS, env={"WORKER_TAGS": "first"})
        cluster.add_worker("b", *GPUS)
        with pytest.MonkeyPatch.context() as patch, MaClient(cluster.address) as client:
            patch.syspath_prepend(folder)
            yield client
    finally:
        cluster.close()


MODELBOX = """
import os
MODEL = []

def load():
    if not MODEL:
        MODEL.append(object())
        return "loaded", os.getpid()
    return "found", os.getpid()
"""


def test_a_task_sees_the_devices_it_was_given(gpu_client):
    workflow = gpu_client.create_workflow()
    for number, gpu in enumerate((0.25, 0.5, 1, 2, 0.25, 2, 1)):
        workflow.add_task(sees, resources={"gpu": gpu}, name=f"task-{number}")
    workflow.add_task(sees, isolation="process", name="none")
    run = gpu_client.get_run(workflow.run())
    assert run.wait(60) == "succeeded"
    for message in run.messages():
        if message["type"] == "start_task":
            visible, own, _ = run.result(message["data"]["task_id"])["result"]
            assert own == list(message["data"]["gpu_ids"])
            assert visible == ",".join(map(str, own))
    assert run.result("none")["result"][0] == ""


def test_what_a_module_holds_is_there_for_its_next_task_on_the_same_devices(gpu_client):
    import modelbox

    found = {}
    for name, gpu in (("first", 2), ("again", 2), ("one", 1)):
        workflow = gpu_client.create_workflow()
        workflow.add_task(modelbox.load, resources={"gpu": gpu}, tags=["first"], name=name)
        run = gpu_client.get_run(workflow.run())
        assert run.wait(30) == "succeeded"
        found[name] = run.result(name)["result"]
    assert found["first"][0] == "loaded"
    assert found["again"] == ("found", found["first"][1])
    assert found["one"][0] == "loaded"
