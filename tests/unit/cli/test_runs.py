"""What the commands about runs do with what they are given; no cluster is needed for it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from maze_nb.cli.runs_export import plain_message
from maze_nb.cli.runs_logs import LogLines
from maze_nb.cli.runs_read import write_value
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import MazeError
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.outputs import Outputs
from maze_nb.sdk.run import Run
from maze_nb.sdk.task_files import TaskFiles
from maze_nb.worker.files.task_folder import task_folder
from maze_nb.worker.files.task_log import TaskLog

COMMON = {"run_id": "r", "workflow_id": "w", "task_id": "t", "task_name": "train"}
PLACE = {"node_ip": "", "node_id": "n", "worker": "", "gpu_ids": []}
ERROR = {"type": "ValueError", "message": "no", "exception": b"\x80", "host": "h", "attempt": 1}


def message(seq: int, kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "seq": seq, "time": 1000.0 + seq, "data": {**COMMON, **data}}


def run_of(*messages: dict[str, Any]) -> Run:
    log = MessageLog("r")
    log.append(messages)
    return Run(log, lambda *_, **__: None, taken_up=lambda _: None, client=None)  # type: ignore[arg-type,return-value]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    folder = task_folder(tmp_path / "results", "r", "t")
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("has_log", [True, False])
def test_what_was_printed_is_told_once_with_a_log_and_without(results: Path, has_log: bool) -> None:
    if has_log:
        log = TaskLog(results / "stdout.log", 1)
        log.write("stdout", "one\ntwo\nend")
        log.close()
    run = run_of(
        message(1, "start_task", attempt=1, **PLACE),
        message(2, "task_log", attempt=1, stream="stdout", text="one\nt"),
        message(3, "task_log", attempt=1, stream="stdout", text="wo\nend"),
        message(4, "finish_task", attempt=1, duration=1.0, outputs=[], **PLACE),
    )
    lines = [line[14:] for line in LogLines(run, TaskFiles(run, None), None).so_far()]
    printed = ["train | one", "train | two", "train | end"]
    assert lines == ["◐ train started on n", *printed, "✓ train  1.0 s"]


def test_attempts_and_their_tracebacks_are_told_once_and_in_turn(results: Path) -> None:
    for attempt, text in ((1, "one\nValueError: no\n"), (2, "two\n")):
        log = TaskLog(results / "stdout.log", attempt)
        log.write("out", text)
        log.close()
    run = run_of(
        message(1, "start_task", attempt=1, **PLACE),
        message(2, "task_retry", attempt=1, reason="", delay=0, error=ERROR),
        message(3, "start_task", attempt=2, **PLACE),
        message(4, "task_exception", attempt=2, result="Trace\nValueError: no", error=ERROR),
    )
    lines = [line[14:] for line in LogLines(run, TaskFiles(run, None), None).so_far()]
    assert lines == [
        "◐ train started on n",
        "train | one",
        "train | ValueError: no",
        "↻ train retrying (attempt 2): ValueError: no",
        "◐ train started on n (attempt 2)",
        "train | [attempt 2]",
        "train | two",
        "✕ train failed: ValueError: no",
        "Trace",
        "ValueError: no",
    ]
    assert list(LogLines(run, TaskFiles(run, None), "other").so_far()) == []


def test_a_line_that_is_begun_waits_for_its_rest(results: Path) -> None:
    run = run_of(message(1, "start_task", attempt=1, **PLACE))
    (results / "stdout.log").write_text("whole\nhal")
    lines = LogLines(run, TaskFiles(run, None), None).follow()
    assert next(lines).endswith("started on n")
    assert next(lines).endswith("train | whole")
    (results / "stdout.log").write_text("whole\nhalf\n")
    assert next(lines).endswith("train | half")
    run.log.append([message(2, "finish_workflow", status="succeeded", duration=1.0)])
    assert len(list(lines)) == 1


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [("a.json", {"x": [1, None]}, json.loads), ("deep/a.PKL", {1, 2}, pickle.loads)],
)
def test_values_are_written_by_the_ending(tmp_path: Path, name, value, read) -> None:
    write_value(tmp_path / name, value, "x")
    assert read((tmp_path / name).read_bytes()) == value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("a.json", {1, 2}, "'x' cannot be written as JSON"),
        ("a.json", float("nan"), "use a .pkl file"),
        ("a.csv", 1, "ends in '.csv': write a .pkl or a .json file"),
        ("a.pkl", (i for i in "ab"), "'x' cannot be pickled"),
    ],
)
def test_values_that_cannot_be_written_so_are_told(tmp_path: Path, name, value, said) -> None:
    with pytest.raises(MazeError, match=said):
        write_value(tmp_path / name, value, "x")
    assert not (tmp_path / name).exists()


def test_messages_are_made_plain_for_json() -> None:
    def fetch(name: str) -> Any:
        raise AssertionError(f"{name} is not to be fetched")

    inline = {"n": pickle.dumps(3), "odd": pickle.dumps({1, 2}), "bad": b"\x80"}
    outputs = [{"name": name, "inline": name in inline} for name in ("n", "odd", "bad", "big")]
    result = Outputs("train", ("n", "odd", "bad", "big"), inline, fetch)
    told = plain_message(message(1, "finish_task", outputs=outputs, result=result))
    assert [each.get("value") for each in told["data"]["outputs"]] == [3, None, None, None]
    json.dumps(told)
    failure = message(2, "task_exception", result="Trace", error=ERROR)
    assert plain_message(failure)["data"]["result"] == "Trace"
    json.dumps(plain_message(failure))
    assert failure["data"]["error"]["exception"] == b"\x80"
