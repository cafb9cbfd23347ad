"""GPU devices as a worker finds them, and what other programs take of them.

There is no GPU where the tests run, so a module that speaks like NVML stands in for the driver;
all else is real: the worker, its heartbeats, the engine, a process that holds memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maze_nb import MaClient, current_task, task
from maze_nb.worker.foreign import has_first_pids
from tests.waiting import wait_until

STAND_IN = """
import json, os
from types import SimpleNamespace

class NVMLError(Exception):
    pass

def _told():
    with open(os.environ["STAND_IN_DEVICES"]) as file:
        return json.load(file)

def nvmlInit(): pass
def nvmlShutdown(): pass
def nvmlSystemGetDriverVersion(): return "550.54"
def nvmlDeviceGetCount(): return len(_told())
def nvmlDeviceGetHandleByIndex(index): return index
def nvmlDeviceGetName(index): return "Stand-in"
def nvmlDeviceGetUUID(index): return f"GPU-{index}"
def nvmlDeviceGetUtilizationRates(index): return SimpleNamespace(gpu=50)
def nvmlDeviceGetMemoryInfo(index):
    held = sum(_told()[index].values())
    return SimpleNamespace(total=16000 * 2**20, used=held * 2**20, free=(16000 - held) * 2**20)
def nvmlDeviceGetComputeRunningProcesses(index):
    return [
        SimpleNamespace(pid=int(pid), usedGpuMemory=held * 2**20)
        for pid, held in _told()[index].items()
    ]
"""


@task(resources={"gpu": 1, "gpu_mem": 10000})
def on_device():
    return current_task().gpu_ids


@task(resources={"gpu": 1, "gpu_mem": 10000})
def hold_own_memory(path):
    tell(Path(path), [{os.getpid(): 9000}])
    end = time.monotonic() + 60
    while not Path(path).with_name("seen").exists():
        assert time.monotonic() < end, "nobody saw it"
        time.sleep(0.02)
    return current_task().gpu_ids


def tell(path: Path, devices: list[dict[int, int]]) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(devices))
    draft.rename(path)


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """Give the file that says which process holds how many MB of which device."""
    path = tmp_path / "devices.json"
    tell(path, [{}])
    return path


@pytest.fixture
def gpu_client(start_cluster, tmp_path: Path, devices: Path):
    """Give a client of a worker with one device of 16000 MB, told of by the stand-in."""
    folder = tmp_path / "stand-in"
    folder.mkdir()
    (folder / "pynvml.py").write_text(STAND_IN)
    cluster = start_cluster()
    cluster.add_worker(
        "a",
        env={
            "PYTHONPATH": str(folder),
            "STAND_IN_DEVICES": str(devices),
            "HEARTBEAT_INTERVAL_SEC": "0.1",
            "DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "False",
        },
    )
    with MaClient(cluster.address) as client:
        yield client


def _device(client: MaClient):
    return client.nodes()[0].devices[0]


def test_what_nvml_tells_is_offered(gpu_client) -> None:
    wait_until(lambda: _device(gpu_client).load is not None)
    found = _device(gpu_client)
    assert (found.name, found.uuid, found.driver) == ("Stand-in", "GPU-0", "550.54")
    assert (found.memory, found.memory_free, found.used, found.load) == (16000, 16000, 0, 0.5)


@pytest.mark.skipif(not has_first_pids(), reason="NVML tells no process ids of a container")
def test_memory_that_others_take_is_not_offered(gpu_client, devices) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        tell(devices, [{stranger.pid: 12000}])
        wait_until(lambda: _device(gpu_client).squeezed == 12000)
        assert _device(gpu_client).memory_free == 4000
        workflow = gpu_client.create_workflow()
        made = workflow.add_task(on_device)
        run = gpu_client.get_run(workflow.run())
        pending = next(m for m in run.messages() if m["type"] == "task_pending")
        assert pending["data"]["reason"] == (
            "needs 10000 MB VRAM on one device; best is node a, GPU 0, with 4000 MB free of 16000 "
            "(12000 MB of it taken by other programs)"
        )
        stranger.kill()
    tell(devices, [{}])
    assert run.result(made, 30) == {"result": (0,)}


def test_memory_of_a_task_is_its_own_and_its_peak_is_told(gpu_client, devices) -> None:
    workflow = gpu_client.create_workflow()
    made = workflow.add_task(hold_own_memory, inputs={"path": str(devices)})
    run = gpu_client.get_run(workflow.run())
    wait_until(lambda: _device(gpu_client).used == 9000)
    assert _device(gpu_client).squeezed == 0
    devices.with_name("seen").touch()
    assert run.result(made, 30) == {"result": (0,)}
    finished = next(m for m in run.messages() if m["type"] == "finish_task")
    assert finished["data"]["usage"]["vram"] == 9000
