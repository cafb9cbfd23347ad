"""What is printed after a notebook: its summary cells, its runs, its failures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from maze_nb.batch.execute import CellFailure, Outcome
from maze_nb.batch.run_report import RunRecord
from maze_nb.model.states import TaskState
from maze_nb.projection.humane import count_text, duration_text, short_id
from maze_nb.projection.looks import run_look
from maze_nb.projection.reuse import cached_text

SUMMARY_TAG = "summary"
_TRACEBACK_LINES = 30


def print_summary_cells(console: Console, notebook: Path) -> None:
    """Print the text output of the cells of a notebook that are tagged ``summary``."""
    import nbformat

    for cell in nbformat.read(notebook, as_version=4).cells:
        if SUMMARY_TAG in cell.metadata.get("tags", []):
            for text in _texts(cell.get("outputs", [])):
                console.print(Text(text.rstrip()))


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print a table of the runs, and what went wrong."""
    if outcome.runs:
        console.print(_table(outcome.runs))
    else:
        console.print("The notebook made no Maze run.")
    for run in outcome.runs:
        for task in run.failed_tasks:
            after = f" after {task.attempts} attempts" if task.attempts > 1 else ""
            where = f"task {task.name} of run {short_id(run.run_id)}"
            console.print(Text(f"✕ {where}{after}: {task.error}"))
        if run.finished is None:
            console.print(Text(_unfinished_text(run)), soft_wrap=True)
    if outcome.failure is not None:
        _print_failure(console, outcome.failure, outcome.runs)
    if outcome.is_interrupted:
        console.print("Interrupted.")


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


def _unfinished_text(run: RunRecord) -> str:
    # Commands take the whole id.
    name = f"! run {short_id(run.run_id)}"
    if run.is_interrupted:
        return f"{name} was interrupted: resume it with maze-nb runs resume {run.run_id}"
    return f"{name} had not ended when the kernel did: see maze-nb runs show {run.run_id}"


def _table(runs: tuple[RunRecord, ...]) -> Table:
    table = Table("run", "workflow", "tasks", "time", "status")
    for run in runs:
        look = run_look(run.status)
        table.add_row(
            short_id(run.run_id),
            Text(run.workflow),
            _tasks_text(run),
            duration_text((run.finished or time.time()) - run.started),
            Text(f"{look.glyph} {_status_text(run)}", style=look.colour),
        )
    return table


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
