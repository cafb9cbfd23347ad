"""Real clusters for the tests: the embedded one, and a separate scheduler with workers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import Client

from maze_nb import MaClient


class Cluster:
    """A scheduler and workers in processes of their own, started as a person would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self._scheduler = self._start(
            [
                "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard",
                "--host", "127.0.0.1", "--scheduler-file", str(self._file),
            ]
        )  # fmt: skip
        wait_until(self._file.exists, 30)
        with Client(scheduler_file=str(self._file), timeout=30, set_as_default=False) as client:
            self.address: str = client.scheduler.address

    def add_worker(self, name: str, *options: str, env: dict[str, str] | None = None) -> None:
        """Start a worker process and wait until it has joined."""
        self.workers.append(
            self._start(
                [
                    "distributed.cli.dask_worker", self.address, "--name", name, "--no-nanny",
                    "--no-dashboard", "--host", "127.0.0.1", "--nthreads", "2",
                    "--memory-limit", "1GiB", *options,
                ],
                env,
            )
        )  # fmt: skip
        with Client(self.address, timeout=30, set_as_default=False) as client:
            wait_until(lambda: name in _names(client), 30)

    def close(self) -> None:
        """End all processes: the workers first, as one that loses its scheduler may linger."""
        for group in (self.workers, [self._scheduler]):
            for process in group:
                process.terminate()
            for process in group:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)

    def _start(
        self, arguments: list[str], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _names(client: Client) -> set[str]:
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return {str(worker["name"]) for worker in workers}


def wait_until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until `condition` holds; fail when the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[Callable[[], Cluster]]:
    """Give a function that starts a scheduler, ended after the test."""
    with contextlib.ExitStack() as stack:

        def start() -> Cluster:
            cluster = Cluster(tmp_path)
            stack.callback(cluster.close)
            return cluster

        yield start


@pytest.fixture(scope="module")
def separate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a scheduler with two plain workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add_worker("a")
        cluster.add_worker("b")
        yield cluster.address
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def nannied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a scheduler with one worker that its nanny brings back."""
    cluster = Cluster(tmp_path_factory.mktemp("nannied"))
    try:
        cluster.add_worker("nannied", "--nanny")
        yield cluster.address
    finally:
        cluster.close()


@pytest.fixture(params=["embedded", "separate"])
def client(request: pytest.FixtureRequest) -> Iterator[MaClient]:
    """Give a client of each kind of cluster."""
    address = None if request.param == "embedded" else request.getfixturevalue("separate")
    with MaClient(address) as made:
        yield made


@pytest.fixture
def embedded() -> Iterator[MaClient]:
    """Give a client of the embedded cluster."""
    with MaClient() as made:
        yield made
