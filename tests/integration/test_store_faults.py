"""The run store or the results fail: a clear error or a recomputed task, and nothing hangs."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from maze_nb import FileInput, MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import ArtifactError, ResultLostError, StoreError
from maze_nb.sdk.run import Run
from maze_nb.store.sqlite import SqliteRunStore
from tests.waiting import wait_until

BOUND = 60
SIZE = 100_000
ELSEWHERE = r'maze\.store .*"memory".*MAZE_HOME'

ELSEWHERE_PATTERN = re.compile(ELSEWHERE)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")


@task
def quick(value):
    return value


@task
def make_list(size):
    return list(range(size))


@task
def wait_for(path, value):
    deadline = time.monotonic() + 100
    while not os.path.exists(path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


@contextlib.contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """Give a small file system of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no space in the file system of a folder."""
    file = folder / "filler"
    with file.open("wb", buffering=0) as writer, contextlib.suppress(OSError):
        while True:
            writer.write(bytes(4096))
    return file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home of this test, which is that of this process too."""
    made = tmp_path / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(made))
    return made


def start(start_cluster: Any, home: Path, **env: str) -> Any:
    cluster = start_cluster({HOME_VARIABLE: str(home), **env})
    cluster.add_worker("a")
    return cluster


def numbers(run: Run) -> list[int]:
    return [message["seq"] for message in run.messages()]


def stored_numbers(home: Path, run_id: str) -> int:
    from maze_nb.store.open import open_store

    with closing(open_store(home / "runs.db", reading=True)) as store:
        return len(store.events_after(run_id, 0, 100_000))


def run_two(client: MaClient, go: Path) -> Run:
    """Begin a run of which the second task waits for a file."""
    workflow = client.create_workflow()
    first = workflow.add_task(quick, inputs={"value": 1}, name="first")
    inputs = {"path": str(go), "value": first.outputs["result"]}
    second = workflow.add_task(wait_for, inputs=inputs, name="second")
    inputs = {"value": second.outputs["result"]}
    for number in range(20):
        workflow.add_task(quick, inputs=inputs, name=f"after {number}")
    run = client.get_run(workflow.run())
    for message in run.messages():
        if message["type"] == "start_task" and message["data"]["task_name"] == "second":
            return run
    raise AssertionError("the run ended")


@contextlib.contextmanager
def full(home: Path) -> Iterator[None]:
    filler = fill(home)
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    with closing(sqlite3.connect(home / "runs.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


TROUBLES = {
    "full": (full, "there is no space left"),
    "locked": (locked, r"another process has kept it locked for more than 0\.3 s"),
}


@as_root
@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_store_cannot_be_written_to_in_the_middle_of_a_run(
    start_cluster, home, tmp_path, trouble
):
    begin, text = TROUBLES[trouble]
    with contextlib.ExitStack() as stack:
        stack.enter_context(mounted(home, 4))
        cluster = start(start_cluster, home, DASK_MAZE__STORE_PATIENCE="300ms")
        stack.callback(cluster.close)
        client = stack.enter_context(MaClient(cluster.address))
        run = run_two(client, tmp_path / "go")
        with begin(home):
            (tmp_path / "go").touch()
            with pytest.warns(UserWarning, match=f"run {run.run_id} goes on, but .*{text}"):
                run.wait(BOUND)
            assert run.status == "succeeded"
            assert run.result("after 3")["result"] == 1
            assert stored_numbers(home, run.run_id) < len(run.messages())
            workflow = client.create_workflow()
            workflow.add_task(quick, inputs={"value": 1})
            with pytest.raises(StoreError, match=f"runs.db cannot be used: {text}.*{ELSEWHERE}"):
                workflow.run()
        wait_until(lambda: stored_numbers(home, run.run_id) == len(run.messages()))
        assert numbers(run) == list(range(1, len(run.messages()) + 1))
        later = client.get_run(workflow.run())
        assert later.wait(BOUND) == "succeeded"
        with MaClient(offline=True) as offline:
            found = offline.get_run(run.run_id)
            assert found.status == "succeeded"
            assert numbers(found) == numbers(run)


def truncate(home: Path) -> None:
    make_store(home)
    os.truncate(home / "runs.db", 5000)


def scramble(home: Path) -> None:
    make_store(home)
    content = bytearray((home / "runs.db").read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    (home / "runs.db").write_bytes(content)


def overwrite(home: Path) -> None:
    (home / "runs.db").write_text("no store at all " * 1000)


def make_newer(home: Path) -> None:
    make_store(home)
    with closing(sqlite3.connect(home / "runs.db")) as connection:
        connection.execute("PRAGMA user_version = 99")


def make_store(home: Path) -> None:
    SqliteRunStore(home / "runs.db").close()


FILES = {
    "truncated": (truncate, "damaged|malformed"),
    "scrambled": (scramble, "damaged"),
    "another file": (overwrite, "not a run store"),
    "newer": (make_newer, "was made by a newer Maze.*Update maze-nb here"),
}


def test_a_store_that_cannot_be_opened(start_cluster, home):
    home.mkdir()
    cluster = start_cluster({HOME_VARIABLE: str(home)})
    cluster.add_worker("a")
    for do, text in FILES.values():
        do(home)
        before = (home / "runs.db").read_bytes()
        for _ in range(2):
            with pytest.raises(StoreError, match=f"(?s)runs.db.*({text}).*{ELSEWHERE}"):
                MaClient(cluster.address)
        assert (home / "runs.db").read_bytes() == before
        with MaClient(offline=True) as offline, pytest.raises(StoreError, match=ELSEWHERE):
            offline.runs()
        for file in home.glob("runs.db*"):
            file.unlink() if file.is_file() else shutil.rmtree(file)
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        workflow.add_task(quick, inputs={"value": 1})
        assert client.get_run(workflow.run()).wait(BOUND) == "succeeded"


SAY_WHY = """
from maze_nb import MaClient
from maze_nb.errors import StoreError
try:
    MaClient()
except StoreError as error:
    print(error)
"""


@as_root
@pytest.mark.parametrize("harm", ["newer", "full", "read-only", "locked", "a file in the way"])
def test_an_embedded_cluster_whose_store_cannot_be_opened(script, tmp_path, harm):
    home = tmp_path / "home"
    text = "cannot be used"
    with contextlib.ExitStack() as stack:
        if harm == "a file in the way":
            home.write_text("")
        else:
            stack.enter_context(mounted(home, 1))
        if harm == "full":
            stack.enter_context(full(home))
        elif harm == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", home], check=True)
        elif harm == "locked":
            make_store(home)
            stack.enter_context(locked(home))
        elif harm in FILES:
            do, text = FILES[harm]
            do(home)
        env = {"DASK_MAZE__STORE_PATIENCE": "300ms", "DASK_MAZE__SLOTS": "1"}
        (said,) = script(SAY_WHY, **{HOME_VARIABLE: str(home)}, **env).end().splitlines()
    assert re.search(f"runs.db.*({text}).*{ELSEWHERE}", said)


IN_MEMORY = """
from maze_nb import FileInput, MaClient, task

@task
def make(size):
    return list(range(size))

with MaClient() as client:
    workflow = client.create_workflow()
    small = workflow.add_task(make, inputs={"size": 3})
    big = workflow.add_task(make, inputs={"size": 100_000}, name="big", cache=True)
    run = client.get_run(workflow.run())
    print(run.wait(60), run.result(small), len(run.result("big")["result"]))
    again = run.rerun(failed_only=True)
    print(again.wait(60), len(again.result("big")["result"]))
    print([summary.run_id for summary in client.runs()] == [run.run_id, again.run_id])
    print(workflow.list_cached_runs() == [run.run_id, again.run_id])
"""


@pytest.mark.parametrize("place", ["writable", "not writable"])
def test_a_store_in_memory(script, tmp_path, place):
    home = tmp_path / "home"
    if place == "not writable":
        home.write_text("")
    env = {HOME_VARIABLE: str(home), "DASK_MAZE__STORE": "memory", "DASK_MAZE__SLOTS": "1"}
    lines = script(IN_MEMORY, **env).end().splitlines()
    assert lines == [
        "succeeded {'result': [0, 1, 2]} 100000",
        "succeeded 100000",
        "True",
        "True",
    ]
    assert not [*tmp_path.glob("home/runs.db*")]


@as_root
def test_runs_can_be_had_again_after_the_one_in_trouble_was_forgotten(
    start_cluster, home, tmp_path
):
    with contextlib.ExitStack() as stack:
        stack.enter_context(mounted(home, 4))
        cluster = start(start_cluster, home)
        stack.callback(cluster.close)
        client = stack.enter_context(MaClient(cluster.address))
        run = run_two(client, tmp_path / "go")
        with full(home):
            (tmp_path / "go").touch()
            with pytest.warns(UserWarning, match="goes on, but"):
                run.wait(BOUND)
        with closing(SqliteRunStore(home / "runs.db")) as store:
            store.forget([run.run_id])
        workflow = client.create_workflow()
        workflow.add_task(quick, inputs={"value": 1})
        later = client.get_run(accepted(workflow))
        assert later.wait(BOUND) == "succeeded"


def accepted(workflow: Any) -> str:
    """Run a workflow as soon as the store can be written to again."""
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(StoreError):
            return str(workflow.run())
        assert time.monotonic() < deadline
        time.sleep(0.1)


def damage_in_use(home: Path) -> None:
    """Overwrite what is in a store, but for its first page, while a scheduler has it open."""
    for name in ("runs.db", "runs.db-wal"):
        with (home / name).open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            for start in range(4096, size, 4096):
                file.seek(start)
                file.write(os.urandom(min(4096, size - start)))


def cut_in_use(home: Path) -> None:
    for name in ("runs.db", "runs.db-wal"):
        os.truncate(home / name, 5000)


def remove_in_use(home: Path) -> None:
    for file in home.glob("runs.db*"):
        if file.is_file():
            file.unlink()


@pytest.mark.parametrize("harm", [damage_in_use, cut_in_use, remove_in_use])
def test_a_store_that_is_damaged_under_a_running_scheduler(start_cluster, home, tmp_path, harm):
    cluster = start(start_cluster, home)
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        workflow.add_task(quick, inputs={"value": 1})
        before = client.get_run(workflow.run())
        before.wait(BOUND)
        run = run_two(client, tmp_path / "go")
        harm(home)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (tmp_path / "go").touch()
            assert run.wait(BOUND) == "succeeded"
        assert run.result("after 3") == {"result": 1}
        assert before.messages()[-1]["type"] == "finish_workflow"
        if harm is remove_in_use:
            with pytest.raises(StoreError, match=f"was removed or replaced.*{ELSEWHERE}"):
                workflow.run()
    with MaClient(cluster.address) as fresh, pytest.raises(StoreError, match=ELSEWHERE):
        fresh.get_run(before.run_id).wait(BOUND)


def task_folders(home: Path, run: Run) -> list[Path]:
    return [*(home / "results" / run.run_id).iterdir()]


@task
def use(values, go):
    deadline = time.monotonic() + 100
    while not os.path.exists(go):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return len(values), sum(values)


def begin_using(client: MaClient, go: Path, **options: Any) -> Run:
    """Begin a run of a big result, and a task that reads it and waits for a file."""
    workflow = client.create_workflow()
    made = workflow.add_task(make_list, inputs={"size": SIZE}, **options)
    inputs = {"values": made.outputs["result"], "go": str(go)}
    workflow.add_task(use, inputs=inputs)
    run = client.get_run(workflow.run())
    for message in run.messages():
        if message["type"] == "start_task" and message["data"]["task_name"] == "use":
            return run
    raise AssertionError("the run ended")


def starts(run: Run, name: str) -> int:
    return sum(
        message["type"] == "start_task" and message["data"]["task_name"] == name
        for message in run.messages()
    )


SUM = (SIZE, sum(range(SIZE)))


def remove_results(home: Path) -> None:
    shutil.rmtree(home / "results")


def flip_bytes(home: Path) -> None:
    for file in (home / "results").rglob("*.value"):
        content = bytearray(file.read_bytes())
        content[-SIZE] ^= 1
        file.write_bytes(content)


def cut_short(home: Path) -> None:
    for file in (home / "results").rglob("*.value"):
        os.truncate(file, 1000)


# Each does to all results what it says, so that the one that leaves shorter ones is the last.
HARMS = (remove_results, flip_bytes, cut_short)


def test_a_result_that_a_waiting_task_needs_after_its_worker_was_killed(
    start_cluster, home, tmp_path
):
    cluster = start(start_cluster, home)
    for harm in HARMS:
        go = tmp_path / f"go-{harm.__name__}"
        with MaClient(cluster.address) as client:
            run = begin_using(client, go)
            harm(home)
            cluster.workers[-1].kill()
            cluster.add_worker(harm.__name__)
            go.touch()
            assert run.wait(BOUND) == "succeeded"
            assert run.result("use")["result"] == SUM
            assert starts(run, "make_list") == 2
            assert numbers(run) == list(range(1, len(run.messages()) + 1))
        with MaClient(cluster.address) as fresh:
            assert fresh.get_run(run.run_id).result("make_list")["result"] == [*range(SIZE)]


def test_a_result_that_is_gone_after_the_run(start_cluster, home, tmp_path):
    (tmp_path / "go").touch()
    cluster = start(start_cluster, home)
    for harm in HARMS:
        check_gone(cluster, home, tmp_path, harm)


def check_gone(cluster: Any, home: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    with MaClient(cluster.address) as client:
        run = begin_using(client, tmp_path / "go")
        run.wait(BOUND)
    harm(home)
    with MaClient(cluster.address) as client:
        run = client.get_run(run.run_id)
        with pytest.raises(
            ResultLostError, match=r"output 'result' of task 'make_list'.*rerun\(failed_only=True\)"
        ):
            run.result("make_list")["result"]
        assert run.result("use")["result"] == SUM
        again = run.rerun(failed_only=True)
        assert again.wait(BOUND) == "succeeded"
        assert starts(again, "use") == 0
        assert starts(again, "make_list") == 1
        assert again.result("make_list")["result"] == [*range(SIZE)]
    with MaClient(offline=True) as offline:
        run = offline.get_run(run.run_id)
        with pytest.raises(ResultLostError):
            run.result("make_list")["result"]


@task(resources={"cpu": 0.1})
def print_much():
    for _ in range(4000):
        print("x" * 1000)
    return 1


@task(resources={"cpu": 0.1})
def size_of(file):
    return os.path.getsize(file)


@as_root
def test_no_space_for_logs_and_input_files(start_cluster, home, tmp_path):
    data = tmp_path / "points.bin"
    data.write_bytes(os.urandom(100_000))
    with contextlib.ExitStack() as stack:
        results = stack.enter_context(mounted(tmp_path / "results", 1))
        filler = fill(results)
        cluster = start_cluster({HOME_VARIABLE: str(home)})
        stack.callback(cluster.close)
        cluster.add_worker("a", env={"RESULTS_DIR": str(results)})
        client = stack.enter_context(MaClient(cluster.address))
        workflow = client.create_workflow()
        for isolation in ("thread", "process"):
            workflow.add_task(print_much, isolation=isolation, name=isolation)
        workflow.add_task(size_of, inputs={"file": FileInput(data)}, name="reader")
        run = client.get_run(workflow.run())
        assert run.wait(BOUND) == "failed"
        for name in ("thread", "process"):
            told = [
                message["data"]["text"]
                for message in run.messages()
                if message["type"] == "task_log" and message["data"]["task_name"] == name
            ]
            said = f"[maze] stdout.log lacks some of what task {name!r} prints: [Errno 28]"
            assert "".join(told).count(said) == 1
            assert run.result(name)["result"] == 1
        warned = cluster.log.read_text().count(f"{results} cannot be written to: ")
        assert warned == 2, "once in each process"
        with pytest.raises(ArtifactError) as raised:
            run.result("reader")
        assert re.search(
            r"input file 'points.bin' \('file' of task 'reader'\) cannot be .*No space.*make room",
            str(raised.value),
        )
        assert "anew" not in str(raised.value)
        filler.unlink()
        again = run.rerun(failed_only=True)
        assert again.result("reader", BOUND)["result"] == 100_000


@as_root
def test_no_space_for_results(start_cluster, home, tmp_path):
    (tmp_path / "go").touch()
    with contextlib.ExitStack() as stack:
        results = stack.enter_context(mounted(tmp_path / "results", 1))
        fill(results)
        cluster = start_cluster({HOME_VARIABLE: str(home)})
        stack.callback(cluster.close)
        cluster.add_worker("a", env={"RESULTS_DIR": str(results)})
        client = stack.enter_context(MaClient(cluster.address))
        run = begin_using(client, tmp_path / "go")
        assert run.wait(BOUND) == "succeeded"
        assert run.result("use")["result"] == SUM
        fresh = stack.enter_context(MaClient(cluster.address))
        assert fresh.get_run(run.run_id).result("make_list")["result"] == [*range(SIZE)]
        assert "cannot be written to" in cluster.log.read_text()
        again = run.rerun(failed_only=True)
        assert again.wait(BOUND) == "succeeded"
        assert again.result("make_list")["result"] == [*range(SIZE)]
        cluster.workers[0].kill()
        cluster.add_worker("b", env={"RESULTS_DIR": str(results)})
        with MaClient(cluster.address) as anew:
            found = anew.get_run(again.run_id)
            assert found.result("make_list")["result"] == [*range(SIZE)]
