"""The files that a task leaves are found, packed, told of and sent, whatever lies in its folder."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from maze_nb.artifacts.artifact import Artifact
from maze_nb.errors import ArtifactError, TaskCancelledError
from maze_nb.model.states import TaskState
from maze_nb.wire.task_call import TaskCall
from maze_nb.worker.current_task import CurrentTask, now_running, running
from maze_nb.worker.files import outbox, parcel
from maze_nb.worker.files.delivery import delivered, note_loss

CALL = TaskCall("python", "run", "task", "name", "plain", "", {}, [], ("a",))
ARCHIVE = "final_model_archive_url"


def call(automatic: tuple[str, ...] = (), destination: str = "") -> TaskCall:
    fields = {name: getattr(CALL, name) for name in CALL.__struct_fields__}
    return TaskCall(**{**fields, "automatic": automatic, "destination": destination})


@pytest.fixture
def make_task(tmp_path: Path) -> Callable[..., CurrentTask]:
    def make(attempt: int = 1) -> CurrentTask:
        return CurrentTask("run", "task", "name", attempt, "w", "node", (), str(tmp_path / "r"))

    return make


@pytest.fixture
def task(make_task) -> CurrentTask:
    return make_task()


def deliver(
    task: CurrentTask,
    leaves: dict[str, bytes] | None = None,
    given: TaskCall = CALL,
    outputs: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Have a task leave files; return its outputs."""

    def run() -> dict[str, Any]:
        for name, data in (leaves or {}).items():
            path = task.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return outputs or {"a": 1}

    with running(task):
        return delivered(given, task, run, **more)


def manifest(task: CurrentTask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((task.folder / "manifest.json").read_text())
    return found


def artifacts(task: CurrentTask) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in manifest(task)["artifacts"]}


def path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def test_a_task_without_files_costs_no_look_at_any(task, monkeypatch):
    monkeypatch.setattr(Path, "is_dir", None)
    assert deliver(task) == {"a": 1}
    assert not os.path.exists(task.folder)
    assert task.location == ""


def test_a_task_that_only_printed_has_no_manifest(task):
    with running(task):
        now_running().printed("stdout", "some\n")
        delivered(CALL, task, lambda: {"a": 1})
    assert [path.name for path in task.folder.iterdir()] == ["stdout.log"]
    assert task.location == ""


def test_what_a_task_left_is_in_its_manifest(task):
    deliver(task, {"model.bin": b"some", "sub/log ü": b""})
    told = manifest(task)
    assert (told["run_id"], told["task_id"], told["attempt"]) == ("run", "task", 1)
    assert (told["status"], told["left_out"], told["expected"]) == ("succeeded", [], [])
    assert told["result_location"] == task.location == task.folder.as_uri()
    assert artifacts(task).keys() == {"model.bin", "sub/log ü"}
    found = artifacts(task)["model.bin"]
    assert (found["size"], found["sha256"]) == (4, hashlib.sha256(b"some").hexdigest())
    assert path_of(artifacts(task)["sub/log ü"]["url"]) == task.folder / "sub" / "log ü"


def test_what_was_to_be_left_is_there_before_the_task_can_be_lost(task):
    with running(task):
        now_running().expects({"logs": "build/*.log", "model": "model.bin"})
        told = manifest(task)
        assert told["status"] == "running"
        assert told["expected"] == [
            {"output": "logs", "pattern": "build/*.log", "found": []},
            {"output": "model", "pattern": "model.bin", "found": []},
        ]

        def run() -> dict[str, Any]:
            (task.dir / "build").mkdir()
            (task.dir / "build" / "b.log").touch()
            (task.dir / "build" / "a.log").touch()
            raise ValueError("no model")

        with pytest.raises(ValueError, match="no model"):
            delivered(CALL, task, run)
    told = manifest(task)
    assert told["status"] == "failed"
    assert [each["found"] for each in told["expected"]] == [["build/a.log", "build/b.log"], []]
    assert artifacts(task).keys() == {"build/a.log", "build/b.log"}
    assert task.location == ""


@pytest.mark.parametrize("status", [TaskState.FAILED, TaskState.CANCELLED])
def test_of_a_lost_process_the_files_are_told_unread(task, status):
    with running(task):
        now_running().expects({"model": "model.bin"})
    (task.folder / "model.bin").write_bytes(b"some")
    os.mkfifo(task.folder / "pipe")
    note_loss(task, status)
    told = manifest(task)
    assert told["status"] == status
    assert [each["found"] for each in told["expected"]] == [["model.bin"]]
    assert [(each["size"], each["sha256"]) for each in told["artifacts"]] == [(4, None)]


def test_of_a_lost_process_without_a_folder_nothing_is_told(task):
    note_loss(task, TaskState.FAILED)
    assert not task.folder.exists()


def test_the_manifest_is_of_the_newest_attempt(make_task):
    late, newest = make_task(1), make_task(2)
    deliver(newest, {"b": b""})
    deliver(late, {"a": b""})
    assert manifest(newest)["attempt"] == 2
    deliver(make_task(3))
    assert manifest(newest)["attempt"] == 3


def test_what_a_task_was_given_is_none_that_it_left(task):
    with running(task):
        for name in ("inputs", "changed"):
            (task.dir / name).mkdir()
            (task.dir / name / "a").touch()
            now_running().brought(task.dir / name)
        (task.dir / "given").write_bytes(b"some")
        now_running().brought(task.dir / "given")

        def run() -> dict[str, Any]:
            (task.dir / "changed" / "b").touch()
            os.utime(task.dir / "changed", ns=(1, 1))
            (task.dir / "own").touch()
            return {}

        delivered(CALL, task, run)
    assert artifacts(task).keys() == {"own", "changed/a", "changed/b"}


def test_what_is_no_file_neither_breaks_nor_hangs_anything(task):
    def run() -> dict[str, Any]:
        os.mkfifo(task.dir / "pipe")
        (task.dir / "out").symlink_to("/etc/passwd")
        (task.dir / "model").mkdir()
        (task.dir / "final_model").symlink_to("model")
        (task.dir / os.fsdecode(b"caf\xe9")).write_bytes(b"some")
        return {}

    with running(task):
        made = delivered(call(("artifacts",)), task, run)
    told = manifest(task)
    assert [each["name"] for each in told["left_out"]] == ["final_model", "out", "pipe"]
    assert list(made["artifacts"]) == ["caf\udce9"]
    assert not (task.folder / "final_model.tar.gz").exists()


def test_a_file_that_cannot_be_read_is_told_of(task, monkeypatch):
    real = parcel.digest_of

    def digest_of(path, check=None):
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path, check)

    monkeypatch.setattr(parcel, "digest_of", digest_of)
    deliver(task, {"locked": b"", "open": b""})
    assert artifacts(task).keys() == {"open"}
    assert manifest(task)["left_out"] == [
        {"name": "locked", "why": "cannot be read: Permission denied"}
    ]


@pytest.mark.parametrize("folder", ["final_model", "final_lora"])
def test_a_final_folder_is_packed_beside_itself(task, folder):
    output = f"{folder}_archive_url"
    leaves = {f"{folder}/a/weights": b"some", f"{folder}/config": b"", "other": b""}
    made = deliver(task, leaves, call((output, "artifacts")))
    archive = task.folder / f"{folder}.tar.gz"
    assert path_of(made[output]) == archive
    assert made["artifacts"].keys() == artifacts(task).keys() == {archive.name, "other"}
    found = made["artifacts"][archive.name]
    assert found.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()
    with tarfile.open(archive) as packed:
        assert packed.extractfile("a/weights").read() == b"some"
    assert (task.folder / folder / "config").exists()


def test_an_empty_final_folder_is_not_packed(task):
    def run() -> dict[str, Any]:
        (task.dir / "final_model" / "empty").mkdir(parents=True)
        return {}

    with running(task):
        delivered(CALL, task, run)
    assert [path.name for path in task.folder.iterdir()] == ["final_model"]


@pytest.mark.parametrize("leaves", [{}, {"model.bin": b""}, {"final_lora/a": b""}])
def test_an_archive_that_is_read_and_not_there_fails_by_name(task, leaves):
    with pytest.raises(ArtifactError, match="'name' has no output 'final_model_archive_url'"):
        deliver(task, leaves, call((ARCHIVE,)))


def test_a_task_without_files_has_no_artifacts(task):
    assert deliver(task, {}, call(("artifacts",))) == {"a": 1, "artifacts": {}}


def test_an_archive_that_cannot_be_written_is_missed_only_by_who_reads_it(
    task, monkeypatch, capsys
):
    def pack(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parcel, "pack", pack)
    deliver(task, {"final_model/a": b""})
    assert artifacts(task).keys() == {"final_model/a"}
    assert "No space left" in capsys.readouterr().err
    with pytest.raises(ArtifactError, match="No space left"):
        deliver(task, {}, call((ARCHIVE,)))


def test_reading_stops_when_the_task_is_cancelled(task):
    def cancelled() -> None:
        raise TaskCancelledError("it was")

    with pytest.raises(TaskCancelledError):
        deliver(task, {"big": b"x" * 2**21}, check=cancelled)
    assert not (task.folder / "manifest.json").exists()


def artifact_of(task: CurrentTask, name: str, data: bytes) -> Artifact:
    url = (task.folder / name).as_uri()
    return Artifact(name, url, len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("shape", ["one", "list", "dict"])
def test_what_is_sent_is_told_of_where_it_is_then(task, tmp_path, shape):
    leaves = {"a b/c": b"some", "final_model/x": b"more"}
    inner = [artifact_of(task, name, data) for name, data in leaves.items()]
    elsewhere = Artifact("e", "file:///elsewhere/e", 1, "0" * 64)
    value = {
        "one": inner[0],
        "list": [*inner, elsewhere, 7],
        "dict": {"x": inner[0], "y": elsewhere},
    }[shape]
    shared = tmp_path / "shared"
    given = call(("artifacts", ARCHIVE), shared.as_uri())
    made = deliver(task, leaves, given, {"a": value})
    place = shared / "run" / "task"
    assert path_of(task.location) == place
    assert (place / "a b" / "c").read_bytes() == b"some"
    assert path_of(made[ARCHIVE]) == place / "final_model.tar.gz"
    assert json.loads((place / "manifest.json").read_text()) == manifest(task)
    for each in artifacts(task).values():
        assert path_of(each["url"]).is_relative_to(place)
    found = {"one": lambda: made["a"], "list": lambda: made["a"][0], "dict": lambda: made["a"]["x"]}
    assert path_of(found[shape]().url) == place / "a b" / "c"
    if shape == "list":
        assert path_of(made["a"][1].url) == place / "final_model" / "x"
        assert made["a"][2:] == [elsewhere, 7]


def test_what_cannot_be_sent_stays_with_a_warning(task, tmp_path, capsys):
    (tmp_path / "file").touch()
    destination = (tmp_path / "file").as_uri()
    leaves = {"a": b"", "b": b"", "c": b""}
    made = deliver(task, leaves, call(("artifacts",), destination))
    assert path_of(made["artifacts"]["a"].url) == task.folder / "a"
    assert task.location == task.folder.as_uri()
    told = capsys.readouterr().err
    assert told.count("stays in the folder of the task") == 2
    assert "as do all files after it" in told


@pytest.mark.parametrize(
    ("destination", "url", "place"),
    [
        ("s3://bucket/a", "s3://bucket/a/run/task/sub/b%20c", "s3://bucket/a/run/task"),
        ("/shared", "file:///shared/run/task/sub/b%20c", "file:///shared/run/task"),
        (
            "http",
            "http://here:1/api/v1/results/task/files/sub/b%20c?run_id=run",
            "http://here:1/api/v1/results/task?run_id=run",
        ),
    ],
)
def test_the_place_of_what_was_sent_is_above_each_file(
    tmp_path, monkeypatch, destination, url, place
):
    class Store:
        def put(self, *_: object) -> str:
            return url

    monkeypatch.setattr(outbox, "store_for", lambda _place: Store())
    made = outbox.Outbox(destination, "run", "task")
    sent = made.send(tmp_path, Artifact("sub/b c", "file:///here", 1, "0" * 64))
    assert (sent.url, made.location) == (url, place)
