"""Tasks in child processes: they can be stopped, and take nothing else down with them."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from distributed import Client

from maze_nb import MaClient, current_task, task
from maze_nb.errors import ChildLostError, MemoryLimitError, TaskCancelledError, TaskTimeoutError

SECONDS_UNTIL_GONE = 5.0


@pytest.fixture(params=["embedded", "nannied"])
def client(request: pytest.FixtureRequest) -> Iterator[MaClient]:
    """Give a client of each kind of cluster."""
    address = None if request.param == "embedded" else request.getfixturevalue("nannied")
    with MaClient(address) as made:
        yield made


def note_pids(folder: str, *pids: int) -> None:
    draft = Path(folder, "draft")
    draft.write_text(" ".join(map(str, pids)))
    draft.rename(Path(folder, "pids"))


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.02)


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def noted_pids(folder: Path) -> list[int]:
    wait_until((folder / "pids").exists)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def wait_until_gone(pids: list[int]) -> None:
    wait_until(lambda: not any(map(is_there, pids)), SECONDS_UNTIL_GONE)


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


@task
def double(value):
    return 2 * value


STUBBORN = [
    (waits_for_a_program, {"own_session": False}),
    (waits_for_a_program, {"own_session": True}),
    (leaves_an_orphan, {}),
    (ignores_the_signal, {}),
    (swallows_everything, {}),
]


@pytest.mark.parametrize(("what", "more"), STUBBORN)
def test_a_timeout_ends_all_processes_and_frees_the_slot(client, tmp_path, what, more):
    workflow = client.create_workflow()
    workflow.add_task(what, inputs={"folder": str(tmp_path), **more}, name="slow", timeout=2)
    run = client.get_run(workflow.run())
    pids = noted_pids(tmp_path)
    assert all(map(is_there, pids))
    begun = time.monotonic()
    assert run.wait(20) == "failed"
    assert time.monotonic() - begun < 2 + SECONDS_UNTIL_GONE
    wait_until_gone(pids)
    with pytest.raises(TaskTimeoutError, match=r"task 'slow' .* its timeout of 2 s"):
        run.result("slow")
    assert value_of(client, double, {"value": 4}) == 8


@pytest.mark.parametrize(("what", "more"), STUBBORN)
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
def takes_memory(folder, megabytes):
    note_pids(folder, os.getpid(), os.getppid())
    kept = []
    for _ in range(megabytes // 16):
        block = bytearray(16 * 2**20)
        block[::4096] = b"x" * len(block[::4096])
        kept.append(block)
    return len(kept)


def test_too_much_memory_fails_the_task_alone(client, tmp_path):
    workflow = client.create_workflow()
    kept = workflow.add_task(double, inputs={"value": np.arange(100_000)}, name="kept")
    workflow.add_task(
        takes_memory,
        inputs={"folder": str(tmp_path), "megabytes": 2048},
        resources={"cpu_mem": 256},
        name="greedy",
    )
    workflow.add_task(double, inputs={"value": kept.outputs["result"]}, name="reader")
    run = client.get_run(workflow.run())
    assert run.wait(60) == "failed"
    with pytest.raises(MemoryLimitError, match=r"used \d+ MB .* 256 MB of its cpu_mem") as caught:
        run.result("greedy")
    assert isinstance(caught.value, MemoryError)
    assert run.result("reader")["result"].sum() == 4 * np.arange(100_000).sum()
    child, worker = noted_pids(tmp_path)
    assert is_there(worker)
    assert not is_there(child)


def test_forked_processes_share_what_counts_against_the_limit(client, tmp_path):
    """Four forks of 100 MB are 100 MB, for nobody writes to them."""
    workflow = client.create_workflow()
    workflow.add_task(forks, resources={"cpu_mem": 256}, name="forks")
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded", list(run.messages())[-2]
    finished = next(m for m in run.messages() if m["type"] == "finish_task")
    assert 100 < finished["data"]["usage"]["memory"] < 256


@task
def forks():
    kept = bytearray(b"x") * (100 * 2**20)
    pids = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            time.sleep(1)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    return len(kept)


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


@task
def goes_wrong(value):
    nested = {"value": value}
    return nested["valeu"]


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_exceptions_keep_their_type_and_lines(client, isolation):
    workflow = client.create_workflow()
    workflow.add_task(goes_wrong, inputs={"value": 1}, name="wrong", isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "failed"
    with pytest.raises(KeyError) as caught:
        run.result("wrong")
    assert caught.value.args == ("valeu",)
    text = next(m for m in run.messages() if m["type"] == "task_exception")["data"]["result"]
    assert 'return nested["valeu"]' in text
    assert "maze_nb/worker" not in text


@task(outputs=["grown", "pid"])
def grow(array):
    array += 1
    return array, os.getpid()


def test_large_arrays_go_in_and_out(client):
    array = np.arange(3_000_000, dtype=float).reshape(1000, 3000)
    workflow = client.create_workflow()
    first = workflow.add_task(grow, inputs={"array": array}, name="first", isolation="process")
    second = workflow.add_task(
        grow, inputs={"array": first.outputs["grown"]}, name="second", isolation="process"
    )
    workflow.add_task(
        grow, inputs={"array": second.outputs["grown"]}, name="third", isolation="thread"
    )
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    for count, name in enumerate(("first", "second", "third"), start=1):
        assert np.array_equal(run.result(name)["grown"], array + count)
    assert run.result("third")["pid"] not in {run.result(n)["pid"] for n in ("first", "second")}


class Recorder:
    """Says in which process it was unpickled."""

    def __init__(self, folder: str, load: bytes) -> None:
        self.folder = folder
        self.load = load

    def __reduce__(self) -> tuple[object, ...]:
        return make_recorder, (self.folder, self.load)


def make_recorder(folder: str, load: bytes) -> Recorder:
    Path(folder, f"unpickled-{os.getpid()}").touch()
    return Recorder(folder, load)


@task
def record(folder):
    return Recorder(folder, bytes(200_000))


@task
def read(recorder):
    return os.getpid(), len(recorder.load)


def test_the_worker_never_unpickles_what_goes_from_child_to_child(client, tmp_path):
    workflow = client.create_workflow()
    made = workflow.add_task(record, inputs={"folder": str(tmp_path)}, isolation="process")
    workflow.add_task(
        read, inputs={"recorder": made.outputs["result"]}, name="read", isolation="process"
    )
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    pid, length = run.result("read")["result"]
    assert length == 200_000
    assert [path.name for path in tmp_path.iterdir()] == [f"unpickled-{pid}"]


@task
def leaves_a_file(text):
    path = current_task().dir / "note.txt"
    path.write_text(text)
    return str(path), current_task().task_id


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_task_has_a_folder(client, isolation):
    workflow = client.create_workflow()
    added = workflow.add_task(leaves_a_file, inputs={"text": "kept"}, name="a", isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    path, task_id = run.result("a")["result"]
    assert task_id == added.task_id
    assert Path(path).parts[-3:] == (run.run_id, task_id, "note.txt")
    assert Path(path).read_text() == "kept"


@task
def holds_pages(megabytes):
    """Hold memory that the allocator cannot have kept from before, for a moment."""
    with mmap.mmap(-1, megabytes * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        for start in range(0, len(pages), 4096):
            pages[start] = 1
        time.sleep(0.5)


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_the_peak_of_memory_is_told(client, isolation):
    workflow = client.create_workflow()
    workflow.add_task(holds_pages, inputs={"megabytes": 80}, isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    finished = next(m for m in run.messages() if m["type"] == "finish_task")
    assert 78 <= finished["data"]["usage"]["memory"] < 200


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
