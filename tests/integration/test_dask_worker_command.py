"""``dask-worker`` typed as people type it, against a plain ``dask scheduler``."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb import deploy
from tests.waiting import address_in

BIN = Path(sys.executable).parent


@contextlib.contextmanager
def command(line: str, folder: Path, **extra: str):
    """Run a command line as typed, and end it."""
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | extra
    with subprocess.Popen(
        shlex.split(line),
        cwd=folder,
        env=environment,
        executable=str(BIN / shlex.split(line)[0]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scheduler")
    file = folder / "scheduler.json"
    line = (
        f"dask scheduler --host 127.0.0.1 --port 0 --dashboard-address 127.0.0.1:0 "
        f"--scheduler-file {file}"
    )
    with command(line, folder):
        yield address_in(file)


@pytest.mark.parametrize(
    ("line", "resources"),
    [
        ('dask-worker --resources "GPU=2 VRAM=32000"', {"GPU": 2.0, "VRAM": 32000.0}),
        ("dask-worker", {}),
    ],
)
def test_joins_and_takes_gpu_work(scheduler, tmp_path, line, resources):
    with (
        command(line, tmp_path, DASK_SCHEDULER_ADDRESS=scheduler),
        contextlib.closing(deploy.connect(scheduler)) as connection,
    ):
        client = connection.client
        client.wait_for_workers(1, timeout=30)
        (worker,) = client.scheduler_info(n_workers=-1)["workers"].values()
        assert worker["resources"] == resources
        wanted = {"GPU": 1} if "GPU" in resources else None
        assert client.submit(lambda: 6 * 7, resources=wanted, pure=False).result(30) == 42


def test_address_as_argument(scheduler, tmp_path):
    with (
        command(f'dask-worker {scheduler} --resources "GPU=1" --name mine', tmp_path),
        contextlib.closing(deploy.connect(scheduler)) as connection,
    ):
        connection.client.wait_for_workers(1, timeout=30)
        names = {
            worker["name"]: worker
            for worker in connection.client.scheduler_info(n_workers=-1)["workers"].values()
        }
        assert names["mine"]["resources"] == {"GPU": 1.0}


def test_has_every_option_of_dask_worker():
    def help_text(*words: str) -> str:
        return subprocess.run(
            [BIN / words[0], *words[1:], "--help"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    ours, theirs = help_text("dask-worker"), help_text("dask", "worker")
    options = r"(?<= )--[a-z-]+"
    assert ours.startswith("Usage: dask-worker [OPTIONS] [SCHEDULER]")
    assert "--resources" in ours
    assert set(re.findall(options, theirs)) <= set(re.findall(options, ours))
