"""Sweeps by the real command: all of them, those that failed again, interrupts, recorded values."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pytest

import maze_nb
from maze_nb.sdk.sweep.result import Sweep
from tests.waiting import wait_until

MAZE = Path(sys.executable).parent / "maze-nb"
BROKEN = """\
import pathlib
if (a, b) in [(1, 2), (3, 4), (4, 6)] and not pathlib.Path("mended").exists():
    raise ValueError(f"{a} and {b} do not go together")
"""
RECORD = """\
import maze_nb
maze_nb.record("product", a * b)
"""
SLOW = """\
import os, pathlib, time
if a > 1:
    pathlib.Path("started.part").write_text(str(os.getpid()))
    pathlib.Path("started.part").rename("started")
    time.sleep(600)
maze_nb.record("done", True)
"""
VALUES = """\
from matplotlib.figure import Figure
figure = Figure()
figure.subplots().plot([1, a])
maze_nb.record("figure", figure)
maze_nb.record("large", list(range(100_000)))
maze_nb.record("nan", float("nan"))
maze_nb.record("text", "a,b")
print("recorded")
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Give a function that writes a notebook, in a home and a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAZE_HOME", str(tmp_path / "home"))

    def write(*cells: str) -> Path:
        made = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
        )
        tags = {"tags": ["parameters"]}
        made.cells = [nbformat.v4.new_code_cell("a = 1\nb = 2", metadata=tags)]
        made.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
        path = tmp_path / "tiny.ipynb"
        nbformat.write(made, path)
        return path

    return write


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [MAZE, "sweep", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "120"},
    )


def ended(process: subprocess.Popen[str], code: int, seconds: float = 600) -> tuple[str, str]:
    """Wait for the end of a command, which has to be this one; return what it wrote."""
    try:
        printed, errors = process.communicate(timeout=seconds)
    finally:
        process.kill()
    assert process.returncode == code, printed + errors
    return printed, errors


@pytest.mark.long
@pytest.mark.timeout(900)
def test_24_notebooks_of_which_three_fail_and_are_run_again(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    write(BROKEN, RECORD)
    printed, errors = ended(start("tiny.ipynb", "-g", "a=1:4", "-g", "b=1:6"), 1)
    assert "24 notebooks, 21 succeeded, 3 failed" in printed
    assert "24/24" in errors
    assert "In [3]: ValueError: 3 and 4 do not go together" in errors
    folder = tmp_path / "out" / "tiny-sweep"
    first = Sweep(folder)
    assert [(row.parameters["a"], row.parameters["b"]) for row in first.failed] == [
        (1, 2), (3, 4), (4, 6)
    ]  # fmt: skip
    assert all(
        row.recorded == {"product": row.parameters["a"] * row.parameters["b"]}
        for row in first.rows
        if row.has_succeeded
    )
    assert len({row.run_id for row in first.rows}) == 24
    assert {path.name for path in folder.glob("[0-9]*.ipynb")} == {r.notebook for r in first.rows}
    summary = nbformat.read(folder / "summary.ipynb", as_version=4)
    assert [*summary.cells[2].outputs[0].data][:1] == ["image/png"]

    (tmp_path / "mended").touch()
    printed, errors = ended(start("tiny.ipynb", "--failed"), 0)
    assert "24 notebooks, 24 succeeded" in printed
    assert "3/3" in errors
    second = Sweep(folder)
    again = [
        new.number
        for old, new in zip(first.rows, second.rows, strict=True)
        if old.run_id != new.run_id
    ]
    assert again == [row.number for row in first.failed]
    with (folder / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["product"]) for row in rows] == [
        a * b for a in range(1, 5) for b in range(1, 7)
    ]

    printed, _ = ended(start("--failed", "--output", str(folder)), 0)
    assert "24 succeeded" in printed


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_sweep_keeps_what_has_ended_and_goes_on(
    number: signal.Signals, write: Callable[..., Path], tmp_path: Path
) -> None:
    write(RECORD, SLOW)
    process = start("tiny.ipynb", "-g", "a=1,2,3", "--max-parallel", "1", "--output", "found")
    try:
        started = tmp_path / "started"
        wait_until(lambda: started.exists() and started.read_text(), 120)
        kernel = psutil.Process(int(started.read_text()))
        os.kill(process.pid, number)
        is_told = number == signal.SIGINT
        _, errors = ended(process, 130 if is_told else -number, 60)
    finally:
        process.kill()
    wait_until(lambda: not kernel.is_running(), 30)
    found = Sweep(tmp_path / "found")
    assert [row.has_succeeded for row in found.rows] == [True, False, False]
    assert found.rows[2].status == "not run"
    if is_told:
        assert f"maze-nb sweep --failed --output {tmp_path / 'found'}" in errors
        assert found.rows[1].status == "cancelled"
        assert (tmp_path / "found" / "summary.csv").exists()

    write(RECORD)
    printed, errors = ended(start("--failed", "--output", "found"), 0, 200)
    assert "2/2" in errors
    assert "3 notebooks, 3 succeeded" in printed


@pytest.mark.slow
def test_what_can_never_run_leaves_no_sweep_behind(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_MAZE__INFEASIBLE_GRACE", "1s")
    write(RECORD)
    printed, errors = ended(start("tiny.ipynb", "-g", "a=1,2", "-r", "cpu", "9999"), 1, 100)
    assert not printed
    assert errors.splitlines()[-1].startswith("Error: none of the notebooks of the sweep")
    assert "9999 cores" in errors.splitlines()[-1]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_sweep_from_python_has_what_was_recorded(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    found = maze_nb.sweep(
        write("import maze_nb", VALUES), {"a": [1, 2]}, parameters={"b": 3}, max_parallel=2
    )
    assert "2/2 ✓ a=" in capsys.readouterr().out
    assert not found.failed
    row = found.rows[0]
    assert row.recorded["figure"].startswith("<Figure size")
    assert row.recorded["large"] == f"<list of 100,000, in {row.notebook}>"
    assert row.recorded["text"] == "a,b"
    assert list(found.to_frame()["a"]) == [1, 2]
    output = nbformat.read(found.folder.path / row.notebook, as_version=4)
    shown = [each for cell in output.cells for each in cell.get("outputs", [])]
    assert any("image/png" in each.get("data", {}) for each in shown)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_output_notebooks_come_from_workers_that_share_no_disk(
    start_cluster: Callable[..., object], write: Callable[..., Path], tmp_path: Path
) -> None:
    cluster = start_cluster({"MAZE_HOME": str(tmp_path / "elsewhere")})
    cluster.add_worker("far")  # type: ignore[attr-defined]
    notebook = write(RECORD)
    words = ("tiny.ipynb", "-g", "a=1,2", "-p", "b", "5", "--json")
    address: str = cluster.address  # type: ignore[attr-defined]
    printed, _ = ended(start(*words, "--address", address), 0, 200)
    assert '"product": 10' in printed
    assert notebook.exists()
    folder = tmp_path / "out" / "tiny-sweep"
    assert sorted(path.name for path in folder.glob("[0-9]*")) == ["1-a=1.ipynb", "2-a=2.ipynb"]
