"""Real clusters for the tests: the embedded one, and a separate scheduler with workers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from distributed import Client

from maze_nb import MaClient
from maze_nb.store.result_cache import open_cache
from tests.waiting import wait_until


class Cluster:
    """A scheduler and workers in processes of their own, started as a person would.

    Parameters
    ----------
    env
        What all of them have in their environment beside ours.
    """

    def __init__(self, folder: Path, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.log = folder / f"cluster-{uuid.uuid4().hex[:8]}.log"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._env = env or {}
        file = self.log.with_suffix(".json")
        self.scheduler = self._start(
            [
                sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0",
                "--no-dashboard", "--dashboard-address", "127.0.0.1:0",
                "--host", "127.0.0.1", "--scheduler-file", str(file),
            ]
        )  # fmt: skip
        wait_until(file.exists, 30)
        with Client(scheduler_file=str(file), timeout=30, set_as_default=False) as client:
            self.address: str = client.scheduler.address

    def add_worker(
        self,
        name: str,
        *options: str,
        env: dict[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> None:
        """Start a worker process, by way of a command if given, and wait until it has joined."""
        self.workers.append(
            self._start(
                [
                    *within, sys.executable, "-m", "distributed.cli.dask_worker", self.address,
                    "--name", name, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
                    "--nthreads", "2", "--memory-limit", "1GiB", *options,
                ],
                env,
            )
        )  # fmt: skip
        with Client(self.address, timeout=30, set_as_default=False) as client:
            wait_until(lambda: name in _names(client), 30)

    def close(self) -> None:
        """End all processes: the workers first, as one that loses its scheduler may linger."""
        for group in (self.workers, [self.scheduler]):
            for process in group:
                process.terminate()
            for process in group:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)

    def kill(self) -> None:
        """End all processes by SIGKILL, the scheduler first."""
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait(10)

    def _start(
        self, arguments: list[str], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                arguments,
                cwd=self.folder,
                env={**os.environ, **self._env, **(env or {})},
                stdout=log,
                stderr=log,
            )


class Script:
    """A Python program in a process of its own.

    Parameters
    ----------
    code
        What it does; ``HERE`` in it is `folder`.
    env
        What it has in its environment beside ours.
    """

    def __init__(self, code: str, folder: Path, env: dict[str, str] | None = None) -> None:
        self.file = folder / f"script_{uuid.uuid4().hex[:8]}.py"
        self.file.write_text(f"from pathlib import Path\nHERE = Path({str(folder)!r})\n{code}")
        self._error = self.file.with_suffix(".err")
        with self._error.open("wb") as error:
            self.process = subprocess.Popen(
                [sys.executable, str(self.file)],
                cwd=folder,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=error,
                text=True,
            )

    def end(self, code: int = 0, seconds: float = 90.0) -> str:
        """Wait for its end, and return what it printed; it has to end with this exit code."""
        printed, _ = self.process.communicate(timeout=seconds)
        assert self.process.returncode == code, printed + self.warnings
        return printed

    @property
    def warnings(self) -> str:
        """What it wrote beside what it printed."""
        return self._error.read_text()

    def kill(self) -> None:
        """End it by SIGKILL, if it has not ended."""
        self.process.kill()
        self.process.communicate(timeout=10)


def _names(client: Client) -> set[str]:
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return {str(worker["name"]) for worker in workers}


@pytest.fixture(autouse=True)
def _nothing_is_cached() -> None:
    """Have no test shown what another computed, as all of them have one home."""
    cache = open_cache()
    if kept := [entry.key for entry in cache.entries()]:
        cache.remove(kept)


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Give a function that starts a scheduler, ended after the test."""
    with contextlib.ExitStack() as stack:

        def start(env: dict[str, str] | None = None) -> Cluster:
            cluster = Cluster(tmp_path, env)
            stack.callback(cluster.close)
            return cluster

        yield start


@pytest.fixture(scope="session")
def cluster_type() -> type[Cluster]:
    """Give the class of clusters, to fixtures that start their own."""
    return Cluster


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Callable[..., Script]]:
    """Give a function that starts a Python program with the given environment."""
    started: list[Script] = []

    def start(code: str, **env: str) -> Script:
        started.append(Script(code, tmp_path, env))
        return started[-1]

    yield start
    for each in started:
        each.kill()


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
