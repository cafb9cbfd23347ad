"""Outputs in files, and summaries beside them, without a cluster."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import resource
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace as changed

from maze_nb.errors import SerializationError
from maze_nb.model.attempt import ErrorInfo
from maze_nb.model.output import OutputInfo
from maze_nb.wire.code import dump_value
from maze_nb.wire.packed import pack
from maze_nb.wire.task_call import FailureReport, SuccessReport, TaskCall
from maze_nb.wire.value_file import read_value
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.describe import pack_output
from maze_nb.worker.files.responses import write_summary
from maze_nb.worker.files.results import Results, results_folder

CALL = TaskCall("python", "run", "task", "name", "plain", "", {}, [], ("a", "b"))
BIG = np.arange(20_000)
FAILURE = FailureReport(1.0, 2.0, "the traceback\n", ErrorInfo("ValueError", "no", "name", 1, "h"))


@pytest.fixture
def results(tmp_path) -> Results:
    return Results(tmp_path / "results")


@pytest.fixture
def task(results) -> CurrentTask:
    return CurrentTask("run", "task", "name", 1, "tcp://w", "node", (), str(results.folder))


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """Let this process write at most 10 kB to a file, as if the disk were full then.

    Only inside the block: what the tests print may be a file too.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def keep(results: Results, call: TaskCall, task: CurrentTask, values, way: str):
    """Have outputs kept as the worker does, or as it does for a child process."""
    if way == "thread":
        return results.keep_values(call, task, values)
    described = {name: pack_output(name, value, call) for name, value in values.items()}
    infos = tuple(info for info, _ in described.values())
    return results.keep_packed(call, task, infos, {name: p for name, (_, p) in described.items()})


def summary_of(task: CurrentTask) -> dict[str, object]:
    found: dict[str, object] = json.loads((task.folder / "responses.json").read_text())
    return found


def files_of(task: CurrentTask) -> list[str]:
    return sorted(each.name for each in task.folder.iterdir()) if task.folder.exists() else []


@pytest.mark.parametrize("way", ["thread", "child"])
@pytest.mark.parametrize(
    ("kept", "value", "is_in_file"),
    [
        ("store", BIG, True),
        ("both", BIG, True),
        ("memory", BIG, False),
        ("store", 1, False),
        ("store", None, False),
        ("store", list(range(100_000)), True),
    ],
)
def test_big_outputs_are_in_files(results, task, way, kept, value, is_in_file):
    (info,) = keep(results, changed(CALL, keep=kept), task, {"a": value}, way)
    assert (info.name, info.type) == ("a", type(value).__qualname__)
    assert (info.stored is not None) is is_in_file
    if info.stored is None:
        assert files_of(task) == []
        assert not task.has_folder
        return
    path = Path(info.stored.path)
    assert path.parent == task.folder
    assert info.stored.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.stored.nbytes == path.stat().st_size
    assert (info.stored.host, info.stored.node_id) == (socket.gethostname(), "node")
    assert np.array_equal(read_value(path, info.stored.digest).load(), value)


@pytest.mark.parametrize("way", ["thread", "child"])
def test_two_attempts_do_not_touch_each_others_files(results, task, way):
    again = replace(task, attempt=2)
    first, second = (keep(results, CALL, each, {"a": BIG}, way)[0] for each in (task, again))
    assert len(files_of(task)) == 2
    for info in (first, second):
        assert read_value(info.stored.path, info.stored.digest).load().sum() == BIG.sum()


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/b", "ä" * 200, ""])
def test_outputs_of_any_name_are_in_the_folder_of_the_task(results, task, name):
    (info,) = results.keep_values(CALL, task, {name: BIG})
    assert Path(info.stored.path).resolve().parent == task.folder
    assert info.name == name


def test_what_cannot_be_pickled_leaves_none_of_the_outputs(results, task):
    with pytest.raises(SerializationError, match="output 'b' of task 'name'"):
        results.keep_values(CALL, task, {"a": BIG, "b": (each for each in ())})
    assert files_of(task) == []


@pytest.mark.parametrize("way", ["thread", "child"])
def test_a_full_disk_is_told_once_and_the_value_stays_in_memory(results, task, way, caplog):
    with caplog.at_level(logging.WARNING), small_files():
        for _ in range(2):
            infos = keep(results, CALL, task, {"a": BIG, "b": 1}, way)
            assert [info.stored for info in infos] == [None, None]
    assert files_of(task) == []
    (record,) = caplog.records
    assert str(results.folder) in record.getMessage()
    assert "File too large" in record.getMessage()


def test_a_folder_that_cannot_be_made_fails_no_task(tmp_path, caplog):
    (tmp_path / "file").touch()
    results = Results(tmp_path / "file" / "results")
    task = CurrentTask("run", "task", "name", 1, "w", "node", (), str(results.folder))
    infos = results.keep_values(CALL, task, {"a": BIG})
    assert infos[0].stored is None
    results.succeeded(task, SuccessReport(1.0, 2.0, infos), has_folder=True)
    results.failed(task, FAILURE)
    assert len(caplog.records) == 1
    assert "Not a directory" in caplog.text


def test_the_summary_tells_how_it_went(results, task):
    infos = results.keep_values(CALL, task, {"a": BIG, "b": {"x": [1, 2.5, None]}})
    (task.dir / "mine.txt").write_text("text")
    results.succeeded(task, SuccessReport(1.5, 2.5, infos), has_folder=False)
    stored = infos[0].stored
    assert summary_of(task) == {
        "run_id": "run",
        "task_id": "task",
        "task_name": "name",
        "attempt": 1,
        "status": "succeeded",
        "started": 1.5,
        "duration": 2.5,
        "node_id": "node",
        "worker": "tcp://w",
        "outputs": [
            {
                "name": "a",
                "type": "ndarray",
                "nbytes": 160_000,
                "summary": "ndarray (20000,) int64",
                "file": Path(stored.path).name,
                "digest": stored.digest,
            },
            {
                "name": "b",
                "type": "dict",
                "nbytes": infos[1].nbytes,
                "summary": "dict, 1 items",
                "value": {"x": [1, 2.5, None]},
            },
        ],
        "files": ["mine.txt"],
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, True),
        ("ä\n", "ä\n"),
        ((1, "a"), [1, "a"]),
        (float("nan"), None),
        ({1, 2}, None),
        (b"bytes", None),
        (np.float64(1), None),
        (Path("/x"), None),
        ([10**5000], None),
        ("x" * 10_000, None),
        (os.system, None),
    ],
)
def test_values_are_in_the_summary_if_they_are_plain_and_small(results, task, value, shown):
    (info,) = results.keep_values(CALL, task, {"a": value})
    task.dir.mkdir(exist_ok=True)
    write_summary(task, SuccessReport(1.0, 2.0, (info,)))
    (told,) = summary_of(task)["outputs"]
    assert told.get("value") == shown


def test_no_code_runs_for_the_summary(results, task, tmp_path):
    class Loud:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    info = OutputInfo("a", "Loud", 1, "Loud", dump_value(Loud(), "it"))
    task.dir.mkdir(exist_ok=True)
    write_summary(task, SuccessReport(1.0, 2.0, (info,)))
    assert "value" not in summary_of(task)["outputs"][0]
    assert not (tmp_path / "ran").exists()


def test_a_failure_is_told_and_ends_the_log(results, task):
    (task.dir / "stdout.log").write_text("printed")
    results.failed(task, FAILURE)
    assert (task.folder / "stdout.log").read_text() == "printed\nthe traceback\n"
    told = summary_of(task)
    assert (told["status"], told["log"], told["outputs"]) == ("failed", "stdout.log", [])
    assert told["error"] == {
        "type": "ValueError",
        "message": "no",
        "traceback": "the traceback\n",
    }


def test_a_task_without_a_folder_gets_none(results, task):
    results.succeeded(task, SuccessReport(1.0, 2.0, ()), has_folder=False)
    results.succeeded(replace(task, attempt=2), SuccessReport(1.0, 2.0, ()), has_folder=False)
    results.failed(task, FAILURE)
    assert not results.folder.exists()


@pytest.mark.parametrize("existing", ["no json", "[]", '{"attempt": "x"}', "{}", '{"attempt": 2}'])
def test_whatever_else_is_there_is_replaced(task, existing):
    (task.dir / "responses.json").write_text(existing)
    write_summary(replace(task, attempt=2), FAILURE)
    assert summary_of(task)["attempt"] == 2


def test_an_older_attempt_never_replaces_what_a_newer_one_told(results, task):
    task.dir.mkdir(exist_ok=True)
    attempts = [replace(task, attempt=number) for number in range(1, 9)]
    for _ in range(5):
        threads = [threading.Thread(target=write_summary, args=(a, FAILURE)) for a in attempts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert summary_of(task)["attempt"] == 8
    results.succeeded(task, SuccessReport(1.0, 2.0, ()), has_folder=True)
    assert summary_of(task)["attempt"] == 8
    assert files_of(task) == ["responses.json"]


def test_an_attempt_that_stands_still_keeps_others_waiting_a_moment_only(task):
    number = os.open(task.dir, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        write_summary(task, FAILURE)
    finally:
        os.close(number)
    assert summary_of(task)["attempt"] == 1


def test_what_was_packed_is_written_as_it_is(results, task):
    packed = pack(BIG, "it")
    info = OutputInfo("a", "ndarray", 1, "")
    (kept,) = results.keep_packed(CALL, task, (info,), {"a": packed})
    assert read_value(kept.stored.path).data == packed.data


def test_results_are_in_the_home_unless_a_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MAZE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert results_folder("") == tmp_path / "results"
    assert results_folder("there") == tmp_path / "there"
    assert results_folder("/x") == Path("/x")
