"""Once the scheduler is gone, everything says so, in bounded time, and nothing seems to run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import dask.config
import pytest

from maze_nb import MaClient, task
from maze_nb.errors import ConnectionFailedError
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow import Workflow
from tests.waiting import address_in

BOUND = 60.0
GONE, ANEW = "is gone or cannot be reached", "was started anew"


@task
def quick(value):
    return value


@task
def slow(value):
    time.sleep(60)
    return value


class Lost(NamedTuple):
    """A client whose scheduler was killed in the middle of a run."""

    client: MaClient
    workflow: Workflow
    run: Run
    address: str
    how: str


@pytest.fixture(scope="module", params=[GONE, ANEW])
def lost(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lost]:
    file = tmp_path_factory.mktemp("lost") / "scheduler.json"
    said = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file))
    scheduler = start("dask_scheduler", "--port", "0", *said)
    worker = start("dask_worker", "--no-nanny", "--nthreads", "2", *said)
    try:
        address = address_in(file)
        with dask.config.set({"maze.connect-timeout": "2s"}):
            client = MaClient(address)
        with client:
            workflow, run = begin(client)
            scheduler.kill()
            scheduler.wait(10)
            if request.param == ANEW:
                scheduler = start("dask_scheduler", "--port", address.rpartition(":")[2], *said)
            deadline = time.monotonic() + BOUND
            while run.status == "running":
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield Lost(client, workflow, run, address, request.param)
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait(10)


def start(command: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{command}", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def begin(client: MaClient) -> tuple[Workflow, Run]:
    """Begin a run, and return when one task has ended and one that waits on it goes on."""
    workflow = client.create_workflow()
    first = workflow.add_task(quick, inputs={"value": 1})
    workflow.add_task(slow, inputs={"value": first.outputs["result"]})
    big = workflow.add_task(quick, inputs={"value": b"x" * 200_000}, name="big")
    run = client.get_run(workflow.run())
    run.result(big, 30)
    for message in run.messages():
        if message["type"] == "start_task" and message["data"]["task_name"] == "slow":
            break
    return workflow, run


CALLS: dict[str, Callable[[Lost], Any]] = {
    "cancel": lambda lost: lost.run.cancel(),
    "wait": lambda lost: lost.run.wait(),
    "bounded wait": lambda lost: lost.run.wait(BOUND),
    "run": lambda lost: lost.workflow.run(),
    "result": lambda lost: lost.run.result("slow"),
    "get_task_result": lambda lost: lost.workflow.get_task_result(lost.run.run_id, "slow"),
    "messages": lambda lost: list(lost.run.messages()),
    "get_results": lambda lost: list(lost.workflow.get_results(lost.run.run_id)),
    "show": lambda lost: lost.run.show(),
    "explain": lambda lost: lost.run.explain("slow"),
    "cancel a task": lambda lost: lost.workflow.get_tasks()[0].cancel(),
    "nodes": lambda lost: lost.client.nodes(),
    "runs": lambda lost: lost.client.runs(),
    "get_run": lambda lost: lost.client.get_run("another"),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_said(lost: Lost, name: str) -> None:
    started = time.monotonic()
    with pytest.raises(ConnectionFailedError) as caught:
        CALLS[name](lost)
    assert time.monotonic() - started < BOUND
    text = str(caught.value)
    assert f"the scheduler at {lost.address} {lost.how}" in text
    assert "interrupted" in text
    assert "MaClient(" in text
    assert "ConnectionPool" not in text


def test_the_run_does_not_seem_to_go_on(lost: Lost) -> None:
    assert lost.run.status == lost.run.summary()["status"] == "interrupted"
    assert "interrupted" in repr(lost.run)
    assert not lost.run.is_finished


def test_what_is_here_can_still_be_read(lost: Lost) -> None:
    assert lost.run.result("quick") == {"result": 1}
    assert lost.run.result("big") == {"result": b"x" * 200_000}


def test_a_closed_client_says_that_it_is_closed(separate: str) -> None:
    client = MaClient(separate)
    client.close()
    with pytest.raises(ConnectionFailedError, match=f"client of {separate} was closed"):
        client.nodes()
    assert client.address == separate
