"""Functions as workflows on a real cluster, and notebooks as modules in processes of their own."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from maze_nb import MaClient, either, not_, task, workflow
from maze_nb.errors import TaskSkippedError, UnknownRunError
from tests.kernels import client_of, notebook_of
from tests.shells import Cells, maze_shell


class Found(NamedTuple):
    total: object
    extras: object


@task(outputs=["data", "name"])
def load(path):
    return [1, 2, 3], path.upper()


@task
def add(a, b=0):
    return a + b


@task
def total(xs):
    return sum(xs)


@task
def fail():
    raise ValueError("no luck")


@task(outputs=["low", "high"])
def ends(xs):
    return min(xs), max(xs)


@workflow
def prepare(path):
    loaded = load(path)
    return loaded.data, loaded.name


@workflow
def pipeline(path):
    data, name = prepare(path)
    more = add.map(over=data, b=10)
    result = more.reduce(total)
    is_big = big(result)
    high = add.using(name="high").when(is_big)(result, 1)
    low = add.using(name="low").when(not_(is_big))(result, 2)
    return Found(add(either(low, high)), {"name": name, "ends": ends(more), "plain": [3, None]})


@task
def big(n):
    return n > 30


@pytest.fixture(scope="module")
def client() -> Iterator[MaClient]:
    with MaClient() as client:
        yield client


def test_what_a_workflow_function_returns(client: MaClient) -> None:
    made = pipeline.on(client)("a.csv")
    assert client.get_workflow(made.workflow_id) is made
    for _ in range(2):
        run_id = made.run()
        found = made.returned(run_id, timeout=60)
        assert found == Found(
            37, {"name": "A.CSV", "ends": {"low": 11, "high": 13}, "plain": [3, None]}
        )
    with pytest.raises(UnknownRunError):
        made.returned("f" * 32)


def test_errors_and_skipped_tasks_are_raised(client: MaClient) -> None:
    @workflow
    def failing():
        return add(fail()), add(1)

    made = failing.on(client)()
    with pytest.raises(TaskSkippedError):
        made.returned(made.run(), timeout=60)

    @workflow
    def raising():
        add(1)
        return fail()

    made = raising.on(client)()
    with pytest.raises(ValueError, match="no luck"):
        made.returned(made.run(), timeout=60)


def test_the_default_client_is_made_when_it_is_needed() -> None:
    made = pipeline("b.csv")
    assert made.returned(made.run(), timeout=60).extras["name"] == "B.CSV"


CELLS = [
    """\
import math
import numpy as np
rate = 3
table = np.arange(20)
def price(n):
    return n * rate + offset
""",
    """\
%%maze_task start
xs = [price(n) for n in range(4)]
with open('/dev/null') as f:
    text = f.read() + '''a
  b'''
""",
    "%%maze_task offsets --cpu 1\noffset = int(table.sum())\nclass C:\n    n = 2",
    """\
%%maze_task 'the end'
import asyncio
await asyncio.sleep(0)
result = sum(xs) * C.n + math.floor(2.5)
lines = text.splitlines()
""",
    "%maze_run",
    "print('here:', result, lines)",
    "%maze_export flow.py",
]
AGAIN = ["%load_ext maze_nb", "%load_maze flow.py", "%maze_run", "print('here:', result, lines)"]


def run_cells(cells: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Run cells in a shell in a folder; return what they print."""
    with contextlib.chdir(folder), maze_shell(folder) as shell:
        return "".join(map(Cells(shell, capsys).run, cells))


def run_notebook(cells: list[str], folder: Path) -> str:
    """Run cells in a kernel; return what they print."""
    book = notebook_of(*cells)
    with contextlib.redirect_stderr(io.StringIO()):
        client_of(book, folder).execute()
    texts = [output.get("text", "") for cell in book.cells for output in cell.get("outputs", ())]
    return "".join(texts)


def test_a_notebook_as_a_module_and_back(
    client: MaClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = "here: 1558 ['a', '  b']"
    printed = run_cells(CELLS, tmp_path, capsys)
    assert wanted in printed.splitlines()
    assert "wrote flow.py and flow.pkl" in printed

    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", client.address)
    ran = subprocess.run(
        [sys.executable, "flow.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "result = 1558\nlines = ['a', '  b']\n" in ran.stdout

    assert wanted in run_notebook(AGAIN, tmp_path).splitlines()
