"""``dask-worker`` with resources that make no sense: refused before anything starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb.cli.dask_worker import declarations

COMMAND = Path(sys.executable).parent / "dask-worker"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], []),
        (["tcp://host:1", "--name", "a"], []),
        (["--resources", "GPU=1", "--name", "a"], ["GPU=1"]),
        (["--resources=GPU=1 VRAM=2", "x"], ["GPU=1 VRAM=2"]),
        (["--resources", "GPU=1", "--resources=GPU=x"], ["GPU=1", "GPU=x"]),
        (["--resources"], []),
        (["--", "--resources", "GPU=x"], []),
    ],
)
def test_what_follows_resources_is_found(words, found):
    assert list(declarations(words)) == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resources", "GPU=x"], "Error: GPU=x in --resources: 'x' is not a number"),
        (["--resources=VRAM=1"], "Error: VRAM=1 in --resources has no GPU to belong to"),
        (["--resources", "gpu=1"], "did you mean 'GPU'?"),
    ],
)
def test_a_fault_is_one_line_and_exit_code_2(words, said):
    done = subprocess.run(
        [COMMAND, "tcp://127.0.0.1:1", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
