"""`maze-nb scheduler` typed as people type it: Maze is in it before any client comes."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from tests.waiting import address_in, wait_until

BIN = Path(sys.executable).parent
BOUND = 30
LOCAL = "--host 127.0.0.1 --port 0 --no-dashboard"


class Typed:
    """Commands that were typed in a folder, with what they wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def type(self, line: str, **environment: str) -> subprocess.Popen[bytes]:
        words = shlex.split(line)
        with (self.folder / "output.txt").open("ab") as output:
            process = subprocess.Popen(
                [BIN / words[0], *words[1:]],
                cwd=self.folder,
                env=os.environ | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def fails(self, line: str, **environment: str) -> tuple[int, str]:
        """Return the status and the last line of a command that ends by itself."""
        code = self.type(line, **environment).wait(BOUND)
        return code, self.output().splitlines()[-1]

    def scheduler(self, line: str, **environment: str) -> tuple[subprocess.Popen[bytes], str]:
        file = self.folder / "scheduler.json"
        process = self.type(f"{line} --scheduler-file {file}", **environment)
        return process, address_in(file)

    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def end(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait(BOUND)


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Typed]:
    made = Typed(tmp_path)
    try:
        yield made
    finally:
        made.end()


@task(outputs=["value"])
def add(a, b):
    return {"value": a + b}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_workflow_on_a_scheduler_and_a_worker(typed, tmp_path, number):
    home = tmp_path / "kept here"
    scheduler, address = typed.scheduler(f"maze-nb scheduler {LOCAL} --home '{home}'")
    worker = typed.type(f"maze-nb worker {address} --slots 1 --id n1")
    with MaClient(address) as client:
        workflow = client.create_workflow()
        one = workflow.add_task(add, inputs={"a": 1, "b": 2})
        two = workflow.add_task(add, inputs={"a": one.outputs["value"], "b": 4})
        assert workflow.get_task_result(workflow.run(), two) == {"value": 7}
        worker.terminate()
        assert worker.wait(BOUND) == 0
        scheduler.send_signal(number)
        assert scheduler.wait(BOUND) == 0
    assert f"runs are kept in {home}/runs.db" in typed.output()


def test_maze_is_there_before_any_client(typed):
    """A worker that joins first is a node at once, as no client has to bring Maze."""
    _, address = typed.scheduler(f"maze-nb scheduler {LOCAL} --store memory")
    typed.type(f"maze-nb worker {address} --slots 1 --id early")
    wait_until(lambda: "Starting Worker plugin maze-worker" in typed.output())
    assert "runs are kept in memory" in typed.output()
    with MaClient(address) as client:
        wait_until(lambda: [node.node_id for node in client.nodes()] == ["early"])


def test_what_dask_is_told_to_load_is_loaded_too(typed):
    (typed.folder / "one.py").write_text("def dask_setup(scheduler): print('one is here')")
    (typed.folder / "two.py").write_text("def dask_setup(scheduler): print('two is here')")
    for words, environment, told in [
        ("--preload one.py", {}, "one is here"),
        ("", {"DASK_DISTRIBUTED__SCHEDULER__PRELOAD": "['two.py']"}, "two is here"),
    ]:
        process, address = typed.scheduler(
            f"maze-nb scheduler {LOCAL} --store memory {words}",
            PYTHONUNBUFFERED="1",
            **environment,
        )
        wait_until(lambda told=told: told in typed.output())
        with MaClient(address) as client:
            assert client.runs() == []
        process.terminate()
        assert process.wait(BOUND) == 0
        (typed.folder / "scheduler.json").unlink(missing_ok=True)


def test_a_store_that_cannot_be_opened_ends_it(typed):
    (typed.folder / "broken.db").write_bytes(b"this is no run store" * 1000)
    code, last = typed.fails(f"maze-nb scheduler {LOCAL} --store broken.db")
    assert code == 1
    assert last.startswith("Error: ")
    assert f"{typed.folder}/broken.db" in last


def test_a_home_that_cannot_be_made(typed):
    (typed.folder / "file").write_text("")
    code, last = typed.fails(f"maze-nb scheduler {LOCAL} --home file/below")
    assert code == 2
    assert "--home" in last


def test_a_misspelt_option(typed):
    code, last = typed.fails("maze-nb scheduler --prot 0")
    assert code == 2
    assert "--prot" in last


def test_a_port_that_is_taken(typed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code, last = typed.fails(
            f"maze-nb scheduler --host 127.0.0.1 --port {port} --no-dashboard",
            **{HOME_VARIABLE: str(typed.folder / "home")},
        )
    assert code == 1
    assert last.startswith("Error: the scheduler ended with an error")
