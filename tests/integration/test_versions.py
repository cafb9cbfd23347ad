"""Two sides with different versions of Maze say so instead of misunderstanding each other."""

from __future__ import annotations

import pytest
from distributed import Client, LocalCluster

from maze_nb import MaClient
from maze_nb.errors import VersionError
from maze_nb.scheduler.plugin import MazeSchedulerPlugin
from maze_nb.sdk import maze_in_scheduler
from maze_nb.worker.plugin import pickled_plugins


@pytest.fixture
def cluster():
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
    ) as started:
        yield started


def test_a_scheduler_of_another_version(cluster, monkeypatch) -> None:
    monkeypatch.setattr(maze_in_scheduler, "__version__", "99.0")
    with pytest.raises(VersionError, match=r"runs maze_nb .*, but this is 99\.0: install the same"):
        MaClient(cluster=cluster)


def test_a_worker_of_another_version(cluster) -> None:
    with Client(cluster, set_as_default=False) as dask_client:
        dask_client.register_plugin(MazeSchedulerPlugin(*pickled_plugins("99.0")))
    with MaClient(cluster=cluster) as client:
        faults = [node.fault for node in client.nodes()]
        assert len(faults) == 1
        assert "but the scheduler has 99.0: install the same version" in faults[0]
        workflow = client.create_workflow()
        workflow.add_task(pow_two, inputs={"x": 1})
        run = client.get_run(workflow.run())
        pending = next(m for m in run.messages() if m["type"] == "task_pending")
        assert "99.0" in pending["data"]["reason"]
        run.cancel()
        assert run.wait(10) == "cancelled"


def pow_two(x):
    return x * x
