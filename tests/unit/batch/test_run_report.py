"""What is read back of the runs that a kernel reported."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path

import pytest
from rich.console import Console

from maze_nb.batch.meter import Meter
from maze_nb.batch.progress import Lines, ended_text, progress_for
from maze_nb.batch.run_report import (
    VARIABLE,
    RunRecord,
    as_record,
    collected_runs,
    read_runs,
    retry_text,
)
from maze_nb.batch.watch import reports_told
from maze_nb.sdk.run_progress import ending


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


def failure(name: str) -> str:
    return json.dumps({"run_id": "a", "failure": {"name": name, "error": "OSError: gone"}})


class Heard:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.first = threading.Event()

    def start(self, number: int, total: int) -> None: ...

    def finish(self, number: int) -> None: ...

    def note(self, text: str, run_id: str = "") -> None:
        self.told.append(text)
        self.first.set()

    def run(self, run: RunRecord) -> None:
        self.told.append((run.status, run.ended_tasks, run.total))


def test_what_is_reported_is_told_as_it_comes(tmp_path):
    path, heard = tmp_path / "runs.jsonl", Heard()
    with reports_told(path, heard):
        path.write_text(
            line("a", "running", finished=None, tasks={"running": 1, "succeeded": 2}, total=9)
            + f"\n{retry()}\n{retry()[:20]}"
        )
        assert heard.first.wait(10)
        with path.open("a") as file:
            file.write(f"{retry()[20:]}\n{failure('t')}\nnonsense\n{line('a')}\n")
    again = "slow: attempt 2 of 3 in 1.0 s, OSError: gone"
    assert heard.told == [
        ("running", 2, 9), again, again, "t failed: OSError: gone", ("succeeded", 2, 0),
    ]  # fmt: skip
    assert [run.run_id for run in read_runs(path)] == ["a"]


def test_very_many_failures_are_no_flood(tmp_path):
    path, heard = tmp_path / "runs.jsonl", Heard()
    path.write_text("".join(f"{failure(str(number))}\n" for number in range(10_000)))
    with reports_told(path, heard):
        pass
    assert 10 < len(heard.told) < 200
    assert "not told one by one" in heard.told[-1]


def test_ten_thousand_tasks_are_a_few_lines(tmp_path):
    console = Console(file=io.StringIO(), width=200)
    lines = Lines(console, "nb.ipynb")
    lines.start(2, 3)
    for ended in range(0, 10_000, 7):
        lines.run(as_record(json.loads(line(
            "a", "running", finished=None, tasks={"succeeded": ended}, total=10_000
        ))))  # fmt: skip
    lines.run(as_record(json.loads(line("a", tasks={"succeeded": 10_000}))))
    lines.run(as_record(json.loads(line("a", tasks={"succeeded": 10_000}))))
    told = console.file.getvalue().splitlines()
    assert told[0] == "nb.ipynb: cell 2/3"
    assert told[1] == "nb.ipynb: cell 2/3: run flow: 10,000 tasks"
    assert told[2] == "nb.ipynb: cell 2/3: run flow: 1,001 of 10,000 tasks"
    assert told[-1].endswith("run flow: ✓ succeeded in 2.0 s, 10,000 succeeded")
    assert len(told) == 12


def test_the_time_in_which_nobody_worked_on_a_run_is_not_told(tmp_path):
    run = as_record(json.loads(line("a", away=1.5)))
    assert ended_text(run) == "run flow: ✓ succeeded in 0.50 s, 2 succeeded"
    heard = [
        (10.0, "start_workflow", {"run_id": "a", "workflow_name": "flow"}),
        (11.0, "task_pending", {}),
        (31.0, "resume_workflow", {}),
        (31.5, "task_pending", {}),
        (30.0, "resume_workflow", {}),
        (33.0, "finish_workflow", {"status": "succeeded"}),
    ]
    told = ending([{"time": time, "type": kind, "data": data} for time, kind, data in heard])
    assert as_record(told).seconds == 3.0


def test_each_of_a_few_tasks_is_a_line_of_the_cell_that_started_them(tmp_path):
    path, console = tmp_path / "runs.jsonl", Console(file=io.StringIO(), width=200)
    lines = Lines(console, "nb")

    def report(ended: int, **more: object) -> None:
        told = {"finished": None, "status": "running", "total": 3, **more}
        with path.open("a") as file:
            file.write(line("a", tasks={"succeeded": ended}, **told) + "\n")

    with reports_told(path, lines) as catch_up:
        meter = Meter([True, False, True, True], lines, catch_up)
        meter.begin(0)
        report(0)
        meter.update(1)
        meter.begin(1)
        meter.update(1)
        meter.begin(2)
        for ended in (1, 1, 2, 3):
            report(ended)
        report(3, status="succeeded", finished=12.0)
        # The cell after one that failed is never begun.
        meter.update(1)
    assert console.file.getvalue().splitlines() == [
        "nb: cell 1/3",
        "nb: cell 1/3: run flow: 3 tasks",
        "nb: cell 2/3",
        "nb: cell 1/3: run flow: 1 of 3 tasks",
        "nb: cell 1/3: run flow: 2 of 3 tasks",
        "nb: cell 1/3: run flow: ✓ succeeded in 2.0 s, 3 succeeded",
    ]


def test_bars_in_a_terminal():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with progress_for(console, "nb [1].ipynb") as bars:
        bars.start(1, 2)
        for number in range(20):
            bars.run(as_record(json.loads(line(
                str(number), "running", workflow=f"flow [{number}]", finished=None,
                tasks={"succeeded": 2, "running": 1}, total=9,
            ))))  # fmt: skip
        bars.finish(1)
        bars.run(as_record(json.loads(line("0", workflow="flow [0]"))))
    told = console.file.getvalue()
    for words in ("nb [1].ipynb", "flow [3]", "2/9", "tasks, 1 running", "1/2"):
        assert words in told
    assert "flow [19]" not in told, "no more bars than fit"
    assert "run flow [0]: ✓ succeeded in 2.0 s, 2 succeeded" in told
