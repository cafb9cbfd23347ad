"""A Jupyter server with Maze's extension in a process of its own, and what it tells."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import websocket

TOKEN = "test"
EXTENSION = "{'maze_nb.server': True}"


class Channel:
    """A channel of live views, and what came over it.

    Attributes
    ----------
    heard
        What came, in order.
    """

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self.heard: list[dict[str, Any]] = []

    def send(self, content: object) -> None:
        """Send something as JSON, a string as it is."""
        self._connection.send(content if isinstance(content, str) else json.dumps(content))

    def until(
        self, condition: Callable[[dict[str, Any]], object], seconds: float = 30.0
    ) -> dict[str, Any]:
        """Return the first thing that comes from now on for which this holds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._connection.settimeout(left)
            try:
                raw = self._connection.recv()
            except websocket.WebSocketTimeoutException:
                break
            assert raw, f"closed after {[each['kind'] for each in self.heard]}"
            self.heard.append(json.loads(raw))
            if condition(self.heard[-1]):
                return self.heard[-1]
        kinds = [each["kind"] for each in self.heard]
        raise AssertionError(f"not told within {seconds} s, only {kinds}: {self.heard[-3:]}")

    def kind(self, kind: str, seconds: float = 30.0) -> dict[str, Any]:
        """Return the next thing of this kind."""
        return self.until(lambda told: told["kind"] == kind, seconds)

    def ask(self, name: str, seconds: float = 60.0, **asked: object) -> dict[str, Any]:
        """Return the answer to a question."""
        ask_id = len(self.heard)
        self.send({"kind": "ask", "ask_id": ask_id, "ask": name, **asked})
        return self.until(lambda told: told.get("ask_id") == ask_id, seconds)

    def close(self) -> None:
        """Close it as a page does that goes away."""
        self._connection.close()


class Served:
    """A running server.

    Attributes
    ----------
    process
        Its process.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self._port = port
        self._log = log

    @property
    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text()

    def get(self, path: str, token: str = TOKEN) -> tuple[int, Any]:
        """Return the status and the JSON of an address."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/{path}", headers={"Authorization": f"token {token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def connect(self, token: str = TOKEN, **options: Any) -> websocket.WebSocket:
        """Return a connection to the channel of live views."""
        return websocket.create_connection(
            f"ws://127.0.0.1:{self._port}/maze/view",
            header={"Authorization": f"token {token}"},
            timeout=30,
            **options,
        )

    @contextlib.contextmanager
    def channel(self) -> Iterator[Channel]:
        """Give a channel, closed afterwards."""
        channel = Channel(self.connect())
        try:
            yield channel
        finally:
            channel.close()


@contextlib.contextmanager
def served(folder: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[Served]:
    """Serve a folder, with all files of Jupyter's own in it."""
    port = _free_port()
    surroundings = dict(
        os.environ,
        JUPYTER_CONFIG_DIR=str(folder / "config"),
        JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
        JUPYTER_DATA_DIR=str(folder / "data"),
        **(env or {}),
    )
    command = [
        sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}", f"--ServerApp.jpserver_extensions={EXTENSION}", *options,
    ]  # fmt: skip
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=output, stderr=output
        )
        found = Served(process, port, log)
        try:
            _wait_for(found)
            yield found
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Served, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"it ended before it answered:\n{server.log}"
        with contextlib.suppress(OSError, ValueError):
            if server.get("api/status")[0] == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"it did not answer within {seconds} s:\n{server.log}")
