"""What clients keep of runs is read without a cluster, and big results come from where they are."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import ConnectionFailedError, ResultLostError, StoreError, UnknownRunError
from maze_nb.sdk.run import Run

BOUND = 60
SIZE = 100_000

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")


@task(outputs=["small", "big"])
def make(size):
    return size, list(range(size))


@task
def wait_for(path, values):
    deadline = time.monotonic() + 100
    while not os.path.exists(path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return len(values)


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the home of the client, which no scheduler has."""
    made = tmp_path / "ours"
    monkeypatch.setenv(HOME_VARIABLE, str(made))
    return made


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Give the home of the scheduler and its workers."""
    return tmp_path / "theirs"


@pytest.fixture
def cluster(start_cluster: Any, ours: Path, theirs: Path) -> Any:
    made = start_cluster({HOME_VARIABLE: str(theirs)})
    made.add_worker("a")
    return made


def begin(client: MaClient, go: Path) -> Run:
    workflow = client.create_workflow("remote")
    made = workflow.add_task(make, inputs={"size": SIZE})
    inputs = {"path": str(go), "values": made.outputs["big"]}
    workflow.add_task(wait_for, inputs=inputs)
    run = client.get_run(workflow.run())
    for message in run.messages():
        if message["type"] == "start_task" and message["data"]["task_name"] == "wait_for":
            return run
    raise AssertionError("the run ended")


def wait_until_kept(run_id: str, count: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        with MaClient(offline=True) as offline:
            if run_id in {summary.run_id for summary in offline.runs()}:
                run = offline.get_run(run_id)
                if len(run.log.read()) == count:
                    return
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Refuses every connection; Dask's own modules are imported before.
OFFLINE = """
import json, socket
def refuse(*_):
    raise AssertionError("a connection was opened")
socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = refuse
from maze_nb import MaClient
with MaClient(offline=True) as client:
    run = client.get_run({run_id!r})
    print(run.status)
    messages = run.messages()
    print([message["seq"] for message in messages])
    made, waited = run.task_results.values()
    print(made["small"], waited["result"])
    print(client.create_workflow().list_cached_runs() == [{run_id!r}])
    print([summary.status for summary in client.runs()])
    try:
        print(len(made["big"]))
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize("files", ["in reach", "gone"])
def test_a_run_that_was_followed_is_read_after_its_cluster_is_gone(
    cluster, ours, theirs, tmp_path, script, files
):
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as client:
        run = begin(client, tmp_path / "go")
        assert run.wait(BOUND) == "succeeded"
        count = len(run.messages())
    cluster.close()
    shutil.move(theirs / "results", tmp_path / "moved")
    if files == "in reach":
        shutil.move(tmp_path / "moved", theirs / "results")
    shutil.rmtree(theirs / "cache", ignore_errors=True)
    (theirs / "runs.db").unlink()
    lines = script(OFFLINE.format(run_id=run.run_id)).end().splitlines()
    assert lines[:5] == [
        "succeeded",
        str(list(range(1, count + 1))),
        f"{SIZE} {SIZE}",
        "True",
        "['succeeded']",
    ]
    if files == "in reach":
        assert lines[5] == str(SIZE)
    else:
        assert lines[5].startswith("ResultLostError output 'big' of task 'make' of run")


# A client that is connected opens no further connection for a run that is kept here.
CACHED = """
import socket
from maze_nb import MaClient
with MaClient({address!r}) as client:
    client.nodes()
    def refuse(*_):
        raise AssertionError("a connection was opened")
    socket.socket.connect = socket.socket.connect_ex = refuse
    def ask(operation, **_):
        raise AssertionError(operation)
    client._caller.ask = client._caller.call = ask
    workflow = client.create_workflow()
    print(len(workflow.get_results({run_id!r}, verbose=False)))
    print(len(client.get_run({run_id!r}).result("make")["big"]))
"""


def test_get_results_of_a_cached_run_asks_nobody(cluster, ours, tmp_path, script):
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as client:
        run = begin(client, tmp_path / "go")
        run.wait(BOUND)
        count = len(run.messages())
        wait_until_kept(run.run_id, count)
    code = CACHED.format(address=cluster.address, run_id=run.run_id)
    assert script(code).end().splitlines() == [str(count), str(SIZE)]


def test_a_run_that_was_followed_in_part(cluster, ours, tmp_path):
    with MaClient(cluster.address) as client:
        run = begin(client, tmp_path / "go")
        count = len(run.log.read())
        wait_until_kept(run.run_id, count)
    with MaClient(offline=True) as offline:
        found = offline.get_run(run.run_id)
        assert found.status == "running"
        with pytest.raises(ConnectionFailedError, match=f"goes on at {cluster.address}: connect"):
            found.wait(BOUND)
        assert found.result("make")["small"] == SIZE
        with pytest.raises(ConnectionFailedError, match="offline"):
            found.cancel()
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as again:
        found = again.get_run(run.run_id)
        assert found.wait(BOUND) == "succeeded"
        count = len(found.messages())
        assert [m["seq"] for m in found.messages()] == list(range(1, count + 1))
        wait_until_kept(run.run_id, count)
    with MaClient(offline=True) as offline:
        assert offline.get_run(run.run_id).status == "succeeded"


def test_a_run_that_another_client_started(cluster, ours, tmp_path, monkeypatch):
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as client:
        run = begin(client, tmp_path / "go")
        run.wait(BOUND)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "another"))
    with MaClient(cluster.address) as client:
        assert client.cached_runs() == []
        found = client.get_run(run.run_id)
        assert found.wait(BOUND) == "succeeded"
        wait_until_kept(run.run_id, len(found.messages()))
    with MaClient(offline=True) as offline:
        assert offline.get_run(run.run_id).result("wait_for") == {"result": SIZE}


def test_clearing_what_is_cached(cluster, ours, tmp_path):
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as client:
        runs = [begin(client, tmp_path / "go") for _ in range(3)]
        for run in runs:
            run.wait(BOUND)
        ids = [run.run_id for run in runs]
        workflow = client.create_workflow()
        assert workflow.list_cached_runs() == ids
        workflow.clear_cache(ids[1])
        assert workflow.list_cached_runs() == [ids[0], ids[2]]
        # The cluster has it still.
        assert client.get_run(ids[1]).wait(BOUND) == "succeeded"
        workflow.clear_cache()
        assert workflow.list_cached_runs() == []
    with MaClient(offline=True) as offline:
        with pytest.raises(UnknownRunError):
            offline.get_run(ids[0])
        assert offline.runs() == []


@as_root
def test_a_handle_says_from_the_first_on_where_a_run_stands(cluster, ours, tmp_path, monkeypatch):
    with MaClient(cluster.address) as client:
        run = begin(client, tmp_path / "go")
        monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "another"))
        with MaClient(cluster.address) as other:
            assert other.get_run(run.run_id).status == "running"
        (tmp_path / "go").touch()
        assert run.wait(BOUND) == "succeeded"
        with MaClient(cluster.address) as other:
            assert other.get_run(run.run_id).status == "succeeded"


@pytest.mark.parametrize("size", [SIZE, pytest.param(80_000_000, marks=pytest.mark.long)])
def test_results_that_only_the_worker_sees_come_through_the_scheduler(
    start_cluster, ours, theirs, tmp_path, size
):
    @task
    def make_bytes(size):
        return bytes(range(250)) * (size // 250)

    hidden = tmp_path / "hidden"
    hidden.mkdir()
    cluster = start_cluster({HOME_VARIABLE: str(theirs)})
    mount = f'mount -t tmpfs tmpfs {hidden} && exec "$@"'
    cluster.add_worker(
        "a",
        env={"RESULTS_DIR": str(hidden)},
        within=["unshare", "-m", "sh", "-c", mount, "sh"],
    )
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        workflow.add_task(make_bytes, inputs={"size": size})
        run = client.get_run(workflow.run())
        assert run.wait(BOUND) == "succeeded"
        (output,) = run.messages()[-2]["data"]["outputs"]
        assert output["stored"]["path"].startswith(str(hidden))
        assert not os.path.exists(output["stored"]["path"])
        assert run.result("make_bytes")["result"] == bytes(range(250)) * (size // 250)
    with MaClient(cluster.address) as fresh:
        found = fresh.get_run(run.run_id)
        assert len(found.result("make_bytes")["result"]) == size // 250 * 250
    cluster.workers[0].kill()
    with MaClient(cluster.address) as late:
        lost = late.get_run(run.run_id)
        with pytest.raises(ResultLostError, match=r"rerun\(failed_only=True\)"):
            lost.result("make_bytes")


def test_a_store_of_ours_that_is_damaged_keeps_no_run_of_others_from_us(
    cluster, ours, tmp_path, caplog
):
    ours.mkdir()
    (ours / "runs.db").write_text("no store at all " * 1000)
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as client:
        run = begin(client, tmp_path / "go")
        assert run.wait(BOUND) == "succeeded"
    with MaClient(cluster.address) as fresh:
        found = fresh.get_run(run.run_id)
        assert found.wait(BOUND) == "succeeded"
        assert found.result("wait_for") == {"result": SIZE}
        with pytest.raises(StoreError, match=r'maze\.store .*"memory"'):
            fresh.cached_runs()
    assert "cannot be read" in caplog.text
