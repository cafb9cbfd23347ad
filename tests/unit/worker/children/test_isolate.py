"""One call in a child process: what it sees, and how it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from maze_nb import current_task
from maze_nb.errors import (
    ChildLostError,
    MemoryLimitError,
    TaskCancelledError,
    TaskTimeoutError,
)
from maze_nb.wire.task_call import FailureReport


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_in(path: Path) -> int:
    deadline = time.monotonic() + 20
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(path.read_text())


def test_the_environment_is_there_from_the_start(desk):
    def look() -> dict[str, object]:
        started_with = Path("/proc/self/environ").read_bytes().split(b"\0")
        return {
            "visible": os.environ["CUDA_VISIBLE_DEVICES"],
            "is_early": b"CUDA_VISIBLE_DEVICES=" + os.environ["CUDA_VISIBLE_DEVICES"].encode()
            in started_with,
            "path": sys.path,
            "python path": os.environ.get("PYTHONPATH"),
            "main thread": threading.current_thread() is threading.main_thread(),
            "leads its session": os.getsid(0) == os.getpid() == os.getpgrp(),
            "too much": {"distributed", "IPython", "maze_nb.sdk.client"} & set(sys.modules),
        }

    found = desk.call(look, gpu_ids=(0, 1))
    assert found == {
        "visible": "0,1",
        "is_early": True,
        "path": sys.path,
        "python path": os.environ.get("PYTHONPATH"),
        "main thread": True,
        "leads its session": True,
        "too much": set(),
    }
    assert desk.call(look)["visible"] == ""


def test_the_task_knows_itself(desk):
    assert desk.call(lambda: (current_task().name, current_task().gpu_ids), gpu_ids=(3,)) == (
        "the-task",
        (3,),
    )


def test_coroutines_and_signals_work(desk):
    async def both() -> list[str]:
        found = []
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, heard.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(heard.wait(), 10)
        found.append("heard")
        return found

    assert desk.call(both) == ["heard"]


def fails(error: BaseException):
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "is_retryable"),
    [
        (ValueError("no"), True),
        (SystemExit(3), False),
        (KeyboardInterrupt(), False),
        (EOFError("mine"), True),
        (BrokenPipeError("mine"), True),
        (TimeoutError("mine"), True),
    ],
)
def test_what_the_code_raises_is_a_failure_and_the_process_stays(desk, error, is_retryable):
    before = desk.call(os.getpid)
    report = desk.call(fails(error))
    assert isinstance(report, FailureReport)
    assert (report.error.type, report.error.message) == (type(error).__name__, str(error))
    assert report.is_retryable is is_retryable
    assert not report.is_lost
    assert desk.call(os.getpid) == before


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (lambda: os._exit(0), "exit code 0"),
        (lambda: os._exit(3), "exit code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "signal SIGSEGV"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "signal SIGKILL$"),
        (lambda: os.closerange(3, 100), ""),
    ],
)
def test_a_process_that_is_lost_tells_how(desk, end, text):
    with pytest.raises(ChildLostError, match=rf"process of task 'the-task' was lost: .*{text}"):
        desk.call(end)
    assert desk.children.pids == []
    assert desk.call(lambda: 1) == 1


def test_what_a_lost_process_forked_keeps_nobody_waiting(desk, tmp_path):
    """The fork holds the socket open on which the answer was to come."""

    def fork() -> None:
        if not os.fork():
            (tmp_path / "pid").write_text(str(os.getpid()))
            time.sleep(600)
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        os._exit(3)

    with pytest.raises(ChildLostError, match="exit code 3"):
        desk.call(fork)
    assert not is_there(pid_in(tmp_path / "pid"))


def test_a_timeout_counts_from_when_the_process_is_ready(desk):
    assert desk.call(lambda: 1, module="cold", timeout=0.1) == 1
    with pytest.raises(TaskTimeoutError, match=r"longer than its timeout of 0\.1 s"):
        desk.call(lambda: time.sleep(60), timeout=0.1)


def test_the_limit_counts_all_processes_together(desk, tmp_path):
    script = "import sys, time; kept = b'x' * (100 * 2**20); time.sleep(60)"

    def start_two() -> None:
        for _ in range(2):
            subprocess.Popen([sys.executable, "-c", script])
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(60)

    with pytest.raises(MemoryLimitError, match="more than the 150 MB of its cpu_mem"):
        desk.call(start_two, memory=150)
    assert not is_there(pid_in(tmp_path / "pid"))


def test_within_the_limit_nothing_happens_and_the_peak_is_told(desk):
    isolated, code = desk.prepare(lambda: len(b"x" * (50 * 2**20)), memory=200)
    isolated.run(code, b"", ())
    assert 50 < isolated.usage.memory < 120


@pytest.mark.parametrize("moment", ["before", "while it starts", "while it runs"])
def test_it_can_be_stopped_at_any_moment(desk, tmp_path, moment):
    path = tmp_path / "pid"

    def sleep() -> None:
        path.write_text(str(os.getpid()))
        time.sleep(600)

    isolated, code = desk.prepare(sleep)
    caught: list[BaseException] = []

    def run() -> None:
        try:
            isolated.run(code, b"", ())
        except TaskCancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    if moment == "before":
        isolated.stop()
    thread.start()
    if moment == "while it runs":
        pid_in(path)
    began = time.monotonic()
    isolated.stop()
    assert time.monotonic() - began < 1
    thread.join(10)
    assert len(caught) == 1
    assert desk.children.pids == []
    if path.exists():
        assert not is_there(pid_in(path))


def test_stopping_a_call_that_is_over_leaves_its_process_alone(desk):
    isolated, code = desk.prepare(os.getpid)
    _, outputs = isolated.run(code, b"", ())
    isolated.stop()
    assert desk.call(os.getpid) == outputs["result"].load()
