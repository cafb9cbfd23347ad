"""What is printed after a notebook, and the exit code that goes with it."""

from __future__ import annotations

import io

import nbformat
import pytest
from rich.console import Console

from maze_nb.batch.execute import CellFailure, Outcome
from maze_nb.batch.progress import Bar, Lines, progress_for
from maze_nb.batch.run_report import RunRecord
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


FAILED = record("failed", tasks={"succeeded": 1, "failed": 1}, failed_tasks=(("t", "E: x"),))
LOST = record("running", finished=None)
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
        (Outcome((record(),), 1.0, FAILURE, False), 1, ["ZeroDivisionError", "Traceback"]),
        (Outcome((FAILED,), 1.0, None, True), 130, ["Interrupted"]),
    ],
    ids=["none", "fine", "failed-task", "not-ended", "failed-cell", "interrupted"],
)
def test_outcome(outcome, code, words):
    console = Console(file=io.StringIO(), width=100)
    print_outcome(console, outcome)
    text = console.file.getvalue()
    assert outcome.exit_code == code
    for word in words:
        assert word in text


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
        progress.finish(1)
        progress.start(2, 2)
    text = console.file.getvalue()
    assert "title" in text
    assert is_terminal or text.splitlines() == ["title: cell 1/2", "title: cell 2/2"]
