"""Files over HTTP of workers that share no folder with the scheduler."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from maze_nb import MaClient, task
from tests.web_site import Site


@task
def leave_a_file() -> int:
    from maze_nb import current_task

    (current_task().dir / "made.bin").write_bytes(b"far away" * 1000)
    (current_task().dir / "deep").mkdir()
    (current_task().dir / "deep" / "more.txt").write_text("more")
    (current_task().dir / "out").symlink_to("/etc/passwd")
    return 1


def test_a_file_of_a_worker_is_read_from_there(start_cluster: Callable, tmp_path: Path) -> None:
    home = {"MAZE_HOME": str(tmp_path / "home")}
    cluster = start_cluster({**home, "RESULTS_DIR": str(tmp_path / "kept")})
    cluster.add_worker("far", env={"RESULTS_DIR": str(tmp_path / "far")})
    cluster.add_worker("other", env={"RESULTS_DIR": str(tmp_path / "other")})
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow("far")
        made = workflow.add_task(leave_a_file)
        run_id = str(workflow.run())
        assert client.get_run(run_id).wait(60) == "succeeded"
        site = Site(client.gateway(), run_id, made.task_id, tmp_path / "kept")
        content = b"far away" * 1000
        got = site.ask("GET", f"{site.files}/made.bin")
        assert got.content == content
        assert got.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
        part = site.ask("GET", f"{site.files}/made.bin", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"away")
        assert site.ask("GET", f"{site.files}/deep/more.txt").text == "more"
        assert site.ask("GET", f"{site.files}/out").status_code == 404
        assert not site.folder.exists()
        told = site.ask("GET", f"/api/v1/results/{site.task_id}").json()
        assert {"made.bin", "deep/more.txt"} <= told["files"].keys()
        assert told["responses"]["status"] == "succeeded"


@task
def read_a_file(found) -> str:
    return str(len(found.read_bytes()))


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_destination_for_files_that_no_folder_is_shared_for(
    start_cluster: Callable, tmp_path: Path, isolation: str
) -> None:
    cluster = start_cluster(
        {"MAZE_HOME": str(tmp_path / "home"), "RESULTS_DIR": str(tmp_path / "kept")}
    )
    for name in ("far", "other"):
        cluster.add_worker(
            name, env={"RESULTS_DIR": str(tmp_path / name), "MAZE_HOME": str(tmp_path / name)}
        )
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow("http")
        made = workflow.add_task(leave_a_file, destination="http", isolation=isolation)
        read = workflow.add_task(
            read_a_file, inputs={"found": made.artifacts["made.bin"]}, isolation=isolation
        )
        run_id = str(workflow.run())
        assert client.get_run(run_id).wait(90) == "succeeded"
        assert client.get_run(run_id).result(read.task_id) == {"result": "8000"}
        site = Site(client.gateway(), run_id, made.task_id, tmp_path / "kept")
        assert (site.folder / "made.bin").read_bytes() == b"far away" * 1000
        assert (site.folder / "deep" / "more.txt").read_text() == "more"
        assert site.ask("GET", f"{site.files}/manifest.json").status_code == 200
        shutil.rmtree(tmp_path / "far", ignore_errors=True)
        shutil.rmtree(tmp_path / "other", ignore_errors=True)
        told = site.ask("GET", f"/api/v1/results/{site.task_id}").json()
        assert site.ask("GET", told["files"]["made.bin"]["url"]).status_code == 200
        messages = json.dumps([str(each) for each in client.get_run(run_id).messages()])
        assert site.gateway.token not in messages
    assert site.gateway.token not in cluster.log.read_text()
