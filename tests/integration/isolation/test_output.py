"""What programs and libraries write in a child process: in the task's log, messages and errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.sdk.run import Run

BOUND = 60
LOST = "terminate called after throwing 'bad'"


@task(isolation="process")
def talks():
    import ctypes
    import subprocess
    import sys

    print("one")
    subprocess.run(["echo", "two"], check=True)
    print("three")
    subprocess.run("echo four", shell=True, check=True, stdout=sys.stdout)
    subprocess.run("echo five >&2", shell=True, check=True)
    # It holds Python's lock all the while.
    text = b"six\n" * 100_000
    ctypes.PyDLL(None).write(1, text, len(text))
    print("seven")
    os.write(1, b"no end of line")


@task(isolation="process", retries=0)
def dies():
    import ctypes

    print("begun")
    os.write(2, LOST.encode())
    ctypes.CDLL(None).abort()


@task(isolation="process", timeout=3)
def hangs():
    import signal
    import time

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, b"half a line")
    time.sleep(600)


@task(isolation="process")
def writes_for_ever():
    import time

    for _ in range(40):
        os.write(1, b"x" * 2**20 + b"\n")
        time.sleep(0.05)
    return os.fstat(1).st_size


@task(isolation="process")
def has_children():
    import multiprocessing

    process = multiprocessing.get_context("spawn").Process(target=print, args=("from below",))
    process.start()
    process.join()


@task(isolation="process")
def leaves_one_that_writes_without_end():
    import subprocess
    import time

    # It goes on after its task, and no longer than the tests do.
    program = subprocess.Popen(["timeout", "10", "yes"])
    for _ in range(20):
        print("still here")
        time.sleep(0.05)
    return program.poll() is None


def run_of(client: MaClient, *tasks: Any) -> Run:
    workflow = client.create_workflow("output")
    for each in tasks:
        workflow.add_task(each)
    run = client.get_run(workflow.run())
    run.wait(BOUND)
    return run


def told(run: Run, kind: str = "task_log", stream: str | None = None) -> str:
    found = [m["data"] for m in run.log.read() if m["type"] == kind]
    if kind != "task_log":
        return "".join(each["result"] for each in found)
    return "".join(each["text"] for each in found if stream in (None, each["stream"]))


def log_of(run: Run, name: str) -> str:
    return (
        Path(os.environ[HOME_VARIABLE], "results", run.run_id, run.task_id_of(name))
        .joinpath("stdout.log")
        .read_text()
    )


@pytest.fixture(scope="module")
def client() -> Iterator[MaClient]:
    with MaClient() as made:
        yield made


def test_all_that_is_written_is_in_the_log_in_its_order(client):
    run = run_of(client, talks)
    assert run.status == "succeeded"
    log = log_of(run, "talks")
    assert log.replace("six\n", "") == "one\ntwo\nthree\nfour\nfive\nseven\nno end of line"
    assert log.count("six\n") == 100_000
    assert told(run, stream="stdout").startswith("one\ntwo\nthree\nfour\nsix\n")
    assert told(run, stream="stderr") == "five\n"


def test_the_last_words_of_a_process_are_told(client):
    run = run_of(client, dies)
    assert run.status == "failed"
    error = told(run, "task_exception")
    assert error.startswith("task 'dies' took 3 processes down with it")
    assert error.endswith(f"\nIts last output:\n{LOST}")
    assert error.count(LOST) == 1
    assert told(run, stream="stderr").count(LOST) == 3
    log = log_of(run, "dies")
    assert log.count(f"begun\n{LOST}\n") == 3


def test_what_is_killed_has_its_output_told(client):
    run = run_of(client, hangs)
    assert run.status == "failed"
    assert told(run) == "half a line"
    assert log_of(run, "hangs").startswith("half a line\n")


def test_what_was_passed_on_takes_no_room(client):
    run = run_of(client, writes_for_ever)
    assert run.result("writes_for_ever")["result"] < 30 * 2**20


def test_children_of_the_process_are_heard(client):
    run = run_of(client, has_children)
    assert told(run) == "from below\n"


def test_programs_that_write_without_end_hold_nothing_up(client):
    run = run_of(client, leaves_one_that_writes_without_end)
    assert run.result("leaves_one_that_writes_without_end") == {"result": True}
    assert log_of(run, "leaves_one_that_writes_without_end").count("still here") > 0
