"""Large files over HTTP, and a receiver that is killed while one comes in."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
import time
from functools import partial
from pathlib import Path

import dask
import httpx
import pytest

from maze_nb import MaClient
from maze_nb.artifacts.http_store import HttpStore
from maze_nb.errors import ArtifactError
from tests.waiting import wait_until
from tests.web_receiver import Receiver
from tests.web_site import MEGABYTE, Site, site_of


@pytest.fixture
def received(receiver: Receiver) -> Site:
    """Give the web server of a scheduler that knows a run and has no worker any more."""
    import sys

    words = [sys.executable, "-m", "distributed.cli.dask_worker", receiver.address]
    more = ["--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--nthreads", "1"]
    worker = subprocess.Popen([*words, *more], env=receiver.env, stderr=subprocess.DEVNULL)
    try:
        with MaClient(receiver.address) as client:
            return site_of(client, receiver.folder / "kept")
    finally:
        worker.terminate()
        worker.wait(20)


class Sending(threading.Thread):
    """Sends a file as a worker would, slowly."""

    def __init__(self, site: Site, path: Path) -> None:
        super().__init__(daemon=True)
        self.site, self.path = site, path
        self.url, self.error = "", ""

    def run(self) -> None:
        sha256 = hashlib.sha256(self.path.read_bytes()).hexdigest()
        store = HttpStore(f"http/{self.site.run_id}/{self.site.task_id}", self.site.gateway)
        try:
            self.url = store.put(self.path, "model.bin", sha256)
        except ArtifactError as error:
            self.error = str(error)


@pytest.mark.slow
def test_a_receiver_that_is_killed_and_started_anew_has_the_whole_file(
    receiver: Receiver, received: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_NETWORK_BANDWIDTH_BYTES_PER_SEC", str(8 * MEGABYTE))
    content = os.urandom(24 * MEGABYTE)
    (tmp_path / "model.bin").write_bytes(content)
    sending = Sending(received, tmp_path / "model.bin")
    # A scheduler may take long to start on a busy machine.
    with dask.config.set({"maze.transfer-tries": 30, "maze.transfer-backoff": "0.5s"}):
        sending.start()
        for least in (2 * MEGABYTE, 8 * MEGABYTE):
            wait_until(partial(receiver.has_begun, least))
            receiver.kill()
            assert not (received.folder / "model.bin").exists()
            receiver.start()
        sending.join(90)
    assert (sending.is_alive(), sending.error) == (False, "")
    assert (received.folder / "model.bin").read_bytes() == content
    back = tmp_path / "back"
    HttpStore(sending.url, received.gateway).get(
        sending.url, back, hashlib.sha256(content).hexdigest()
    )
    assert back.read_bytes() == content


@pytest.mark.slow
def test_a_receiver_that_is_killed_for_good_has_no_half_of_a_file(
    receiver: Receiver, received: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_NETWORK_BANDWIDTH_BYTES_PER_SEC", str(4 * MEGABYTE))
    (tmp_path / "model.bin").write_bytes(os.urandom(16 * MEGABYTE))
    sending = Sending(received, tmp_path / "model.bin")
    sending.start()
    wait_until(lambda: receiver.has_begun(MEGABYTE))
    receiver.kill()
    sending.join(90)
    assert not sending.is_alive()
    assert "was not sent" in sending.error
    assert received.gateway.token not in sending.error
    assert not (received.folder / "model.bin").exists()


def _rss(process: subprocess.Popen[bytes] | None) -> int:
    import psutil

    assert process is not None
    return int(psutil.Process(process.pid).memory_info().rss)


def _sizes() -> list[object]:
    return [300, pytest.param(5 * 1024, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", _sizes())
def test_large_files_take_no_memory_and_hold_nobody_up(
    receiver: Receiver, received: Site, tmp_path: Path, megabytes: int
) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(megabytes * MEGABYTE)
    url = f"http://127.0.0.1:{receiver.web}/healthz"
    waits: list[float] = []
    most = [0]
    ended = threading.Event()

    def look() -> None:
        with httpx.Client(trust_env=False, timeout=30) as client:
            while not ended.wait(0.02):
                began = time.perf_counter()
                client.get(url)
                waits.append(time.perf_counter() - began)
                most[0] = max(most[0], _rss(receiver.process))

    idle = []
    with httpx.Client(trust_env=False, timeout=30) as client:
        for _ in range(50):
            began = time.perf_counter()
            client.get(url)
            idle.append(time.perf_counter() - began)
    before = _rss(receiver.process)
    watching = threading.Thread(target=look)
    watching.start()
    began = time.perf_counter()
    try:
        with large.open("rb") as file:
            headers = {"Content-Length": str(megabytes * MEGABYTE)}
            query = f"{received.files}?name=large"
            sent = received.ask(
                "POST", query, content=iter(lambda: file.read(MEGABYTE), b""), headers=headers
            )
        assert sent.status_code == 201
        up = time.perf_counter() - began
        began = time.perf_counter()
        count = 0
        with httpx.stream(
            "GET", received.gateway.base_url + sent.json()["url"],
            headers=received.gateway.headers(), trust_env=False, timeout=600,
        ) as got:  # fmt: skip
            for piece in got.iter_raw(MEGABYTE):
                count += len(piece)
        down = time.perf_counter() - began
    finally:
        ended.set()
        watching.join(30)
    assert count == megabytes * MEGABYTE
    waits.sort()
    grown = (most[0] - before) / MEGABYTE
    print(
        f"{megabytes} MiB: up {up:.1f} s, down {down:.1f} s, memory grew by {grown:.0f} MiB, "
        f"answers idle {1000 * sorted(idle)[25]:.1f} ms, meanwhile "
        f"{1000 * waits[len(waits) // 2]:.1f} ms, worst {1000 * waits[-1]:.0f} ms"
    )
    assert grown < 64
    assert waits[len(waits) // 2] < 0.5
    assert waits[-1] < 5
