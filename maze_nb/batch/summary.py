"""What is printed after a notebook: its summary cells, its runs, its failures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from maze_nb.batch.execute import CellFailure, Outcome
from maze_nb.batch.failures import failure_lines
from maze_nb.batch.place import read_notebook
from maze_nb.batch.run_report import RunRecord
from maze_nb.model.states import TaskState
from maze_nb.projection.humane import count_text, duration_text, short_id
from maze_nb.projection.looks import run_look
from maze_nb.projection.reuse import cached_text

SUMMARY_TAG = "summary"
_TRACEBACK_LINES = 30
_FAILURES = 20


def print_summary_cells(console: Console, notebook: str) -> None:
    """Print the text output of those cells of the notebook at a place tagged ``summary``."""
    for cell in read_notebook(notebook).cells:
        if SUMMARY_TAG in cell.metadata.get("tags", []):
            for text in _texts(cell.get("outputs", [])):
                console.print(Text(text.rstrip()))


def print_outcome(console: Console, outcome: Outcome, output: str) -> None:
    """Print what runs there were, and what went wrong.

    Parameters
    ----------
    output
        Where the executed notebook is.
    """
    if outcome.runs:
        _print_runs(console, outcome.runs)
    else:
        console.print("The notebook made no Maze run.")
    for run in outcome.runs:
        for line in failure_lines(run)[:_FAILURES]:
            console.print(Text(line), soft_wrap=run.finished is None)
        if (more := len(run.failed_tasks) - _FAILURES) > 0:
            console.print(Text(f"… and {more:,} more: maze-nb runs show {run.run_id}"))
    if outcome.failure is not None:
        _print_failure(console, outcome.failure, outcome.runs)
    if outcome.is_interrupted:
        way_on = f"Interrupted. To go on: maze-nb run --resume {shlex.quote(output)}"
        console.print(Text(way_on), soft_wrap=True)


def _print_failure(console: Console, failure: CellFailure, runs: tuple[RunRecord, ...]) -> None:
    """Print how a cell failed, without the error of a failed task, which was said before."""
    lines = failure.traceback.splitlines()
    first, *_ = failure.error.splitlines() or [""]
    said = [line for run in runs for task in run.failed_tasks for line in task.error.splitlines()]
    told = next((error for error in said if error and f": {error}" in first), None)
    if told is None:
        console.print(Text.from_ansi("\n".join(lines[-_TRACEBACK_LINES:])))
        console.print(Text(f"✕ {failure.error}"))
        return
    # A magic's error is a message without frames: its first line is the one below.
    is_message = bool(lines) and first.endswith(lines[0])
    rest = [line for line in lines[is_message:] if not line.endswith(tuple(filter(None, said)))]
    if text := "\n".join(rest[-_TRACEBACK_LINES:]).strip("\n"):
        console.print(Text.from_ansi(text))
    console.print(Text(f"✕ {first.partition(f': {told}')[0]}"))


def _print_runs(console: Console, runs: tuple[RunRecord, ...]) -> None:
    """Print a table in a terminal, elsewhere a line for each run."""
    rows = [
        (
            short_id(run.run_id),
            run.workflow,
            _tasks_text(run),
            duration_text(run.seconds),
            f"{run_look(run.status).glyph} {_status_text(run)}",
        )
        for run in runs
    ]
    if not console.is_terminal:
        for row in rows:
            console.print(Text(f"run {'  '.join(row)}"), soft_wrap=True)
        return
    table = Table("run", "workflow", "tasks", "time", "status")
    for run, (*told, status) in zip(runs, rows, strict=True):
        table.add_row(*map(Text, told), Text(status, style=run_look(run.status).colour))
    console.print(table)


def _status_text(run: RunRecord) -> str:
    return run.status if run.finished or run.is_interrupted else "not ended"


def _tasks_text(run: RunRecord) -> str:
    counts = ", ".join(
        _count_text(state, count, run) for state, count in run.tasks.items() if count
    )
    return counts or count_text(0, "task")


def _count_text(state: str, count: int, run: RunRecord) -> str:
    cached = cached_text(count, run.reused) if state == TaskState.SUCCEEDED else ""
    return f"{count} {state} ({cached})" if cached else f"{count} {state}"


def _texts(outputs: list[Any]) -> Iterator[str]:
    for output in outputs:
        if output.output_type == "stream":
            yield output.text
        elif "text/plain" in output.get("data", {}):
            yield output.data["text/plain"]
