"""SIGKILL for the server of S3 while a task sends it a file: whole in the end, or not there."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import boto3
import botocore.config
import pytest
from botocore.exceptions import BotoCoreError, ClientError

import maze_nb
from maze_nb import MaClient
from tests.cutting_proxy import CuttingProxy
from tests.waiting import wait_until

BUCKET = "results"
SIZE = 18 * 2**20
CONTENT = b"0123456789abcdef" * (SIZE // 16)
CAP = 6 * 2**20
PART = 8 * 2**20


def leave() -> int:
    content = b"0123456789abcdef" * (18 * 2**20 // 16)
    return (maze_nb.current_task().dir / "model.bin").write_bytes(content)


def read(artifacts: dict) -> tuple[str, str]:
    found = artifacts["model.bin"]
    return found.url, hashlib.sha256(found.read_bytes()).hexdigest()


class Server:
    """A server of S3 in a process of its own, which forgets everything when it ends."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.place = ("127.0.0.1", found.getsockname()[1])
        words = ["-m", "moto.server", "-H", self.place[0], "-p", str(self.place[1])]
        with (folder / "s3.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log)
        self.s3 = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.place[1]}",
            aws_access_key_id="someone",
            aws_secret_access_key="quite-secret",
            region_name="us-east-1",
            config=botocore.config.Config(retries={"max_attempts": 0}, proxies={}),
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        with suppress(BotoCoreError, ClientError):
            self.s3.list_buckets()
            return True
        return False

    def has_part(self) -> bool:
        """Return whether a part of some file has come."""
        uploads = self.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
        return any(
            self.s3.list_parts(Bucket=BUCKET, Key=each["Key"], UploadId=each["UploadId"]).get(
                "Parts"
            )
            for each in uploads
        )

    def keys(self) -> list[str]:
        """Return the keys of all files that are there."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(10)


class Place(NamedTuple):
    """Where a worker runs that reaches the servers of S3, one after another, by a proxy."""

    address: str
    proxy: CuttingProxy
    start: Callable[[], Server]


@pytest.fixture(scope="module")
def place(cluster_type: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("killed")
    with ExitStack() as stack:

        def start() -> Server:
            server = Server(folder)
            stack.callback(server.kill)
            return server

        proxy = stack.enter_context(CuttingProxy(("127.0.0.1", 1), seed=1, cuts=0))
        cluster = cluster_type(
            folder,
            {
                "AWS_ENDPOINT_URL": proxy.url,
                "AWS_ACCESS_KEY_ID": "someone",
                "AWS_SECRET_ACCESS_KEY": "quite-secret",
                "AWS_DEFAULT_REGION": "us-east-1",
                "WORKER_NETWORK_BANDWIDTH_BYTES_PER_SEC": str(CAP),
                "DASK_MAZE__TRANSFER_BACKOFF": "100ms",
                "DASK_MAZE__TRANSFER_TRIES": "5",
            },
        )
        stack.callback(cluster.close)
        cluster.add_worker("one")
        yield Place(cluster.address, proxy, start)


@pytest.mark.parametrize("then", ["anew", "without its bucket", "gone"])
def test_a_server_that_is_killed(then: str, place: Place) -> None:
    server = place.start()
    server.s3.create_bucket(Bucket=BUCKET)
    # The one that takes its place is up before, so that the tries do not end as it starts.
    next_one = None if then == "gone" else place.start()
    if next_one and then == "anew":
        next_one.s3.create_bucket(Bucket=BUCKET)
    place.proxy.forget()
    place.proxy.lead_to(server.place)
    with MaClient(place.address) as client:
        workflow = client.create_workflow()
        left = workflow.add_task(leave, name="leave", destination=f"s3://{BUCKET}/x")
        workflow.add_task(read, {"artifacts": left.artifacts}, name="read")
        run = client.get_run(workflow.run())
        wait_until(lambda: place.proxy.went > PART and server.has_part(), 60)
        assert server.keys() == []
        server.kill()
        if next_one:
            place.proxy.lead_to(next_one.place)
        url, sha256 = next(iter(run.result("read", 90).values()))
        assert sha256 == hashlib.sha256(CONTENT).hexdigest()
        if next_one and then == "anew":
            assert url.startswith(f"s3://{BUCKET}/x/{run.run_id}/")
            key = url.removeprefix(f"s3://{BUCKET}/")
            kept = next_one.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
            assert kept == CONTENT
            assert not next_one.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
            return
        assert url.startswith("file://")
        log = Path(unquote(urlsplit(url).path)).with_name("stdout.log").read_text()
        assert f"model.bin is not sent to s3://{BUCKET}/x" in log
        if next_one:
            assert next_one.s3.list_buckets()["Buckets"] == []
