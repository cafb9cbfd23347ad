"""What tasks in child processes use of memory, and may use."""

from __future__ import annotations

import mmap
import os
import time

import numpy as np
import pytest

from maze_nb import task
from maze_nb.errors import MemoryLimitError
from tests.child_tasks import double, is_there, note_pids, noted_pids


@task
def takes_memory(folder, megabytes):
    note_pids(folder, os.getpid(), os.getppid())
    kept = []
    for _ in range(megabytes // 16):
        block = bytearray(16 * 2**20)
        block[::4096] = b"x" * len(block[::4096])
        kept.append(block)
    return len(kept)


def test_too_much_memory_fails_the_task_alone(client, tmp_path):
    workflow = client.create_workflow()
    kept = workflow.add_task(double, inputs={"value": np.arange(100_000)}, name="kept")
    workflow.add_task(
        takes_memory,
        inputs={"folder": str(tmp_path), "megabytes": 2048},
        resources={"cpu_mem": 256},
        name="greedy",
    )
    workflow.add_task(double, inputs={"value": kept.outputs["result"]}, name="reader")
    run = client.get_run(workflow.run())
    assert run.wait(60) == "failed"
    with pytest.raises(MemoryLimitError, match=r"used \d+ MB .* 256 MB of its cpu_mem") as caught:
        run.result("greedy")
    assert isinstance(caught.value, MemoryError)
    assert run.result("reader")["result"].sum() == 4 * np.arange(100_000).sum()
    child, worker = noted_pids(tmp_path)
    assert is_there(worker)
    assert not is_there(child)


def test_forked_processes_share_what_counts_against_the_limit(client, tmp_path):
    """Four forks of 100 MB are 100 MB, for nobody writes to them."""
    workflow = client.create_workflow()
    workflow.add_task(forks, resources={"cpu_mem": 256}, name="forks")
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded", list(run.messages())[-2]
    finished = next(m for m in run.messages() if m["type"] == "finish_task")
    assert 100 < finished["data"]["usage"]["memory"] < 256


@task
def forks():
    kept = bytearray(b"x") * (100 * 2**20)
    pids = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            time.sleep(1)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    return len(kept)


@task
def holds_pages(megabytes):
    """Hold memory that the allocator cannot have kept from before, for a moment."""
    with mmap.mmap(-1, megabytes * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        for start in range(0, len(pages), 4096):
            pages[start] = 1
        time.sleep(0.5)


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_the_peak_of_memory_is_told(client, isolation):
    workflow = client.create_workflow()
    workflow.add_task(holds_pages, inputs={"megabytes": 80}, isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    finished = next(m for m in run.messages() if m["type"] == "finish_task")
    assert 78 <= finished["data"]["usage"]["memory"] < 200
