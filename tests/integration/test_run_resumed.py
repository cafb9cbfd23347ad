"""``maze-nb run`` is interrupted or killed in the middle, and resumed: nothing runs twice."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from maze_nb.config import HOME_VARIABLE
from maze_nb.sdk.shelf import Shelf
from tests.typed import typed
from tests.waiting import wait_until

MAZE = Path(sys.executable).parent / "maze-nb"
BOUND = 90

SETUP = """\
from maze_nb import MaClient, task, workflow

def ran(name):
    with open("ran", "a") as file:
        file.write(name + "\\n")
"""
EARLIER = """\
@task
def load(n):
    ran("load")
    return list(range(n))

client = MaClient()
first = client.create_workflow("first")
rows = first.add_task(load, inputs={"n": size})
first_run = first.run()
total = sum(first.get_task_result(first_run, rows)["result"])
print("total is", total)
"""
LATER = """\
import os, time

@task
def square(x):
    ran(f"square-{x}")
    return x * x

@task
def held(x):
    ran("held began")
    while not os.path.exists("go"):
        time.sleep(0.05)
    ran("held")
    return x + 1

@task
def gather(squares, last):
    ran("gather")
    return sum(squares) + last

second = client.create_workflow("second")
squares = second.add_map(square, over={"x": [1, 2, 3, 4]})
last = second.add_task(held, inputs={"x": total})
answer = second.add_task(
    gather, inputs={"squares": squares.outputs["result"], "last": last.outputs["result"]}
)
run_id = second.run()
second.show_results(run_id)
print("answer is", second.get_task_result(run_id, answer)["result"])
"""
CELLS = (
    "%load_ext maze_nb",
    (
        "%%maze_task first\nwith open('ran', 'a') as _ran:\n    _ran.write('first\\n')\n"
        "rows = list(range(10))"
    ),
    "%maze_run",
    (
        "%%maze_task slow --no-cache\nimport os, time\nwith open('ran', 'a') as _ran:\n"
        "    _ran.write('slow began\\n')\nwhile not os.path.exists('go'):\n    time.sleep(0.05)\n"
        "total = sum(rows)"
    ),
    (
        "%%maze_task beside --no-cache\nwith open('ran', 'a') as _ran:\n"
        "    _ran.write('beside\\n')\nmore = len(rows)"
    ),
    "%maze_run",
    "print('answer is', total + more)",
)


def write(folder: Path, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook.cells.insert(
        0, nbformat.v4.new_code_cell("size = 10", metadata={"tags": ["parameters"]})
    )
    path = folder / "study.ipynb"
    nbformat.write(notebook, path)
    return path


SDK = (SETUP, EARLIER, LATER)
SQUARES = {f"square[{number}]" for number in range(4)}


class Place:
    """A folder in which notebooks are run, with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.output = folder / "done" / "study.ipynb"

    def ran(self) -> list[str]:
        file = self.folder / "ran"
        return file.read_text().split("\n")[:-1] if file.exists() else []

    def begin(self, *words: object, group: bool = False) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [MAZE, "run", *map(str, words)],
            cwd=self.folder,
            env=os.environ | {HOME_VARIABLE: str(self.home), "COLUMNS": "150"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=group,
        )

    def run(self, *words: object, code: int = 0) -> str:
        environment = {HOME_VARIABLE: str(self.home), "COLUMNS": "150"}
        done = typed("run", *map(str, words), folder=self.folder, environment=environment)
        assert done.code == code, done.output + done.errors
        return done.output + done.errors

    def maze(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MAZE, *words],
            cwd=self.folder,
            env=os.environ | {HOME_VARIABLE: str(self.home)},
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )

    def printed(self) -> str:
        cells = nbformat.read(self.output, as_version=4).cells
        return "".join(
            output.get("text", "") for cell in cells for output in cell.get("outputs", [])
        )

    def let_go(self) -> None:
        (self.folder / "go").touch()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.let_go()
    typed("down", "--force", folder=made.folder, environment={HOME_VARIABLE: str(made.home)})


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def interrupt_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()


ENDS = {
    "INT alone": (interrupt, 130),
    "INT to the group": (interrupt_group, 130),
    "KILL": (kill, -9),
}


def messages_in(home: Path) -> list[dict[str, Any]]:
    """Return the messages of all runs that are in the store."""
    shelf = Shelf(home / "runs.db")
    try:
        return [message for run in shelf.runs() for message in shelf.messages(run.run_id)]
    finally:
        shelf.close()


def finished_in(home: Path) -> set[str]:
    """Return the names of the tasks whose end is in the store."""
    return {
        message["data"]["task_name"]
        for message in messages_in(home)
        if message["type"] == "finish_task"
    }


def ran_again(home: Path) -> list[str]:
    """Return the tasks that were started, in whatever run, after they had finished."""
    found = messages_in(home)
    finished: set[str] = set()
    again = []
    for message in sorted(found, key=lambda message: message["time"]):
        if message["type"] == "finish_task" and not message["data"].get("reused_from"):
            finished.add(message["data"]["task_id"])
        elif message["type"] == "start_task" and message["data"]["task_id"] in finished:
            again.append(message["data"]["task_name"])
    assert finished, "the store has what is looked for"
    return again


def rests(home: Path) -> list[tuple[float, float]]:
    """Return of each resumed run how long nobody worked on it, and by how much that was counted."""
    found: dict[str, list[dict[str, Any]]] = {}
    for message in messages_in(home):
        found.setdefault(message["data"]["run_id"], []).append(message)
    told = []
    for messages in found.values():
        gaps = [
            new["time"] - old["time"]
            for old, new in itertools.pairwise(messages)
            if new["type"] == "resume_workflow"
        ]
        if gaps:
            span = messages[-1]["time"] - messages[0]["time"]
            told.append((sum(gaps), span - messages[-1]["data"]["duration"]))
    return told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "is_kept", "how"),
    [
        pytest.param(SDK, False, "INT alone", marks=pytest.mark.long),
        (SDK, False, "KILL"),
        pytest.param(SDK, True, "KILL", marks=pytest.mark.long),
        pytest.param(CELLS, False, "KILL", marks=pytest.mark.long),
        (CELLS, True, "INT to the group"),
    ],
    ids=["sdk-INT", "sdk-KILL", "sdk-kept-KILL", "cells-KILL", "cells-kept-INT"],
)
def test_stopped_and_resumed(place, cells, is_kept, how):
    began, others = ("held began", SQUARES) if cells is SDK else ("slow began", {"beside"})
    stop, code = ENDS[how]
    if is_kept:
        assert place.maze("up").returncode == 0
    notebook = write(place.folder, *cells)
    with place.begin(notebook, place.output, "-p", "size", "10", group=True) as process:
        # A task leaves its mark before it ends: only what the store has will not run again.
        wait_until(lambda: began in place.ran(), BOUND)
        wait_until(lambda: others <= finished_in(place.home), BOUND)
        kernels = psutil.Process(process.pid).children(recursive=True)
        stop(process)
        stdout, stderr = process.communicate(timeout=BOUND)
    assert process.returncode == code, stdout + stderr
    before = place.ran()
    half_done = nbformat.read(place.output, as_version=4)
    nbformat.validate(half_done)
    assert "answer is" not in place.printed()
    if code == 130:
        assert "Interrupted" in stdout
        assert "cancelled" in stdout
        _, left = psutil.wait_procs(kernels, timeout=20)
        assert not left
    place.let_go()
    place.run("--resume", place.output)
    finished = [name for name in before if not name.endswith("began")]
    for name in finished:
        assert place.ran().count(name) == 1, f"{name} ran again: {place.ran()}"
    assert ran_again(place.home) == []
    found = rests(place.home)
    assert bool(found) == (how == "KILL" and not is_kept)
    for rest, left_out in found:
        assert left_out == pytest.approx(rest, abs=0.5)
    assert "answer is" in place.printed()
    done = nbformat.read(place.output, as_version=4)
    assert [cell.source for cell in done.cells] == [
        cell.source
        for cell in half_done.cells
        if "papermill-error-cell-tag" not in cell.metadata.tags
    ]
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")
    assert "nothing to resume" in place.run("--resume", place.output)


def test_what_was_mended_is_computed_and_nothing_else(place):
    broken = LATER.replace("return sum(squares) + last", "return 1 / 0")
    notebook = write(place.folder, SETUP, EARLIER, broken)
    place.let_go()
    place.run(notebook, place.output, code=1)
    before = place.ran()
    assert before.count("gather") == 1
    mended = nbformat.read(place.output, as_version=4)
    (cell,) = [cell for cell in mended.cells if "1 / 0" in cell.source]
    cell.source = cell.source.replace("1 / 0", "sum(squares) + last")
    nbformat.write(mended, place.output)
    place.run("--resume", place.output)
    assert sorted(place.ran()) == sorted([*before, "gather"])
    assert f"answer is {1 + 4 + 9 + 16 + 45 + 1}" in place.printed()
