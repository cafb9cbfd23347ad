"""What clients are told by a scheduler that dies in the middle of what it was asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maze_nb import MaClient
from maze_nb.errors import ConnectionFailedError
from tests.waiting import address_in

DIE_WHEN_ASKED = """
import os

def dask_setup(scheduler):
    scheduler.handlers["{operation}"] = lambda **_: os._exit(1)
"""


@pytest.fixture
def dying(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a scheduler that dies when it is asked for an operation."""
    (tmp_path / "die.py").write_text(DIE_WHEN_ASKED.format(operation=request.param))
    file = tmp_path / "scheduler.json"
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    words += ["--scheduler-file", str(file), "--preload", str(tmp_path / "die.py")]
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield address_in(file)
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("dying", ["register_scheduler_plugin"], indirect=True)
def test_a_scheduler_that_dies_while_a_client_connects(dying: str) -> None:
    with pytest.raises(ConnectionFailedError, match="is gone or cannot be reached"):
        MaClient(dying)
