"""The folder of a task: its files, its log, its manifest, and what later tasks get of them."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from maze_nb import MaClient, current_task, task
from maze_nb.config import home
from maze_nb.sdk.run import Run
from tests.waiting import wait_until

BOUND = 60
WAYS = ["thread", "process"]


def path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def folder_of(run: Run, made: Any) -> Path:
    return home() / "results" / run.run_id / made.task_id


def manifest_of(run: Run, made: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder_of(run, made) / "manifest.json").read_text())
    return found


def names_in(run: Run, made: Any) -> set[str]:
    return {each["name"] for each in manifest_of(run, made)["artifacts"]}


def end_of(run: Run, made: Any) -> dict[str, Any]:
    """Return the last message of a task's end."""
    ends = [m for m in run.messages() if m["data"].get("task_id") == made.task_id]
    return [m["data"] for m in ends if m["type"] in ("finish_task", "task_exception")][-1]


def run_of(client: MaClient, workflow: Any, status: str = "succeeded") -> Run:
    run = client.get_run(workflow.run())
    assert run.wait(BOUND) == status, [m["data"].get("result") for m in run.messages()]
    return run


@task(outputs=["size"])
def train(size: int):
    print("training")
    folder = current_task().dir
    (folder / "final_model").mkdir(exist_ok=True)
    (folder / "final_model" / "weights.bin").write_bytes(b"w" * size)
    (folder / "metrics.json").write_text("{}")
    return {"size": size}


@task(outputs=["found"])
def unpack(url: str):
    with tarfile.open(path_of(url)) as archive:
        return {"found": archive.getnames()}


@task(outputs=["lengths"])
def measure(files):
    return {"lengths": {name: len(each.read_bytes()) for name, each in files.items()}}


@task(outputs=["text"])
def read(file):
    with open(file) as opened:
        return {"text": opened.read()}


@pytest.mark.parametrize("isolation", WAYS)
def test_the_folder_of_a_task_has_a_log_a_summary_and_a_manifest(embedded, isolation):
    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 1000}, isolation=isolation)
    run = run_of(embedded, workflow)
    folder = folder_of(run, made)
    assert {path.name for path in folder.iterdir()} == {
        *("final_model", "final_model.tar.gz", "metrics.json"),
        *("stdout.log", "manifest.json", "responses.json"),
    }
    assert (folder / "stdout.log").read_text() == "training\n"
    told = json.loads((folder / "responses.json").read_text())
    assert (told["log"], told["manifest"]) == ("stdout.log", "manifest.json")
    assert told["result_location"] == folder.as_uri() == end_of(run, made)["result_location"]
    for each in manifest_of(run, made)["artifacts"]:
        data = path_of(each["url"]).read_bytes()
        assert (each["size"], each["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert names_in(run, made) == {"final_model.tar.gz", "metrics.json"}


@pytest.mark.parametrize("isolation", WAYS)
def test_later_tasks_are_given_what_a_task_left(embedded, isolation):
    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 10}, isolation=isolation)
    url = made.outputs["final_model_archive_url"]
    names = workflow.add_task(unpack, inputs={"url": url})
    sizes = workflow.add_task(measure, inputs={"files": made.outputs["artifacts"]})
    text = workflow.add_task(read, inputs={"file": made.artifacts["metrics.json"]})
    run = run_of(embedded, workflow)
    assert run.result(names) == {"found": ["weights.bin"]}
    lengths = run.result(sizes)["lengths"]
    assert (lengths.keys(), lengths["metrics.json"]) == ({"final_model.tar.gz", "metrics.json"}, 2)
    assert run.result(text) == {"text": "{}"}


def test_an_archive_that_is_read_and_not_there_fails_its_task_by_name(embedded):
    @task(outputs=["x"])
    def leave_nothing():
        return {"x": 1}

    workflow = embedded.create_workflow()
    made = workflow.add_task(leave_nothing)
    workflow.add_task(unpack, inputs={"url": made.outputs["final_model_archive_url"]})
    run = run_of(embedded, workflow, "failed")
    message = end_of(run, made)["error"]["message"]
    assert "'leave_nothing' has no output 'final_model_archive_url'" in message


def test_a_task_without_files_leaves_no_manifest(embedded):
    @task
    def quiet():
        return 1

    @task
    def loud():
        print("loud")

    workflow = embedded.create_workflow()
    silent, talking = workflow.add_task(quiet), workflow.add_task(loud)
    run = run_of(embedded, workflow)
    assert not folder_of(run, silent).exists()
    left = {path.name for path in folder_of(run, talking).iterdir()}
    assert left == {"stdout.log", "responses.json"}
    assert end_of(run, talking)["result_location"] == ""


def test_files_go_to_the_destination_of_a_task(embedded, tmp_path):
    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 10}, destination=tmp_path.as_uri())
    text = workflow.add_task(read, inputs={"file": made.artifacts["metrics.json"]})
    run = run_of(embedded, workflow)
    place = tmp_path / run.run_id / made.task_id
    assert path_of(end_of(run, made)["result_location"]) == place
    assert {path.name for path in place.iterdir()} == {
        *("final_model.tar.gz", "metrics.json", "manifest.json", "stdout.log"),
    }
    assert path_of(manifest_of(run, made)["artifacts"][0]["url"]).is_relative_to(place)
    assert run.result(text) == {"text": "{}"}


@pytest.mark.parametrize("isolation", WAYS)
def test_files_go_to_the_web_server_of_the_scheduler(embedded, isolation):
    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 10}, destination="http", isolation=isolation)
    text = workflow.add_task(read, inputs={"file": made.artifacts["metrics.json"]})
    run = run_of(embedded, workflow)
    location = end_of(run, made)["result_location"]
    assert urlsplit(location).path == f"/api/v1/results/{made.task_id}"
    for each in manifest_of(run, made)["artifacts"]:
        assert each["url"].startswith(location.partition("?")[0])
    assert (folder_of(run, made) / "stdout.log").read_text() == "training\n"
    assert run.result(text) == {"text": "{}"}


def test_what_cannot_go_to_its_destination_is_told_in_the_log(embedded, tmp_path):
    (tmp_path / "file").touch()
    workflow = embedded.create_workflow()
    made = workflow.add_task(
        train, inputs={"size": 10}, destination=(tmp_path / "file").as_uri(), isolation="process"
    )
    text = workflow.add_task(read, inputs={"file": made.artifacts["metrics.json"]})
    run = run_of(embedded, workflow)
    assert "metrics.json is not sent to" in (folder_of(run, made) / "stdout.log").read_text()
    assert end_of(run, made)["result_location"] == folder_of(run, made).as_uri()
    assert run.result(text) == {"text": "{}"}


@pytest.mark.parametrize("isolation", WAYS)
def test_a_failed_task_keeps_its_files_and_its_log(embedded, isolation):
    @task
    def break_down():
        print("so far so good")
        (current_task().dir / "half.txt").write_text("half")
        raise ValueError("enough")

    workflow = embedded.create_workflow()
    made = workflow.add_task(break_down, isolation=isolation)
    run = run_of(embedded, workflow, "failed")
    told = manifest_of(run, made)
    assert (told["status"], names_in(run, made)) == ("failed", {"half.txt"})
    log = (folder_of(run, made) / "stdout.log").read_text()
    assert log.startswith("so far so good\n")
    assert "ValueError: enough" in log


@pytest.mark.parametrize("files", [{}, {"half.txt": "half"}], ids=["only a log", "files"])
def test_what_a_failed_task_left_goes_to_its_destination(embedded, tmp_path, files):
    @task
    def break_down(files):
        print("so far so good")
        for name, text in files.items():
            (current_task().dir / name).write_text(text)
        raise ValueError("enough")

    workflow = embedded.create_workflow()
    there = f"file://{tmp_path}"
    made = workflow.add_task(break_down, inputs={"files": files}, destination=there)
    run = run_of(embedded, workflow, "failed")
    found = tmp_path / run.run_id / made.task_id
    assert (found / "stdout.log").read_text().startswith("so far so good")
    assert {name: (found / name).read_text() for name in files} == files
    if files:
        told = json.loads((found / "manifest.json").read_text())
        assert (told["status"], told["artifacts"][0]["url"]) == (
            *("failed", (found / "half.txt").as_uri()),
        )


def test_a_manifest_says_what_a_command_was_to_leave(embedded):
    workflow = embedded.create_workflow()
    outputs = {"logs": "build/*.log", "model": "model.bin"}
    made = workflow.add_command("mkdir build; touch build/a.log; echo built", outputs=outputs)
    run = run_of(embedded, workflow, "failed")
    told = manifest_of(run, made)
    assert told["status"] == "failed"
    assert {each["output"]: each["pattern"] for each in told["expected"]} == outputs
    assert {each["output"] for each in told["expected"] if not each["found"]} == {"model"}
    assert "model" in end_of(run, made)["error"]["message"]


def test_a_task_that_is_ended_has_a_manifest_of_what_it_left(embedded):
    @task
    def dawdle():
        import time

        (current_task().dir / "half.txt").write_text("half")
        time.sleep(BOUND)

    workflow = embedded.create_workflow()
    made = workflow.add_task(dawdle, timeout=3)
    run = run_of(embedded, workflow, "failed")
    told = manifest_of(run, made)
    assert (told["status"], told["artifacts"][0]["sha256"]) == ("failed", None)
    assert names_in(run, made) == {"half.txt"}


def test_the_files_of_a_command_are_its_artifacts(embedded):
    workflow = embedded.create_workflow()
    source = workflow.add_task(train, inputs={"size": 10})
    made = workflow.add_command(
        "mkdir final_lora && cp {given} final_lora/a && echo hello > model.txt && echo done",
        inputs={"given": source.artifacts["metrics.json"]},
        outputs={"model": "model.txt"},
    )
    text = workflow.add_task(read, inputs={"file": made.outputs["model"]})
    names = workflow.add_task(unpack, inputs={"url": made.outputs["final_lora_archive_url"]})
    run = run_of(embedded, workflow)
    assert run.result(text) == {"text": "hello\n"}
    assert run.result(names) == {"found": ["a"]}
    assert names_in(run, made) == {"model.txt", "final_lora.tar.gz"}
    assert manifest_of(run, made)["expected"][0]["found"] == ["model.txt"]
    assert (folder_of(run, made) / "stdout.log").read_text() == "done\n"


def test_the_newest_attempt_is_told_of(embedded):
    @task
    def try_again():
        me = current_task()
        (me.dir / f"attempt-{me.attempt}").touch()
        if me.attempt == 1:
            raise ValueError("again")

    workflow = embedded.create_workflow()
    made = workflow.add_task(try_again, retries=1)
    run = run_of(embedded, workflow)
    told = manifest_of(run, made)
    assert (told["attempt"], told["status"]) == (2, "succeeded")
    assert names_in(run, made) == {"attempt-1", "attempt-2"}


def test_strange_things_in_the_folder_do_no_harm(embedded):
    @task(outputs=["x"])
    def make_a_mess():
        import os
        import socket

        folder = current_task().dir
        os.mkfifo(folder / "pipe")
        (folder / "final_model").mkdir()
        os.mkfifo(folder / "final_model" / "pipe")
        (folder / "final_model" / "out").symlink_to("/etc")
        (folder / "final_model" / "a").write_text("a")
        (folder / "loop").symlink_to("loop")
        with socket.socket(socket.AF_UNIX) as made:
            os.chdir(folder)
            made.bind("socket")
            os.chdir("/")
        (folder / "sub").mkdir()
        (folder / "sub" / "a\nb").write_text("odd")
        return {"x": 1}

    workflow = embedded.create_workflow()
    made = workflow.add_task(make_a_mess, isolation="process")
    run = run_of(embedded, workflow)
    assert names_in(run, made) == {"final_model.tar.gz", "sub/a\nb"}
    left_out = {each["name"] for each in manifest_of(run, made)["left_out"]}
    assert left_out == {"pipe", "loop", "socket", "final_model/pipe", "final_model/out"}


def test_processes_of_a_task_have_its_folder(embedded):
    @task
    def call_others():
        folder = current_task().dir
        command = "from pathlib import Path; Path('made').touch()"
        subprocess.run([sys.executable, "-c", command], cwd=folder, check=True)

    workflow = embedded.create_workflow()
    made = workflow.add_task(call_others, isolation="process")
    run = run_of(embedded, workflow)
    assert names_in(run, made) == {"made"}


def test_an_export_has_the_files_of_a_task(embedded, tmp_path):
    from click.testing import CliRunner

    from maze_nb.cli.main import main

    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 10}, name="train")
    run = run_of(embedded, workflow)
    told = CliRunner().invoke(main, ["runs", "export", run.run_id, str(tmp_path / "run.zip")])
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        names = {name for name in archive.namelist() if name.startswith("tasks/")}
    folder = f"tasks/train-{made.task_id[:8]}"
    assert {f"{folder}/{name}" for name in ("manifest.json", "final_model.tar.gz")} < names


def test_pruning_removes_the_files_of_a_run(embedded):
    from click.testing import CliRunner

    from maze_nb.cli.main import main

    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 10})
    run = run_of(embedded, workflow)
    assert folder_of(run, made).exists()
    told = CliRunner().invoke(main, ["runs", "prune", "--older-than", "0s"])
    assert told.exit_code == 0, told.output
    assert not folder_of(run, made).parent.exists()


def again(client: MaClient, tmp_path: Path) -> tuple[Run, Any, Any]:
    """Run two cached tasks of which one reads a file of the other."""

    @task(cache=True, outputs=["kept"])
    def make(note: str):
        with open(note, "a") as file:
            file.write("m")
        path = current_task().dir / "kept.txt"
        path.write_text("kept")
        return {"kept": 1}

    workflow = client.create_workflow()
    made = workflow.add_task(make, inputs={"note": str(tmp_path / "made")})
    text = workflow.add_task(read, inputs={"file": made.artifacts["kept.txt"]}, cache=True)
    return run_of(client, workflow), made, text


@pytest.mark.parametrize("change", ["none", "gone", "shorter"])
def test_a_cached_task_has_its_files_or_runs_again(embedded, tmp_path, change):
    first, made, text = again(embedded, tmp_path)
    assert first.result(text) == {"text": "kept"}
    kept = folder_of(first, made) / "kept.txt"
    if change == "gone":
        kept.unlink()
    elif change == "shorter":
        kept.write_text("k")
    second, _, text = again(embedded, tmp_path)
    assert second.result(text) == {"text": "kept"}
    is_reused = change == "none"
    assert (tmp_path / "made").read_text() == ("m" if is_reused else "mm")


def test_equal_files_are_equal_for_the_cache(embedded, tmp_path):
    """What reads a file of a task that ran again is not computed again for the same content."""
    first, made, _ = again(embedded, tmp_path)
    (folder_of(first, made) / "kept.txt").unlink()
    second, _, text = again(embedded, tmp_path)
    assert end_of(second, text)["reused_from"] == "cache"


@pytest.mark.parametrize("change", ["none", "gone"])
def test_a_rerun_takes_the_files_or_makes_them_again(embedded, tmp_path, change):
    flag = tmp_path / "ready"

    @task(outputs=["text"])
    def read_when_ready(file, flag):
        assert Path(flag).exists()
        return {"text": Path(file).read_text()}

    workflow = embedded.create_workflow()
    made = workflow.add_task(train, inputs={"size": 10})
    file = made.artifacts["metrics.json"]
    text = workflow.add_task(read_when_ready, inputs={"file": file, "flag": str(flag)})
    run = run_of(embedded, workflow, "failed")
    flag.touch()
    if change == "gone":
        (folder_of(run, made) / "metrics.json").unlink()
    rerun = embedded.get_run(run.rerun(failed_only=True).run_id)
    assert rerun.wait(BOUND) == "succeeded"
    assert rerun.result(text) == {"text": "{}"}
    assert bool(end_of(rerun, made)["reused_from"]) == (change == "none")


def test_a_cancelled_task_tells_what_it_left(embedded, tmp_path):
    flag = tmp_path / "begun"

    @task
    def dawdle(flag):
        import time

        (current_task().dir / "half.txt").write_text("half")
        Path(flag).touch()
        time.sleep(BOUND)

    workflow = embedded.create_workflow()
    made = workflow.add_task(dawdle, inputs={"flag": str(flag)}, isolation="process")
    run = embedded.get_run(workflow.run())
    wait_until(flag.exists, BOUND)
    run.cancel()
    assert run.wait(BOUND) == "cancelled"
    manifest = folder_of(run, made) / "manifest.json"
    wait_until(manifest.exists, 15)
    assert manifest_of(run, made)["status"] == "cancelled"


@pytest.mark.usefixtures("embedded")
def test_the_example_of_the_docs():
    text = (Path(__file__).parents[2] / "docs" / "results.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "docs"}
    exec(code, names)
    returned = MaClient().get_run(names["run_id"]).result(names["told"])
    assert returned == {"text": '{"accuracy": 0.9} final_model.tar.gz'}
