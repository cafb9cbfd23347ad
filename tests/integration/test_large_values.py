"""Large values of the notebook or the program: sent once, and again only when they changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maze_nb import MaClient
from maze_nb.config import home
from maze_nb.errors import MazeError
from maze_nb.sdk.run import Run
from maze_nb.wire.blobs import GRACE, BlobFolder
from tests.apart import hidden, needs_hiding

MEGABYTES = 16
Cluster = Any


def files_in(folder: Path) -> dict[str, int]:
    """Return the values that are kept in a home, with their lengths."""
    found = (folder / "values").glob("[0-9a-f]*")
    return {path.name: path.stat().st_size for path in found if path.stat().st_size > 1000}


def big_array(start: float = 0.0) -> np.ndarray:
    return np.arange(start, start + MEGABYTES * 2**17)


def sum_on_each_worker(array: np.ndarray, number: int, meeting: str) -> dict[str, Any]:
    """Return a sum and the worker, once two workers have such a task."""
    from maze_nb import current_task

    worker = current_task().worker
    Path(meeting, worker.rpartition(":")[2]).touch()
    deadline = time.monotonic() + 30
    while len(os.listdir(meeting)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    return {"sum": float(array.sum()) + number, "worker": worker}


def run_five(client: MaClient, array: Any, meeting: Path) -> Run:
    workflow = client.create_workflow()
    for number in range(5):
        workflow.add_task(
            sum_on_each_worker, {"array": array, "number": number, "meeting": str(meeting)}
        )
    run = client.get_run(workflow.run())
    run.wait(60)
    assert run.status == "succeeded", run.messages(verbose=False)[-3:]
    return run


def crossed(client: MaClient) -> int:
    """Return how many bytes of values this process has sent to the scheduler."""
    return sum(nbytes for name, nbytes in client._handover.sent if name.startswith("values/"))


def results_of(run: Run) -> list[dict[str, Any]]:
    return [outputs["result"] for outputs in run.task_results.values()]


@pytest.fixture
def meeting(tmp_path: Path) -> Path:
    folder = tmp_path / "meeting"
    folder.mkdir()
    return folder


def test_five_tasks_on_two_workers_read_one_file(separate, meeting):
    before = files_in(home())
    array = big_array()
    with MaClient(separate) as client:
        found = results_of(run_five(client, array, meeting))
        sent = crossed(client)
    assert sorted(each["sum"] for each in found) == [array.sum() + n for n in range(5)]
    assert len({each["worker"] for each in found}) == 2
    (made,) = files_in(home()).keys() - before.keys()
    assert array.nbytes < files_in(home())[made] < array.nbytes + 1000
    assert sent == 0


def test_five_runs_read_one_file_until_it_changes(embedded):
    before = files_in(home())
    array = big_array(1.0)

    def total(array: np.ndarray) -> float:
        return float(array.sum())

    def run() -> float:
        workflow = embedded.create_workflow()
        task = workflow.add_task(total, {"array": array})
        found: float = workflow.get_task_result(workflow.run(), task)["result"]
        return found

    for _ in range(5):
        assert run() == array.sum()
    assert len(files_in(home()).keys() - before.keys()) == 1
    array[7] = 1e12
    assert run() == array.sum()
    assert len(files_in(home()).keys() - before.keys()) == 2


def test_what_a_task_does_to_a_value_is_its_own(embedded):
    array = big_array(2.0)

    def spoil(array: np.ndarray) -> float:
        array[:] = 0
        return float(array.sum())

    workflow = embedded.create_workflow()
    for way in ("thread", "process"):
        workflow.add_task(spoil, {"array": array}, isolation=way)
    keep = workflow.add_task(lambda array: float(array.sum()), {"array": array}, name="keep")
    for task in workflow.get_tasks()[:2]:
        workflow.add_edge(task, keep)
    run_id = workflow.run()
    assert workflow.get_task_result(run_id, keep)["result"] == array.sum()
    assert all(
        workflow.get_task_result(run_id, task)["result"] == 0 for task in workflow.get_tasks()[:2]
    )


GLOBALS = """
import os
import numpy as np
from maze_nb import MaClient, task

BIG = np.arange(2_000_000.0)
LIKE_IT = np.arange(2_000_000.0)
TEXTS = {"a": "x" * 3_000_000}

@task
def look(way):
    LIKE_IT[0] = -1.0
    return [float(BIG[0]), float(BIG.sum()), float(LIKE_IT[0]), len(TEXTS["a"])]

@task
def again(way):
    return float(BIG[1])

with MaClient() as client:
    for number in range(3):
        BIG[1] = number // 2
        workflow = client.create_workflow()
        tasks = [
            workflow.add_task(function, {"way": way}, isolation=way)
            for way in ("thread", "process") for function in (look, again)
        ]
        from maze_nb.sdk.freeze import freeze
        frozen = freeze(workflow, "run")
        sent = sum(len(part) for node in frozen.nodes.values() for part in getattr(node, "args", ())
                   if isinstance(part, bytes))
        sent += sum(len(getattr(node, "value", b"")) for node in frozen.nodes.values())
        found = [client.get_run(run).result(each)["result"]
                 for run in [workflow.run()] for each in tasks]
        total = float(BIG.sum())
        right = [[0.0, total, -1.0, 3_000_000], float(BIG[1])] * 2
        print(found == right, sent < 100_000)
print(sum(path.stat().st_size for path in Path(os.environ["MAZE_HOME"]).glob("runs.db*")))
"""


def test_large_globals_of_functions_are_sent_once_by_their_content(script, tmp_path):
    own_home = tmp_path / "home"
    environment = {"MAZE_HOME": str(own_home), "DASK_MAZE__SLOTS": "1"}
    *told, stored = script(GLOBALS, **environment).end().splitlines()
    assert told == ["True True"] * 3
    # The array before and after it was changed, the other that was like it, the text.
    assert len(files_in(own_home)) == 3
    # The run store has none of them.
    assert int(stored) < 2_000_000


VALUES = {
    "bytes": lambda: bytes(3_000_000),
    "text": lambda: "é" * 2_000_000,
    "dict": lambda: {"w": np.ones(300_000), "name": "x"},
    "list": lambda: [np.ones(100_000) for _ in range(4)],
    "fortran": lambda: np.asfortranarray(np.arange(400_000.0).reshape(400, 1000)),
    "slice": lambda: np.arange(800_000.0)[::2],
    "objects": lambda: [{"a": index, "b": str(index)} for index in range(100_000)],
    "frame": lambda: __import__("pandas").DataFrame(
        {"a": np.arange(200_000), "b": [str(index) for index in range(200_000)]}
    ),
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_of_all_kinds_arrive_as_they_were(embedded, kind):
    from dask.base import tokenize

    value = VALUES[kind]()
    workflow = embedded.create_workflow()
    task = workflow.add_task(
        lambda value: (__import__("dask.base").base.tokenize(value), type(value).__name__),
        {"value": value},
    )
    found = workflow.get_task_result(workflow.run(), task)["result"]
    assert found[1] == type(value).__name__
    if kind != "objects":
        assert found[0] == tokenize(value)


# Where nobody sees the disk of another


KERNEL = """
import hashlib, json, os, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
import numpy as np
from maze_nb import MaClient
from test_large_values import big_array, crossed, results_of, run_five
import test_large_values, cloudpickle
cloudpickle.register_pickle_by_value(test_large_values)

meeting = Path({meeting!r})
array = big_array()
told = []
with MaClient({address!r}) as client:
    for _ in range(3):
        run = run_five(client, array, meeting)
        told.append(crossed(client))
    array[3] = -1
    run = run_five(client, array, meeting)
    told.append(crossed(client))
    workers = {{each["worker"] for each in results_of(run)}}
    right = sorted(each["sum"] for each in results_of(run)) == [array.sum() + n for n in range(5)]
print(json.dumps([told, sorted(workers), right]))
"""


@pytest.fixture
def apart(start_cluster: Callable[..., Cluster], tmp_path: Path) -> Cluster:
    """Give a cluster whose scheduler and two workers have disks of their own."""
    homes = {name: tmp_path / f"home-{name}" for name in ("scheduler", "one", "two", "kernel")}
    for folder in homes.values():
        folder.mkdir()
    cluster = start_cluster(env={"MAZE_HOME": str(homes["scheduler"])})
    for name in ("one", "two"):
        cluster.add_worker(
            name,
            env={"MAZE_HOME": str(homes[name])},
            within=hidden(*(folder for key, folder in homes.items() if key != name)),
        )
    cluster.homes = homes
    return cluster


@needs_hiding
def test_a_value_crosses_once_where_no_disk_is_shared(apart, meeting):
    homes = apart.homes
    code = KERNEL.format(
        tests=str(Path(__file__).parent),
        root=str(Path(__file__).parents[2]),
        meeting=str(meeting),
        address=apart.address,
    )
    kernel = subprocess.run(
        [*hidden(homes["scheduler"], homes["one"], homes["two"]), sys.executable, "-c", code],
        env={**os.environ, "MAZE_HOME": str(homes["kernel"])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert kernel.returncode == 0, kernel.stderr
    told, workers, is_right = json.loads(kernel.stdout.splitlines()[-1])
    whole = next(iter(files_in(homes["scheduler"]).values()))
    assert told == [whole, whole, whole, 2 * whole]
    assert len(files_in(homes["scheduler"])) == 2
    assert is_right
    assert len(workers) == 2
    for name in ("one", "two"):
        assert len(files_in(homes[name] / "results" / ".kept")) == 2


def test_a_run_is_repeated_after_all_processes_are_gone(start_cluster, tmp_path):
    own_home = tmp_path / "home"
    env = {"MAZE_HOME": str(own_home)}
    flag = tmp_path / "mended"

    def total(array: np.ndarray, flag: str) -> float:
        if not Path(flag).exists():
            raise ValueError("not yet")
        return float(array.sum())

    array = big_array(3.0)
    first = start_cluster(env=env)
    first.add_worker("first")
    with MaClient(first.address) as client:
        workflow = client.create_workflow()
        workflow.add_task(total, {"array": array, "flag": str(flag)}, name="total")
        run_id = workflow.run()
        with pytest.raises(ValueError, match="not yet"):
            client.get_run(run_id).result("total")
    first.kill()
    flag.touch()
    second = start_cluster(env=env)
    second.add_worker("second")
    with MaClient(second.address) as client:
        run = client.get_run(run_id).rerun(failed_only=True)
        assert run.result("total")["result"] == array.sum()
        client.forget(run_id)
        client.forget(run.run_id)


def test_a_value_goes_with_the_last_run_that_uses_it(embedded):
    array = big_array(4.0)
    before = files_in(home())
    workflow = embedded.create_workflow()
    workflow.add_task(lambda array: float(array.sum()), {"array": array})
    runs = [workflow.run(), workflow.run()]
    for run_id in runs:
        embedded.get_run(run_id).wait(60)
    (made,) = files_in(home()).keys() - before.keys()
    file = home() / "values" / made

    def age() -> None:
        old = time.time() - 2 * GRACE
        os.utime(file, (old, old))

    age()
    embedded.forget(runs[0])
    assert file.exists()
    age()
    embedded.forget(runs[1])
    assert not file.exists()


def test_a_value_whose_file_is_gone_is_named(embedded, tmp_path):
    gate = tmp_path / "gate"

    def wait_for(gate: str) -> int:
        deadline = time.monotonic() + 30
        while not Path(gate).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return 1

    before = files_in(home())
    workflow = embedded.create_workflow()
    first = workflow.add_task(wait_for, {"gate": str(gate)})
    reader = workflow.add_task(
        lambda weights, one: float(weights.sum()),
        {"weights": big_array(5.0), "one": first.outputs["result"]},
        name="reader",
    )
    run_id = workflow.run()
    (made,) = files_in(home()).keys() - before.keys()
    (home() / "values" / made).unlink()
    gate.touch()
    with pytest.raises(MazeError, match=r"large value 'weights' of task 'reader' is not kept") as e:
        workflow.get_task_result(run_id, reader)
    assert "run the workflow again" in str(e.value)
    assert workflow.get_task_result(workflow.run(), reader)["result"] == big_array(5.0).sum()


def test_a_folder_keeps_nothing_that_is_not_what_it_says(tmp_path):
    folder = BlobFolder(tmp_path)
    name = "values/" + "0" * 64
    with pytest.raises(MazeError, match="something else"):
        folder.piece(name, "abc", 0, b"data", 4)
    assert not folder.has(name)
    with pytest.raises(MazeError, match="no name"):
        folder.read("values/../../etc/passwd", 0)
