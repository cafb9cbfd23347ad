"""Tasks that are queued behind others on a slot, and taken back as those take long."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, current_task

QUICK = 40
LATER = 12


def work(n: int, gate: str) -> list[int]:
    """Be quick at first, so that others are queued behind; then wait for a gate."""
    if n in (QUICK, QUICK + 1):
        deadline = time.monotonic() + 60
        while not Path(gate).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    return [n, current_task().attempt]


@pytest.fixture
def two_slots(start_cluster: Any) -> str:
    cluster = start_cluster()
    for name in ("a", "b"):
        cluster.add_worker(name, "--nthreads", "1")
    return str(cluster.address)


def test_being_taken_back_is_no_attempt(two_slots: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with MaClient(two_slots) as client:
        workflow = client.create_workflow()
        count = QUICK + 2 + LATER
        tasks = [
            workflow.add_task(work, {"n": n, "gate": str(gate)}, name="work") for n in range(count)
        ]
        run = client.get_run(workflow.run())
        placements = client.dask_client.run_on_scheduler
        deadline = time.monotonic() + 30
        while placements(_most_placements, run_id=run.run_id) < 3:
            assert time.monotonic() < deadline, "nothing was taken back"
            time.sleep(0.1)
        gate.touch()
        run.wait(60)
        made = [run.result(task)["result"] for task in tasks]
        messages = run.log.read()
    assert made == [[n, 1] for n in range(count)]
    told = {message["data"]["attempt"] for message in messages if "attempt" in message["data"]}
    assert told == {1}
    assert not [message for message in messages if message["type"] == "task_retry"]


def _most_placements(run_id: str, dask_scheduler: Any) -> int:
    """Return how often the task of a run was placed that was placed most often."""
    tasks = dask_scheduler.plugins["maze"].conductor.runs[run_id].tasks
    return max(task.placement for task in tasks.values())


def test_what_a_worker_gives_back_unbegun_is_no_attempt(two_slots: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with MaClient(two_slots) as client:
        workflow = client.create_workflow()
        for n in range(QUICK + 2 + LATER):
            workflow.add_task(work, {"n": n, "gate": str(gate)}, name="work")
        run = client.get_run(workflow.run())
        dask = client.dask_client
        deadline = time.monotonic() + 30
        while not (queued := dask.run_on_scheduler(_queued_behind)):
            assert time.monotonic() < deadline, "nothing is queued behind another task"
            time.sleep(0.02)
        # It ends in good order, and tells nothing of what it has not begun.
        dask.retire_workers([queued])
        gate.touch()
        run.wait(60)
        messages = run.log.read()
    assert run.status == "succeeded"
    begun = {_attempt_of(each) for each in messages if each["type"] == "start_task"}
    retried = [_attempt_of(each) for each in messages if each["type"] == "task_retry"]
    assert set(retried) <= begun
    assert len(retried) <= 1, "no more than the one that it was at"


def _attempt_of(message: dict[str, Any]) -> tuple[str, int]:
    return message["data"]["task_id"], message["data"]["attempt"]


def _queued_behind(dask_scheduler: Any) -> str:
    """Return a worker that has more tasks than it can run at once; empty if there is none."""
    found = (each for each in dask_scheduler.workers.values() if len(each.processing) > 1)
    busy = next((each for each in found if len(each.processing) > each.nthreads + 1), None)
    return "" if busy is None else str(busy.address)
