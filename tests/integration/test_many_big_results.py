"""More results than fit in memory: all are kept, and all can be read afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from maze_nb import MaClient, task

MEGABYTES = 50


@task
def fill(number):
    return np.full(MEGABYTES * 2**17, number, dtype=np.int64)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [60, pytest.param(200, marks=pytest.mark.long)])
def test_more_gigabytes_than_two_workers_of_one_have(
    start_cluster, tmp_path: Path, count: int
) -> None:
    if shutil.disk_usage(tmp_path).free < 2 * count * MEGABYTES * 2**20:
        pytest.skip("the disk has no room for the results")
    cluster = start_cluster()
    for name in ("a", "b"):
        cluster.add_worker(
            name, "--memory-limit", "1GB", "--nthreads", "1", env={"RESULTS_DIR": str(tmp_path)}
        )
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        made = [workflow.add_task(fill, inputs={"number": number}) for number in range(count)]
        run = client.get_run(workflow.run())
        assert run.wait(400) == "succeeded"
        assert not [m for m in run.messages() if m["type"] == "task_retry"]
        for number, each in enumerate(made):
            value = run.result(each)["result"]
            assert value.nbytes == MEGABYTES * 2**20
            assert value[0] == value[-1] == number
            value = None
        workers = client.dask_client.scheduler_info()["workers"].values()
        assert sum(worker["metrics"]["managed_bytes"] for worker in workers) < 2**30
    shutil.rmtree(tmp_path)
