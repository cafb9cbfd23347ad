"""Tasks in child processes end as they are asked to, and take nothing else down with them."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Client

from maze_nb import MaClient, task
from maze_nb.errors import ChildLostError, TaskCancelledError, TaskTimeoutError
from tests.child_tasks import (
    double,
    goes_wrong,
    is_there,
    note_pids,
    noted_pids,
    wait_until_gone,
)
from tests.waiting import wait_until


@task
def waits_for_a_program(folder, own_session):
    program = subprocess.Popen(["sleep", "600"], start_new_session=own_session)
    note_pids(folder, os.getpid(), program.pid)
    program.wait()


@task
def leaves_an_orphan(folder):
    """Start a program whose parent ends at once, in a session of its own."""
    script = "sleep 600 >/dev/null 2>&1 & echo $!"
    found = subprocess.run(
        ["sh", "-c", script], start_new_session=True, capture_output=True, check=True
    )
    note_pids(folder, os.getpid(), int(found.stdout))
    time.sleep(600)


@task
def ignores_the_signal(folder):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note_pids(folder, os.getpid())
    time.sleep(600)


@task
def swallows_everything(folder):
    note_pids(folder, os.getpid())
    while True:
        try:
            time.sleep(600)
        except BaseException:  # noqa: BLE001
            continue


@task
def cleans_up(folder):
    try:
        note_pids(folder, os.getpid())
        time.sleep(600)
    except Exception:  # noqa: BLE001 - being told to end is none
        Path(folder, "swallowed").touch()
    finally:
        Path(folder, "cleaned").touch()


STUBBORN = [
    (waits_for_a_program, {"own_session": False}),
    (waits_for_a_program, {"own_session": True}),
    (leaves_an_orphan, {}),
    (ignores_the_signal, {}),
    (swallows_everything, {}),
]


def on_mostly(kind: str, other: str) -> pytest.MarkDecorator:
    """Try all that is stubborn on one kind of cluster, and the first on the other too."""
    cases = [(kind, *each) for each in STUBBORN] + [(other, *STUBBORN[0])]
    return pytest.mark.parametrize(("client", "what", "more"), cases, indirect=["client"])


@on_mostly("nannied", "embedded")
def test_a_timeout_ends_all_processes_and_frees_the_slot(client, tmp_path, what, more):
    workflow = client.create_workflow()
    workflow.add_task(what, inputs={"folder": str(tmp_path), **more}, name="slow", timeout=2)
    run = client.get_run(workflow.run())
    pids = noted_pids(tmp_path)
    assert all(map(is_there, pids))
    assert run.wait(20) == "failed"
    wait_until_gone(pids)
    with pytest.raises(TaskTimeoutError, match=r"task 'slow' .* its timeout of 2 s"):
        run.result("slow")
    assert value_of(client, double, {"value": 4}) == 8


@on_mostly("embedded", "nannied")
def test_cancelling_ends_all_processes_and_frees_the_slot(client, tmp_path, what, more):
    workflow = client.create_workflow()
    workflow.add_task(
        what, inputs={"folder": str(tmp_path), **more}, name="slow", isolation="process"
    )
    run = client.get_run(workflow.run())
    pids = noted_pids(tmp_path)
    run.cancel()
    wait_until_gone(pids)
    assert run.wait(10) == "cancelled"
    with pytest.raises(TaskCancelledError):
        run.result("slow")
    assert value_of(client, double, {"value": 4}, isolation="process") == 8


def test_failing_fast_ends_all_processes_and_frees_the_slot(client, tmp_path):
    @task(isolation="process")
    def fails(folder):
        deadline = time.monotonic() + 20
        while not Path(folder, "pids").exists():
            assert time.monotonic() < deadline, "the other task does not begin"
            time.sleep(0.01)
        raise ValueError("no reason")

    workflow = client.create_workflow()
    given = {"folder": str(tmp_path)}
    program = {**given, "own_session": True}
    workflow.add_task(waits_for_a_program, inputs=program, name="slow", isolation="process")
    workflow.add_task(fails, inputs=given, name="fails")
    run = client.get_run(workflow.run(fail_fast=True))
    pids = noted_pids(tmp_path)
    assert run.wait(20) == "failed"
    wait_until_gone(pids)
    with pytest.raises(TaskCancelledError, match="'fails' failed"):
        run.result("slow")
    assert value_of(client, double, {"value": 4}, isolation="process") == 8


def test_finally_blocks_run_and_no_except_swallows_the_end(client, tmp_path):
    workflow = client.create_workflow()
    workflow.add_task(cleans_up, inputs={"folder": str(tmp_path)}, isolation="process")
    run = client.get_run(workflow.run())
    pids = noted_pids(tmp_path)
    run.cancel()
    wait_until_gone(pids)
    assert (tmp_path / "cleaned").exists()
    assert not (tmp_path / "swallowed").exists()


@task
def exits(code):
    os._exit(code)


@task
def signals_itself(number):
    os.kill(os.getpid(), number)
    time.sleep(600)


@task
def quits():
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("what", "inputs", "text"),
    [
        (exits, {"code": 3}, "exit code 3"),
        (signals_itself, {"number": int(signal.SIGSEGV)}, "signal SIGSEGV"),
        (signals_itself, {"number": int(signal.SIGKILL)}, "signal SIGKILL"),
    ],
)
def test_a_lost_process_is_named_and_the_slot_goes_on(client, what, inputs, text):
    workflow = client.create_workflow()
    workflow.add_task(what, inputs=inputs, name="lost", isolation="process")
    workflow.add_task(double, inputs={"value": 2}, name="other", isolation="process")
    run = client.get_run(workflow.run())
    assert run.wait(60) == "failed"
    told = [m["data"] for m in run.messages() if m["type"] in ("task_retry", "task_exception")]
    assert all(text in str(data) for data in told)
    assert any(ChildLostError.__doc__ and "task 'lost'" in str(data) for data in told)
    assert run.result("other") == {"result": 4}


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_ending_the_program_fails_the_task_and_not_the_worker(client, isolation):
    workflow = client.create_workflow()
    workflow.add_task(quits, name="quits", isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "failed"
    failed = next(m for m in run.messages() if m["type"] == "task_exception")
    assert failed["data"]["error"]["type"] == "SystemExit"
    assert not [m for m in run.messages() if m["type"] == "task_retry"]


@pytest.mark.parametrize("is_cancelled_too", [False, True])
def test_nothing_outlives_a_killed_worker(start_cluster, tmp_path, is_cancelled_too):
    cluster = start_cluster()
    cluster.add_worker("victim", "--nanny")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        for name, own_session in (("plain", False), ("own", True)):
            (tmp_path / name).mkdir()
            workflow.add_task(
                waits_for_a_program,
                inputs={"folder": str(tmp_path / name), "own_session": own_session},
                isolation="process",
            )
        run = client.get_run(workflow.run())
        pids = [pid for name in ("plain", "own") for pid in noted_pids(tmp_path / name)]
        worker = psutil.Process(pids[0]).ppid()
        if is_cancelled_too:
            run.cancel()
        os.kill(worker, signal.SIGKILL)
        wait_until_gone(pids)
        run.cancel()
        assert run.wait(10) == "cancelled"


@task
def meets(folder, name, count):
    Path(folder, name).touch()
    deadline = time.monotonic() + 30
    while len(list(Path(folder).glob("met-*"))) < count:
        assert time.monotonic() < deadline, "the others do not come"
        time.sleep(0.01)


def test_tasks_in_child_processes_take_no_thread(start_cluster, tmp_path):
    cluster = start_cluster()
    cluster.add_worker("one-thread", "--resources", "GPU=1 VRAM=16000", "--nthreads", "1")
    (tmp_path / "meeting").mkdir()
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        for number in range(4):
            workflow.add_task(
                meets,
                inputs={"folder": str(tmp_path / "meeting"), "name": f"met-{number}", "count": 4},
                resources={"gpu": 0.25, "cpu": 0.25},
            )
        run = client.get_run(workflow.run())
        assert run.wait(60) == "succeeded"


def worker_state(dask_worker: Any) -> dict[str, int]:
    state = dask_worker.state
    return {
        "executing": len(state.executing),
        "long-running": len(state.long_running),
        "active": len(dask_worker.active_threads),
        "watching": sum("Dask-Default" in thread.name for thread in threading.enumerate()),
    }


def test_nothing_is_left_of_ended_tasks_in_the_worker(start_cluster):
    """However they ended: Dask's books are closed, and no thread stays."""
    cluster = start_cluster()
    cluster.add_worker("one", "--nthreads", "2")
    with MaClient(cluster.address) as client, Client(cluster.address) as dask_client:
        for number in range(6):
            workflow = client.create_workflow()
            for value in range(4):
                workflow.add_task(double, inputs={"value": value}, isolation="process")
            workflow.add_task(goes_wrong, inputs={"value": 1}, isolation="process")
            workflow.add_task(sleeps, isolation="process", timeout=0.2 * number + 0.1)
            run = client.get_run(workflow.run())
            if number % 2:
                time.sleep(0.05 * number)  # so that it is cancelled at different moments
                run.cancel()
            assert run.wait(30) == ("cancelled" if number % 2 else "failed")

        def is_over() -> bool:
            (state,) = dask_client.run(worker_state).values()
            return not state["executing"] + state["long-running"] + state["active"] and (
                state["watching"] <= 2
            )

        wait_until(is_over, 15)
        assert value_of(client, double, {"value": 4}, isolation="process") == 8


@task
def sleeps():
    time.sleep(600)


def value_of(
    client: MaClient, what: object, inputs: dict[str, object], **options: object
) -> object:
    workflow = client.create_workflow()
    workflow.add_task(what, inputs=inputs, name="one", **options)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    return run.result("one")["result"]
