"""What tasks leave in files: big outputs, logs and summaries, written and read by workers."""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from maze_nb import MaClient, current_task, task
from maze_nb.config import home
from maze_nb.errors import ResultLostError, TaskFailedError
from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.wire.code import dump_value
from maze_nb.wire.packed import pack
from maze_nb.wire.task_call import TaskCall, encode, encode_outputs
from maze_nb.wire.value_file import read_value, write_value
from maze_nb.worker.load import load_outputs

WAYS = ["thread", "process"]
SIZE = 50_000


def folder_of(run_id: str, made: Any) -> Path:
    return home() / "results" / run_id / made.task_id


def summary_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "responses.json").read_text())
    return found


def run_one(client: MaClient, function: Any, inputs: dict[str, Any] | None = None, **options: Any):
    """Run one task; return the run and the folder of the task."""
    workflow = client.create_workflow()
    made = workflow.add_task(function, inputs=inputs or {}, **options)
    run = client.get_run(workflow.run())
    run.wait(60)
    return run, folder_of(run.run_id, made), made


@task(outputs=["array", "number"])
def make_array(size: int):
    print("making", size)
    print("a warning", file=sys.stderr)
    (current_task().dir / "mine.txt").write_text("left")
    return np.arange(size), 7


@task
def one():
    return 1


@task
def fail_after_printing():
    print("so far", end="")
    raise ValueError("no further")


@pytest.mark.parametrize("way", WAYS)
def test_what_a_task_leaves(client, way):
    run, folder, made = run_one(client, make_array, {"size": SIZE}, isolation=way)
    told = summary_in(folder)
    assert told["status"] == run.status == "succeeded"
    assert (told["run_id"], told["task_id"]) == (run.run_id, made.task_id)
    assert (told["task_name"], told["attempt"]) == ("make_array", 1)
    assert abs(told["started"] - time.time()) < 60
    assert 0 < told["duration"] < 60
    assert told["worker"].startswith("tcp://")
    array, number = told["outputs"]
    content = (folder / array["file"]).read_bytes()
    assert array["digest"] == hashlib.sha256(content).hexdigest()
    assert array["summary"] == f"ndarray ({SIZE},) int64"
    assert np.array_equal(
        read_value(folder / array["file"], array["digest"]).load(), np.arange(SIZE)
    )
    assert (number["name"], number["value"]) == ("number", 7)
    assert told["files"] == ["mine.txt"]
    log = (folder / "stdout.log").read_text().splitlines()
    assert sorted(log) == ["a warning", f"making {SIZE}"]
    left = sorted(each.name for each in folder.iterdir())
    assert left == sorted(
        [array["file"], "manifest.json", "mine.txt", "responses.json", "stdout.log"]
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_event_tells_where_an_output_is(separate, way):
    with MaClient(separate) as client:
        run, folder, _ = run_one(client, make_array, {"size": SIZE}, isolation=way)
        (event,) = (m for m in run.messages() if m["type"] == "finish_task")
        stored = event["data"]["outputs"][0]["stored"]
        told = summary_in(folder)
    assert stored["path"] == str(folder / told["outputs"][0]["file"])
    assert stored["digest"] == told["outputs"][0]["digest"]
    assert stored["nbytes"] == Path(stored["path"]).stat().st_size
    assert stored["host"] == socket.gethostname()
    assert stored["node_id"] == told["node_id"]


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_task_that_printed_has_its_traceback_in_the_log(client, way):
    run, folder, made = run_one(client, fail_after_printing, isolation=way)
    log = (folder / "stdout.log").read_text()
    assert log.startswith("so far\nTraceback (most recent call last):\n")
    assert log.endswith("ValueError: no further\n")
    told = summary_in(folder)
    assert (told["status"], told["error"]["type"], told["error"]["message"]) == (
        "failed",
        "ValueError",
        "no further",
    )
    with pytest.raises((ValueError, TaskFailedError), match="no further"):
        run.result(made)


def test_a_timeout_is_told_in_the_folder_too(separate):
    @task
    def hang():
        print("waiting")
        threading.Event().wait(60)

    with MaClient(separate) as client:
        _, folder, _ = run_one(client, hang, timeout=1)
    assert summary_in(folder)["error"]["type"] == "TaskTimeoutError"
    assert (folder / "stdout.log").read_text().startswith("waiting\n")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_printed_is_there_while_the_task_runs(separate, tmp_path, way):
    go_on = tmp_path / "go-on"

    @task
    def print_and_wait():
        print("begun")
        deadline = time.monotonic() + 60
        while not go_on.exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    with MaClient(separate) as client:
        workflow = client.create_workflow()
        made = workflow.add_task(print_and_wait, isolation=way)
        run = client.get_run(workflow.run())
        log = folder_of(run.run_id, made) / "stdout.log"
        deadline = time.monotonic() + 30
        while not (log.exists() and log.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert log.read_text() == "begun\n"
        assert not run.is_finished
        go_on.touch()
        run.wait(60)
    assert run.status == "succeeded"


def test_the_summary_of_a_second_attempt_is_about_that(separate, tmp_path):
    mark = tmp_path / "mark"

    @task(retries=1, backoff=0)
    def succeed_later():
        print("trying")
        if not mark.exists():
            mark.touch()
            raise ValueError("not yet")
        return 1

    with MaClient(separate) as client:
        _, folder, _ = run_one(client, succeed_later)
    told = summary_in(folder)
    assert (told["status"], told["attempt"]) == ("succeeded", 2)
    assert "error" not in told
    log = (folder / "stdout.log").read_text()
    assert log.startswith("trying\nTraceback")
    assert log.endswith("ValueError: not yet\n[attempt 2]\ntrying\n")


@pytest.mark.parametrize("way", WAYS)
def test_small_silent_tasks_leave_no_folder(separate, way):
    with MaClient(separate) as client:
        workflow = client.create_workflow()
        for _ in range(20):
            workflow.add_task(one, isolation=way)
        run = client.get_run(workflow.run())
        run.wait(60)
    assert run.status == "succeeded"
    assert not (home() / "results" / run.run_id).exists()


def test_a_task_told_to_keep_its_output_in_memory_leaves_no_file(separate):
    with MaClient(separate) as client:
        run, folder, made = run_one(client, make_array, {"size": SIZE}, keep="memory")
        assert run.result(made)["array"].sum() == sum(range(SIZE))
    assert [each.name for each in folder.iterdir() if each.suffix == ".value"] == []
    assert "file" not in summary_in(folder)["outputs"][0]


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_that_cannot_be_written_to_fails_no_task(start_cluster, tmp_path, way):
    (tmp_path / "file").touch()
    cluster = start_cluster()
    cluster.add_worker("a", env={"RESULTS_DIR": str(tmp_path / "file")})

    @task
    def make() -> Any:
        print("goes on")
        return np.arange(SIZE)

    with MaClient(cluster.address) as client:
        run, _, made = run_one(client, make, isolation=way)
        assert run.status == "succeeded"
        assert run.result(made)["result"].sum() == sum(range(SIZE))
    assert (tmp_path / "file").read_text() == ""


@pytest.fixture
def dask(separate):
    """Give a client of Dask's own to a cluster with the worker half of Maze."""
    with MaClient(separate), Client(separate, timeout=30, set_as_default=False) as client:
        yield client


CALL = TaskCall("python", "run", "task", "the-task", "plain", "", {}, [], ("a", "b"))


def stored_output(path: Path, value: Any) -> OutputInfo:
    digest, nbytes = write_value(path, pack(value, "it"))
    stored = StoredFile(str(path), digest, nbytes, socket.gethostname(), "node")
    return OutputInfo("a", "ndarray", nbytes, "", None, stored)


def load(client: Client, *infos: OutputInfo) -> Any:
    future = client.submit(load_outputs, encode(CALL), encode_outputs(infos), pure=False)
    return future.result(30)


def test_stored_outputs_are_loaded(dask, tmp_path):
    small = OutputInfo("b", "int", 1, "", dump_value(7, "it"))
    found = load(dask, stored_output(tmp_path / "a.value", np.arange(SIZE)), small)
    assert list(found) == ["a", "b"]
    assert np.array_equal(found["a"].load(), np.arange(SIZE))
    assert found["b"].load() == 7


def corrupt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "text"),
    [
        (corrupt, "holds something else"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "is not complete"),
        (Path.unlink, "is not there any more"),
    ],
)
def test_a_file_that_is_not_what_was_written_is_refused(dask, tmp_path, harm, text):
    info = stored_output(tmp_path / "a.value", np.arange(SIZE))
    harm(tmp_path / "a.value")
    with pytest.raises(ResultLostError, match=text):
        load(dask, info)


def test_what_was_never_stored_is_refused(dask):
    with pytest.raises(ResultLostError, match="output 'a' of task 'the-task' was kept in memory"):
        load(dask, OutputInfo("a", "ndarray", 1, ""))


def ask(client: Client, operation: str, **arguments: Any) -> dict[str, Any]:
    """Call a worker as the scheduler does."""

    async def call(dask_scheduler: Any) -> Any:
        worker = next(iter(dask_scheduler.workers))
        return await getattr(dask_scheduler.rpc(worker), operation)(**arguments)

    found: dict[str, Any] = client.run_on_scheduler(call)
    return found


def test_clients_far_away_read_list_and_remove_by_a_worker(separate, dask):
    with MaClient(separate) as client:
        run, folder, made = run_one(client, make_array, {"size": 10_000_000})
    path = folder / summary_in(folder)["outputs"][0]["file"]
    content = path.read_bytes()
    first = ask(dask, "maze_read_file", path=str(path), offset=0, length=2**30)
    assert (len(first["data"]), first["size"]) == (2**26, len(content))
    rest = ask(dask, "maze_read_file", path=str(path), offset=2**26, length=2**26)
    assert first["data"] + rest["data"] == content
    listed = ask(dask, "maze_list_files", run_id=run.run_id, task_id=made.task_id)
    assert listed["files"][path.name] == len(content)
    refused = ask(dask, "maze_read_file", path="/etc/passwd", offset=0, length=10)
    assert "is not in" in refused["error"]
    assert list(ask(dask, "maze_drop_results", run_ids=[run.run_id])["dropped"]) == [run.run_id]
    assert not folder.parent.exists()


def test_a_worker_says_where_its_results_are(separate):
    with MaClient(separate) as client:
        assert {node.results_dir for node in client.nodes()} == {str(home() / "results")}
