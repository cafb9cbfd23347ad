"""SIGKILL for the scheduler while a task sends it a file: whole in the end, or the task failed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import maze_nb
from maze_nb import MaClient
from maze_nb.errors import ConnectionFailedError
from tests.waiting import wait_until
from tests.web_receiver import Receiver
from tests.web_site import MEGABYTE

SIZE = 12 * MEGABYTE


def leave() -> int:
    (maze_nb.current_task().dir / "model.bin").write_bytes(b"0123456789abcdef" * (SIZE // 16))
    return SIZE


def read(artifacts: dict) -> tuple[str, int, str]:
    import hashlib

    found = artifacts["model.bin"].read_bytes()
    return artifacts["model.bin"].url, len(found), hashlib.sha256(found).hexdigest()


@pytest.fixture
def start_worker(receiver: Receiver, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen]]:
    """Give a function that starts a worker which shares no folder with the scheduler."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "distributed.cli.dask_worker", receiver.address]
        more = ["--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--name", name]
        env = {
            **receiver.env,
            "RESULTS_DIR": str(tmp_path / name),
            "MAZE_HOME": str(tmp_path / f"home of {name}"),
            "WORKER_NETWORK_BANDWIDTH_BYTES_PER_SEC": str(3 * MEGABYTE),
            "DASK_MAZE__TRANSFER_TRIES": "4",
            "DASK_MAZE__TRANSFER_BACKOFF": "200ms",
        }
        with (tmp_path / f"{name}.log").open("wb") as log:
            started.append(subprocess.Popen([*words, *more], env=env, stdout=log, stderr=log))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait(10)


@pytest.mark.slow
@pytest.mark.parametrize("isolation", ["process", pytest.param("auto", marks=pytest.mark.long)])
def test_it_is_started_anew(
    isolation: str, receiver: Receiver, start_worker: Callable, tmp_path: Path
) -> None:
    start_worker("first")
    with MaClient(receiver.address) as client:
        workflow = client.create_workflow()
        made = workflow.add_task(leave, name="leave", destination="http", isolation=isolation)
        workflow.add_task(read, {"artifacts": made.artifacts}, name="read")
        run_id = str(workflow.run())
        wait_until(partial(receiver.has_begun, MEGABYTE))
        receiver.kill()
        kept = receiver.folder / "kept" / run_id / made.task_id / "model.bin"
        assert not kept.exists()
    receiver.start()
    start_worker("second")
    with MaClient(receiver.address) as client:
        found = client.resume(run_id)
        assert found.wait(90) == "succeeded"
        url, nbytes, digest = next(iter(found.result("read").values()))
        assert "/api/v1/results/" in url
        assert nbytes == SIZE
        assert found.artifacts("leave")["model.bin"].sha256 == digest
        assert kept.read_bytes() == b"0123456789abcdef" * (SIZE // 16)
        assert kept.with_name("manifest.json").exists()


@pytest.mark.slow
def test_it_is_gone_for_good(receiver: Receiver, start_worker: Callable, tmp_path: Path) -> None:
    worker = start_worker("first")
    with MaClient(receiver.address) as client:
        workflow = client.create_workflow()
        made = workflow.add_task(leave, name="leave", destination="http")
        run = client.get_run(workflow.run())
        wait_until(partial(receiver.has_begun, MEGABYTE))
        receiver.kill()
        with pytest.raises(ConnectionFailedError, match="is gone"):
            run.result("leave")
        assert run.status == "interrupted"
    worker.wait(60)
    kept = receiver.folder / "kept" / run.run_id / made.task_id
    assert not list(kept.rglob("model.bin*"))
    # What the task made is whole where it was made.
    (left,) = (tmp_path / "first" / run.run_id).rglob("model.bin")
    assert left.stat().st_size == SIZE
