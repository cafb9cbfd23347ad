"""A scheduler that takes files in by HTTP, and can be killed and started anew where it was."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.waiting import wait_until


class Receiver:
    """A scheduler at ports of its own, which can be killed and started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.web = _free_ports(2)
        self.env = {
            **os.environ,
            "MAZE_HOME": str(folder / "home"),
            "RESULTS_DIR": str(folder / "kept"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = [
            sys.executable, "-m", "maze_nb.cli.main", "scheduler", "--host", "127.0.0.1",
            "--port", str(self.port), "--dashboard-address", f"127.0.0.1:{self.web}",
        ]  # fmt: skip
        with (self.folder / "receiver.log").open("ab") as log:
            self.process = subprocess.Popen(words, env=self.env, stdout=log, stderr=log)
        wait_until(self.is_well, 60)

    def is_well(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.web}/healthz"
            return httpx.get(url, trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def has_begun(self, least: int) -> bool:
        """Return whether so much of a file has come."""
        folder = self.folder / "kept" / ".uploads"
        return any(path.stat().st_size >= least for path in folder.glob("*.part"))

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
