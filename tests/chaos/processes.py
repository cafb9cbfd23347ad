"""The processes of one chaos test: a scheduler, workers and clients, killed and started anew."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

BIN = Path(sys.executable).parent
HERE = Path(__file__).parent
MARK = "MAZE_CHAOS"
END_SECONDS = 30.0
Process = subprocess.Popen[bytes]


class ChaosError(Exception):
    """What must not happen has happened."""


class Processes:
    """Starts and kills; knows which run.

    Parameters
    ----------
    folder
        Where all of them write, and where their home is.

    Attributes
    ----------
    home
        The home of the scheduler and its workers.
    address
        Where every scheduler of the test listens, one after the other.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.port = _free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.mark = uuid.uuid4().hex
        self.scheduler: Process | None = None
        self.workers: dict[int, Process] = {}
        self.clients: dict[int, Process] = {}
        self._started: list[Process] = []

    def start_scheduler(self) -> None:
        """Start a scheduler where the one before was."""
        words = ["maze-nb", "scheduler", "--host", "127.0.0.1", "--port", str(self.port)]
        self.scheduler = self._start("scheduler", [*words, "--no-dashboard"])

    def start_worker(self, number: int) -> None:
        """Start a worker: the first has a nanny, the second has none, the others are plain Dask."""
        name = f"w{number}-{len(self._started)}"
        if number >= 2:
            words = ["dask", "worker", self.address, "--name", name, "--no-nanny"]
            words += ["--nthreads", "2", "--memory-limit", "2GiB", "--no-dashboard"]
        else:
            words = ["maze-nb", "worker", self.address, "--id", name, "--slots", "1"]
            words += ["--cpu", "2"] if number else ["--cpu", "1"]
            words += ["--no-nanny"] if number else []
        words += ["--host", "127.0.0.1", "--death-timeout", "60"]
        self.workers[number] = self._start(f"worker-{number}", words)

    def start_client(self, number: int, graph: str, tasks: int, *, is_cached: bool) -> None:
        """Start a client; those with odd numbers have a home of their own."""
        home = self.home if number % 2 == 0 else self.folder / f"home-{number}"
        words = ["python", str(HERE / "client.py"), self.address, str(number), str(self.folder)]
        words += ["--graph", graph, "--tasks", str(tasks), *(["--cache"] if is_cached else [])]
        self.clients[number] = self._start(f"client-{number}", words, home)

    def kill(self, process: Process) -> None:
        """Kill a process, which is not asked; what it started is left alone."""
        process.kill()
        process.wait(END_SECONDS)

    def children_of_tasks(self) -> list[int]:
        """Return the child processes in which tasks run."""
        return [
            pid for pid, command in self._ours() if "maze_nb.worker.children.program" in command
        ]

    def slots_under_nannies(self) -> list[int]:
        """Return the worker processes that nannies started."""
        return [pid for pid, command in self._ours() if "spawn_main" in command]

    def end(self) -> None:
        """End all in good order.

        Raises
        ------
        ChaosError
            If one does not end, or something is left that one of them started.
        """
        ends = [process for process in (*self.workers.values(), self.scheduler) if process]
        for process in ends:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise ChaosError(f"{process.args} does not end after SIGTERM") from error
        deadline = time.monotonic() + END_SECONDS
        while left := self._ours():
            if time.monotonic() > deadline:
                raise ChaosError(f"processes are left: {left}")
            time.sleep(0.05)

    def end_at_once(self) -> None:
        """Kill all that is left of this test."""
        for _ in range(20):
            left = self._ours()
            for pid, _command in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for process in self._started:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1)
            if not left:
                return

    def logs(self) -> Iterator[Path]:
        """Yield what the processes wrote, each in a file."""
        yield from sorted(self.folder.glob("*.log"))

    def _start(self, role: str, words: list[str], home: Path | None = None) -> Process:
        env = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}
        env |= {
            "MAZE_HOME": str(home or self.home),
            MARK: self.mark,
            "PYTHONPATH": str(HERE),
            "PYTHONUNBUFFERED": "1",
            "PYTHONFAULTHANDLER": "1",
        }
        with (self.folder / f"{role}-{len(self._started):02}.log").open("wb") as log:
            process = subprocess.Popen(
                [BIN / words[0], *words[1:]],
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def _ours(self) -> list[tuple[int, str]]:
        wanted = f"{MARK}={self.mark}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found.append((int(entry.name), command))
        return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
