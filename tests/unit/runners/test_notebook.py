"""What a notebook can be given, and what is told of its process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maze_nb.errors import InputError, TaskFailedError
from maze_nb.runners import notebook_process, screen
from maze_nb.runners.notebook import Notebook, as_parameter
from maze_nb.runners.notebook_process import execute
from maze_nb.runners.registry import runner_for


class Level(int):
    """A whole number of a type of its own."""


FIT: dict[str, tuple[Any, Any]] = {
    "numbers": ([1, 0.5, True, None], [1, 0.5, True, None]),
    "a tuple": ((1, (2,)), [1, [2]]),
    "a dict": ({"a": {"b": "c"}}, {"a": {"b": "c"}}),
    "numbers of numpy": ([np.float32(0.5), np.int64(3), np.bool_(True)], [0.5, 3, True]),
}
UNFIT: dict[str, tuple[Any, str]] = {
    "a set": ({1}, "x is a set"),
    "an array": (np.arange(2), "x is an ndarray"),
    "an object in a list": ([0, object()], "item 1 of x is an object"),
    "a number in a dict": ({1: 2}, "x is a dict with keys that are no texts"),
    "a path": (Path("a"), "x is a PosixPath"),
    "a type of its own": (Level(1), "x is a Level"),
}


@pytest.mark.parametrize(("value", "wanted"), FIT.values(), ids=FIT.keys())
def test_what_fits_into_a_notebook(value: Any, wanted: Any) -> None:
    found = as_parameter(value, "x")
    assert found == wanted
    assert json.loads(json.dumps(found)) == wanted


@pytest.mark.parametrize(("value", "wanted"), UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_is_refused_by_its_place(value: Any, wanted: str) -> None:
    with pytest.raises(InputError) as caught:
        as_parameter(value, "x")
    assert str(caught.value).startswith(wanted)
    assert "cannot be written into a notebook" in str(caught.value)


def test_a_notebook_is_run_by_its_runner_only() -> None:
    notebook = Notebook("a.ipynb", "/", b"{}")
    assert type(runner_for(notebook.TASK_KIND)).__name__ == "NotebookRunner"
    with pytest.raises(TaskFailedError, match="runs as a task only"):
        notebook()


def test_the_source_of_a_notebook_is_that_of_its_code_cells() -> None:
    cells = [
        {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
        {"cell_type": "markdown", "source": "no"},
        {"cell_type": "code", "source": "c = 3"},
    ]
    notebook = Notebook("a.ipynb", "/", json.dumps({"cells": cells}).encode())
    assert notebook.source() == "# %%\na = 1\nb = 2\n\n# %%\nc = 3"


class Shown:
    """What a task shows."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float | None]] = []

    def progress(self, done: float, total: float | None, message: str) -> None:
        self.told.append((done, total))


@pytest.fixture
def shown() -> Iterator[Shown]:
    """Give a task that runs here."""
    found = Shown()
    token = screen.current.set(found)  # type: ignore[arg-type]
    yield found
    screen.current.reset(token)


PROGRAM = """\
import json, os, sys
job = json.load(open(sys.argv[1]))
print(json.dumps({"cell": 2, "cells": 4}))
print(json.dumps({"stream": "stdout", "text": "said"}))
print(json.dumps({"note": "noted"}))
print("past the kernel")
sys.stdout.flush()
"""
ENDINGS: dict[str, tuple[str, int, str, str]] = {
    "well": ("json.dump({'exit_code': 0, 'more': 1}, open(job['outcome'], 'w'))", 0, "", ""),
    "a cell failed": (
        "json.dump({'exit_code': 1, 'error': 'e', 'traceback': 't'}, open(job['outcome'], 'w'))",
        1,
        "e",
        "t",
    ),
    "nothing was told": ("sys.exit('gone')", 1, "its process ended with exit code 1", "gone"),
    "it was killed": ("os.kill(os.getpid(), 9)", -9, "its process ended with exit code -9", ""),
    "half was told": ("open(job['outcome'], 'w').write('{'); sys.exit(3)", 3, "exit code 3", ""),
}


@pytest.mark.parametrize(("ending", "code", "error", "traceback"), ENDINGS.values(), ids=ENDINGS)
def test_how_a_process_ends_is_told(
    ending: str,
    code: int,
    error: str,
    traceback: str,
    shown: Shown,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a_program.py").write_text(f"{PROGRAM}\n{ending}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(notebook_process, "_PROGRAM", "a_program")
    job = {"outcome": str(tmp_path / "outcome.json")}
    found = execute(
        job,
        tmp_path,
        slots=1,
        records=tmp_path / "records",
        values=None,
        has_own_cluster=True,
    )
    assert found.exit_code == code
    assert error in found.error
    assert found.traceback == traceback
    assert shown.told == [(1.0, 4.0)]
    assert capfd.readouterr().out == "saidnoted\npast the kernel\n"


TELL_PLACES = """\
import json, os, sys
job = json.load(open(sys.argv[1]))
from maze_nb import config
import dask.config
told = [config.use_kept(), config.slots(), dask.config.get("scheduler-address", None) or ""]
json.dump({"exit_code": 1, "error": json.dumps(told)}, open(job["outcome"], "w"))
"""


@pytest.mark.parametrize(
    ("has_own_cluster", "wanted"), [(True, [False, 3, ""]), (False, [True, 3, "tcp://here:1"])]
)
def test_which_cluster_a_notebook_finds(
    has_own_cluster: bool,
    wanted: list[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a_program.py").write_text(TELL_PLACES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://here:1")
    monkeypatch.setattr(notebook_process, "_PROGRAM", "a_program")
    found = execute(
        {"outcome": str(tmp_path / "outcome.json")},
        tmp_path,
        slots=3,
        records=tmp_path / "records",
        values=None,
        has_own_cluster=has_own_cluster,
    )
    assert json.loads(found.error) == wanted
