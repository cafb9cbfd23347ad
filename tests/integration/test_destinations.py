"""Files that tasks leave, sent to where they are to be kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

import maze_nb
from maze_nb import MaClient
from maze_nb.errors import OptionError
from tests.waiting import wait_until

SIZE = 12_000_000


def leave(size: int) -> int:
    (maze_nb.current_task().dir / "model.bin").write_bytes(b"m" * size)
    return size


def read(artifacts: dict) -> tuple[str, int]:
    found = artifacts["model.bin"]
    return found.url, len(found.read_bytes())


class Kept(NamedTuple):
    """A cluster that reaches a bucket, from here too."""

    address: str
    bucket: Any


@pytest.fixture(scope="module")
def kept(cluster_type: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = s3_environment(f"http://{host}:{port}")
    cluster = cluster_type(tmp_path_factory.mktemp("kept"), environment)
    try:
        httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
        cluster.add_worker("one")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            bucket = boto3.client("s3")
            bucket.create_bucket(Bucket="results")
            yield Kept(cluster.address, bucket)
    finally:
        cluster.close()
        server.stop()


def s3_environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "quite-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "DASK_MAZE__TRANSFER_BACKOFF": "100ms",
    }


def run_of(client: MaClient, *, task_at: str | None = None, run_at: str | None = None):
    workflow = client.create_workflow()
    options = {} if task_at is None else {"destination": task_at}
    left = workflow.add_task(leave, {"size": SIZE}, name="leave", **options)
    workflow.add_task(read, {"artifacts": left.artifacts}, name="read")
    return client.get_run(workflow.run(destination=run_at))


@pytest.mark.parametrize("said_by", ["task", "run", "client"])
def test_s3(said_by: str, kept: Kept, tmp_path: Path):
    wanted = f"s3://results/{said_by}"
    with MaClient(
        kept.address, destination=wanted if said_by == "client" else str(tmp_path / "other")
    ) as client:
        run = run_of(
            client,
            task_at=wanted if said_by == "task" else None,
            run_at=wanted if said_by == "run" else None,
        )
        url, nbytes = next(iter(run.result("read").values()))
        assert (url, nbytes) == (f"{wanted}/{run.run_id}/{url.split('/')[-2]}/model.bin", SIZE)
        key = url.removeprefix("s3://results/")
        assert kept.bucket.head_object(Bucket="results", Key=key)["ContentLength"] == SIZE
        told = repr(list(run.messages(verbose=False)))
        assert "quite-secret" not in told


def test_fallback(start_cluster: Callable):
    """What cannot be sent stays in the task's folder, and its log says so."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    tries = {"DASK_MAZE__TRANSFER_TRIES": "3"}
    cluster = start_cluster(s3_environment(f"http://127.0.0.1:{port}") | tries)
    cluster.add_worker("one")
    with MaClient(cluster.address) as client:
        run = run_of(client, task_at="s3://results/x")
        url, nbytes = next(iter(run.result("read").values()))
        assert url.startswith("file://")
        assert nbytes == SIZE
        log = Path(unquote(urlsplit(url).path)).with_name("stdout.log").read_text()
        assert "model.bin is not sent to s3://results/x" in log
        assert "quite-secret" not in log


def test_receiver_is_killed(start_cluster: Callable, tmp_path: Path):
    """SIGKILL for the server in the middle of an upload: whole in the end, whatever it takes."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.putting_server", str(tmp_path / "served"), str(port)],
            cwd=Path(__file__).parents[2],
        )

    server, served = start(), tmp_path / "served"
    wait_until(lambda: _answers(port))
    environment = {
        "WORKER_NETWORK_BANDWIDTH_BYTES_PER_SEC": "6000000",
        "DASK_MAZE__TRANSFER_TRIES": "8",
    }
    cluster = start_cluster(environment)
    cluster.add_worker("one")
    try:
        with MaClient(cluster.address) as client:
            run = run_of(client, task_at=f"http://127.0.0.1:{port}/kept")
            wait_until(lambda: _sizes(served) > 1_000_000)
            os.kill(server.pid, signal.SIGKILL)
            server.wait(10)
            assert not list(served.glob("kept/**/model.bin"))
            server = start()
            url, nbytes = next(iter(run.result("read").values()))
            assert nbytes == SIZE
            assert url.startswith(f"http://127.0.0.1:{port}/kept/{run.run_id}/")
            (kept,) = served.glob("kept/**/model.bin")
            assert kept.read_bytes() == b"m" * SIZE
    finally:
        server.kill()
        server.wait(10)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _sizes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize("wrong", ["gs://bucket", "results", "https://ann:secret@host/x"])
def test_refused_before_it_runs(wrong: str, embedded: MaClient):
    workflow = embedded.create_workflow()
    with pytest.raises(OptionError, match="destination"):
        workflow.add_task(leave, {"size": 1}, destination=wrong)
    workflow.add_task(leave, {"size": 1})
    with pytest.raises(OptionError, match="destination"):
        workflow.run(destination=wrong)
