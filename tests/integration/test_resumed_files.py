"""A scheduler is killed between tasks that hand files to each other: the rest is done, once."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from maze_nb import FileInput, MaClient, current_task, task
from maze_nb.config import HOME_VARIABLE
from tests.integration.conftest import Cluster

BOUND = 60
ROWS = "1\n2\n3\n"


def begun(notes: Path, run_id: str) -> dict[str, int]:
    """Return how often the code of each task was begun."""
    return {path.name: len(path.read_text()) for path in (notes / run_id).iterdir()}


def note() -> None:
    me = current_task()
    folder = Path(os.environ["NOTES"], me.run_id)
    folder.mkdir(exist_ok=True)
    with (folder / me.name).open("a") as file:
        file.write("x")


@task(resources={"cpu": 0.1})
def leave(given: Any) -> str:
    note()
    (current_task().dir / "build").mkdir()
    (current_task().dir / "build" / "rows.txt").write_text(given.read_text())
    return "left"


@task(resources={"cpu": 0.1}, outputs=["text"])
def hold(rows: Any, given: Any) -> str:
    note()
    deadline = time.monotonic() + 100
    while not Path(os.environ["NOTES"], "go").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (current_task().dir / "held.txt").write_text(rows.read_text() + given.read_text())
    return str(rows.read_text())


@task(resources={"cpu": 0.1})
def gather(rows: Any, total: Any, held: Any, given: Any) -> list[str]:
    note()
    return [each.read_text() for each in (rows, total, held, given)]


COUNT = (
    "mkdir -p $NOTES/$RUN_ID && printf x >> $NOTES/$RUN_ID/count && "
    "awk '{{s += $1}} END {{print s}}' {rows} > total.txt"
)


def kill_whole(cluster: Cluster) -> None:
    """End a cluster at once, with all processes of its workers: none goes on in their folders."""
    workers = [psutil.Process(each.pid) for each in cluster.workers]
    below = [child for each in workers for child in each.children(recursive=True)]
    cluster.kill()
    for child in below:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    _, alive = psutil.wait_procs(below, 30)
    assert alive == []


@pytest.mark.parametrize("destination", [None, "http"])
def test_files_between_tasks_outlive_the_scheduler(
    start_cluster: Callable[..., Cluster],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    destination: str | None,
) -> None:
    notes, home, given = tmp_path / "notes", tmp_path / "home", tmp_path / "given.txt"
    notes.mkdir()
    given.write_text(ROWS)
    env = {HOME_VARIABLE: str(home), "NOTES": str(notes)}
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    first = start_cluster(env)
    first.add_worker("first", "--nthreads", "4")
    with MaClient(first.address, destination=destination) as client:
        workflow = client.create_workflow("files")
        left = workflow.add_task(leave, inputs={"given": FileInput(given)})
        rows = left.artifacts["build/rows.txt"]
        counted = workflow.add_command(
            COUNT,
            {"rows": rows},
            outputs={"total": "total.txt"},
            name="count",
            resources={"cpu": 0.1},
        )
        inputs = {"rows": rows, "given": FileInput(given)}
        held = workflow.add_task(hold, inputs=inputs)
        workflow.add_edge(counted, held)
        inputs |= {"total": counted.outputs["total"], "held": held.artifacts["held.txt"]}
        workflow.add_task(gather, inputs=inputs)
        run = client.get_run(workflow.run())
        for message in run.messages():
            if message["type"] == "start_task" and message["data"]["task_name"] == "hold":
                break
        site = urlsplit(client.gateway().base_url)
    kill_whole(first)
    given.unlink()
    assert begun(notes, run.run_id) == {"leave": 1, "count": 1, "hold": 1}
    with socket.create_server((site.hostname, site.port)):
        # What was linked to at the old address has to be found at another one.
        second = start_cluster(env)
        second.add_worker("second", "--nthreads", "4")
    with MaClient(second.address) as client:
        assert client.gateway().base_url != site.geturl()
        assert client.get_run(run.run_id).status == "interrupted"
        (notes / "go").touch()
        run = client.resume(run.run_id)
        assert run.wait(BOUND) == "succeeded", run.summary()["exception_tasks"]
        assert run.result("gather")["result"] == [ROWS, "6\n", ROWS * 2, ROWS]
        assert begun(notes, run.run_id) == {"leave": 1, "count": 1, "hold": 2, "gather": 1}
        assert run.artifacts("leave")["build/rows.txt"].read_text() == ROWS
        assert run.artifacts("hold")["held.txt"].read_text() == ROWS * 2
