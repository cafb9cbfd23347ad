"""The commands as a whole: their names, help and version."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb.cli.main import ROWS
from maze_nb.version import __version__

BIN = Path(sys.executable).parent


def answer(*words: str) -> str:
    return subprocess.run(
        [BIN / words[0], *words[1:]], capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize("command", [("maze-nb",), ("dask", "maze")], ids=" ".join)
def test_help_and_version(command):
    text = answer(*command, "--help")
    assert text.startswith(f"Usage: {' '.join(command)} ")
    assert {row.name for row in ROWS} <= set(text.split())
    assert answer(*command, "--version").strip() == f"maze-nb, version {__version__}"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from maze_nb.cli.main import main; "
        "main(['--help'], standalone_mode=False); "
        "heavy = {'papermill', 'nbformat', 'nbconvert', 'rich', 'bokeh', 'IPython'}; "
        "heavy |= {'dask', 'distributed', 'maze_nb.cli.runs', 'maze_nb.cli.worker', 'yaml'}; "
        "sys.exit(str(heavy & set(sys.modules) or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.strip() == ""


def seconds_of(*words: str) -> float:
    """Return the processor seconds that a command takes, the least of a few attempts."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, capture_output=True, check=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


@pytest.mark.alone
def test_help_costs_little_more_than_python_and_much_less_than_dasks():
    python = seconds_of(sys.executable, "-c", "pass")
    dask = seconds_of(str(BIN / "dask"), "--help")
    ours = seconds_of(str(BIN / "maze-nb"), "--help")
    assert ours < python + 0.5 * (dask - python), (python, ours, dask)
