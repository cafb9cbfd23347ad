"""What is read back of the runs that a kernel reported."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from maze_nb.batch.run_report import VARIABLE, collected_runs, read_runs


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
    path.write_text(line("a", "failed", failed_tasks=[{"name": "t", "error": "ValueError: x"}]))
    (run,) = read_runs(path)
    assert run.failed_tasks == (("t", "ValueError: x"),)
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
