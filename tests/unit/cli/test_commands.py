"""The commands as a whole: their names, help and version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
    assert {"run", "demo", "up", "down", "scheduler", "worker", "nodes"} <= set(text.split())
    assert answer(*command, "--version").strip() == f"maze-nb, version {__version__}"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from maze_nb.cli.main import main; "
        "main(['--help'], standalone_mode=False); "
        "heavy = {'papermill', 'nbformat', 'nbconvert', 'rich', 'bokeh', 'IPython'}; "
        "heavy |= {'dask', 'distributed'}; "
        "sys.exit(str(heavy & set(sys.modules) or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.strip() == ""
