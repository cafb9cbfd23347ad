"""What is printed after a notebook, and the exit code that goes with it."""

from __future__ import annotations

import io

import nbformat
import pytest
from rich.console import Console

from maze_nb.batch.execute import CellFailure, Outcome
from maze_nb.batch.progress import Bars as Bar
from maze_nb.batch.progress import Lines, progress_for
from maze_nb.batch.run_report import FailedTask, RunRecord
from maze_nb.batch.summary import print_outcome, print_summary_cells


def record(status="succeeded", finished=12.0, **more):
    values = {
        "run_id": "0123456789abcdef",
        "workflow": "flow [v2]",
        "tasks": {"succeeded": 4, "failed": 0},
        "started": 10.0,
        "failed_tasks": (),
    }
    return RunRecord(status=status, finished=finished, **(values | more))


FAILED = record(
    "failed", tasks={"succeeded": 1, "failed": 1}, failed_tasks=(FailedTask("t", "E: x"),)
)
LOST = record("running", finished=None)
CUT = record("interrupted", finished=None, tasks={"succeeded": 3, "waiting": 1})
CACHED = record(reused=3)
FAILURE = CellFailure("In [3]: ZeroDivisionError: division by zero", "Traceback\n  here")


@pytest.mark.parametrize(
    ("outcome", "code", "words"),
    [
        (Outcome((), 1.0, None, False), 0, ["made no Maze run"]),
        (
            Outcome((record(),), 1.0, None, False),
            0,
            ["01234567…", "flow [v2]", "4 succeeded", "2.0 s", "✓ succeeded"],
        ),
        (
            Outcome((record(), FAILED), 1.0, None, False),
            1,
            ["1 succeeded, 1 failed", "✕ failed", "✕ task t of run 01234567…: E: x"],
        ),
        (Outcome((LOST,), 1.0, None, False), 1, ["not ended", "had not ended when the kernel"]),
        (
            Outcome((CUT,), 1.0, None, False),
            1,
            ["! interrupted", "resume it with maze-nb runs resume 0123456789abcdef\n"],
        ),
        (Outcome((CACHED,), 1.0, None, False), 0, ["4 succeeded (of these 3 cached)"]),
        (Outcome((record(reused=4),), 1.0, None, False), 0, ["4 succeeded (all cached)"]),
        (Outcome((record(),), 1.0, FAILURE, False), 1, ["ZeroDivisionError", "Traceback"]),
        (Outcome((FAILED,), 1.0, None, True), 130, ["Interrupted", "--resume 'out/a b.ipynb'\n"]),
    ],
    ids=[
        "none",
        "fine",
        "failed-task",
        "not-ended",
        "cut",
        "cached",
        "all-cached",
        "failed-cell",
        "interrupted",
    ],
)
def test_outcome(outcome, code, words):
    console = Console(file=io.StringIO(), width=100)
    print_outcome(console, outcome, "out/a b.ipynb")
    text = console.file.getvalue()
    assert outcome.exit_code == code
    for word in words:
        assert word in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_runs_are_a_table_for_people_and_lines_for_logs(is_terminal):
    console = Console(file=io.StringIO(), width=60, force_terminal=is_terminal)
    long = record(workflow="a workflow with a name that is longer than most of its kind")
    print_outcome(console, Outcome((record(), long), 1.0, None, False), "out.ipynb")
    text = console.file.getvalue()
    assert ("┏" in text) is is_terminal
    if not is_terminal:
        line = "run 01234567…  {}  4 succeeded  2.0 s  ✓ succeeded"
        assert text.splitlines() == [line.format(run.workflow) for run in (record(), long)]


def shown(outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_outcome(console, outcome, "out/a b.ipynb")
    return console.file.getvalue()


TIRED = record("failed", failed_tasks=(FailedTask("t", "OSError: gone", 3),))
TOLD = "TaskFailedError: task 't' failed on line 3 of its cell: OSError: gone"
MESSAGE = f"{TOLD}\nskipped: 'u'\n\nTraceback\n  line 3, in <module>\nOSError: gone"
FRAMES = f"-----\nTaskFailedError   Traceback\n----> 1 run.wait()\n\n{TOLD}"


@pytest.mark.parametrize(
    ("traceback", "times", "kept"),
    [(MESSAGE, 1, ["skipped: 'u'", "line 3, in <module>"]), (FRAMES, 1, ["----> 1 run.wait()"])],
    ids=["magic", "code"],
)
def test_the_error_of_a_task_is_said_once_and_after_how_many_attempts(traceback, times, kept):
    text = shown(Outcome((TIRED,), 1.0, CellFailure(f"In [6]: {MESSAGE}", traceback), False))
    assert text.count("gone") == times
    assert "✕ task t of run 01234567… after 3 attempts: OSError: gone" in text
    assert "✕ In [6]: TaskFailedError: task 't' failed on line 3 of its cell\n" in text
    for line in kept:
        assert line in text


def test_only_summary_cells_are_printed(tmp_path):
    notebook = nbformat.v4.new_notebook()
    shown = nbformat.v4.new_code_cell("x", metadata={"tags": ["summary"]})
    shown.outputs = [
        nbformat.v4.new_output("stream", text="best: [bold]svm[/bold]\n"),
        nbformat.v4.new_output("display_data", {"text/plain": "table", "text/html": "<b>"}),
        nbformat.v4.new_output("display_data", {"image/png": "aaaa"}),
    ]
    hidden = nbformat.v4.new_code_cell("y")
    hidden.outputs = [nbformat.v4.new_output("stream", text="secret")]
    notebook.cells = [shown, hidden, nbformat.v4.new_markdown_cell("words")]
    path = tmp_path / "executed.ipynb"
    nbformat.write(notebook, path)
    console = Console(file=io.StringIO(), width=100)
    print_summary_cells(console, path)
    assert console.file.getvalue() == "best: [bold]svm[/bold]\ntable\n"


@pytest.mark.parametrize(("is_terminal", "kind"), [(True, Bar), (False, Lines)])
def test_progress_for(is_terminal, kind):
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=80)
    with progress_for(console, "title") as progress:
        assert isinstance(progress, kind)
        progress.start(1, 2)
        progress.note("slow: attempt 2 of 3")
        progress.finish(1)
        progress.start(2, 2)
    text = console.file.getvalue()
    assert "title" in text
    assert "slow: attempt 2 of 3" in text
    assert is_terminal or text.splitlines() == [
        "title: cell 1/2",
        "title: cell 1/2: slow: attempt 2 of 3",
        "title: cell 2/2",
    ]
