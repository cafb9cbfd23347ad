"""What is read back of the runs that a kernel reported."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from maze_nb.batch.run_report import VARIABLE, collected_runs, read_runs, retry_text
from maze_nb.batch.watch import retries_told


def line(run_id: str, status: str = "succeeded", **more: object) -> str:
    record = {
        "run_id": run_id,
        "workflow": "flow",
        "status": status,
        "tasks": {"succeeded": 2},
        "started": 10.0,
        "finished": 12.0,
        "failed_tasks": [],
    }
    return json.dumps(record | more)


START = {"finished": None, "tasks": {}}


@pytest.mark.parametrize(
    ("lines", "succeeded"),
    [
        ([], []),
        ([line("a")], [True]),
        ([line("a", "running", **START), line("a")], [True]),
        ([line("a", "running", **START)], [False]),
        ([line("a", "failed", failed_tasks=[{"name": "t", "error": "E: x"}])], [False]),
        ([line("a", "cancelled")], [False]),
        ([line("b", started=20.0), line("a", "failed", started=10.0)], [False, True]),
        ([line("a"), '{"run_id": "b", "sta'], [True]),
        (["", "[]", "null", '{"status": "succeeded"}', line("a")], [True]),
    ],
    ids=["none", "one", "ended", "not-ended", "failed", "cancelled", "two", "cut", "junk"],
)
def test_read_runs(tmp_path, lines, succeeded):
    path = tmp_path / "runs.jsonl"
    path.write_text("\n".join(lines))
    assert [run.has_succeeded for run in read_runs(path)] == succeeded


def test_failed_tasks_are_kept(tmp_path):
    path = tmp_path / "runs.jsonl"
    failed = [
        {"name": "t", "error": "ValueError: x"},
        {"name": "u", "error": "OSError: y", "attempts": 3},
    ]
    path.write_text(line("a", "failed", failed_tasks=failed))
    (run,) = read_runs(path)
    assert run.failed_tasks == (("t", "ValueError: x", 1), ("u", "OSError: y", 3))
    assert (run.workflow, run.tasks, run.started, run.finished) == (
        "flow",
        {"succeeded": 2},
        10.0,
        12.0,
    )


@pytest.mark.parametrize("before", [None, "/somewhere/else"])
def test_the_environment_is_put_back(monkeypatch, before):
    if before is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, before)
    with collected_runs() as path:
        assert os.environ[VARIABLE] == str(path)
        assert not path.exists()
        assert read_runs(path) == ()
    assert os.environ.get(VARIABLE) == before
    assert not Path(path).parent.exists()


TOO_LONG = "task 'slow' was stopped: it took longer than its timeout of 5 s"


def retry(**more: object) -> str:
    told = {
        "name": "slow",
        "attempt": 2,
        "attempts": 3,
        "delay": 1.0,
        "reason": "x",
        "error": {"type": "OSError", "message": "gone\nfar"},
    }
    return json.dumps({"run_id": "a", "retry": told | more})


@pytest.mark.parametrize(
    ("reported", "text"),
    [
        (retry(), "slow: attempt 2 of 3 in 1.0 s, OSError: gone"),
        (
            retry(error={"type": "TaskTimeoutError", "message": TOO_LONG}, delay=0),
            "slow: attempt 2 of 3, timed out: over 5 s",
        ),
        (retry(error=None, reason="its worker was lost", attempts=1),
         "slow: attempt 2 in 1.0 s, its worker was lost"),
        (retry(attempt="two"), ""),
        (line("a"), ""),
        ("", ""),
        ("[]", ""),
    ],
)  # fmt: skip
def test_a_retry_in_words(reported, text):
    assert retry_text(reported) == text


def test_retries_are_told_as_they_come(tmp_path):
    path, told, heard = tmp_path / "runs.jsonl", [], threading.Event()

    def hear(text: str) -> None:
        told.append(text)
        heard.set()

    with retries_told(path, hear):
        path.write_text(line("a", "running", **START) + "\n" + retry() + "\n" + retry()[:20])
        assert heard.wait(10)
        with path.open("a") as file:
            file.write(retry()[20:] + "\n" + retry(attempt=3) + "\n")
    first = "slow: attempt 2 of 3 in 1.0 s, OSError: gone"
    assert told == [first, first, first.replace("2 of", "3 of")]
    assert [run.run_id for run in read_runs(path)] == ["a"]
