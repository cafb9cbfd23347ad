"""What is printed after a notebook: its summary cells, its runs, its failures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from maze_nb.batch.execute import Outcome
from maze_nb.batch.run_report import RunRecord
from maze_nb.projection.humane import count_text, duration_text, short_id
from maze_nb.projection.looks import run_look

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
        for name, error in run.failed_tasks:
            console.print(Text(f"✕ task {name} of run {short_id(run.run_id)}: {error}"))
        if run.finished is None:
            console.print(Text(f"! run {short_id(run.run_id)} had not ended when the kernel did"))
    if outcome.failure is not None:
        lines = outcome.failure.traceback.splitlines()[-_TRACEBACK_LINES:]
        console.print(Text.from_ansi("\n".join(lines)))
        console.print(Text(f"✕ {outcome.failure.error}"))
    if outcome.is_interrupted:
        console.print("Interrupted.")


def _table(runs: tuple[RunRecord, ...]) -> Table:
    table = Table("run", "workflow", "tasks", "time", "status")
    for run in runs:
        look = run_look(run.status)
        table.add_row(
            short_id(run.run_id),
            Text(run.workflow),
            _tasks_text(run.tasks),
            duration_text((run.finished or time.time()) - run.started),
            Text(f"{look.glyph} {run.status if run.finished else 'not ended'}", style=look.colour),
        )
    return table


def _tasks_text(tasks: dict[str, int]) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in tasks.items() if count)
    return counts or count_text(0, "task")


def _texts(outputs: list[Any]) -> Iterator[str]:
    for output in outputs:
        if output.output_type == "stream":
            yield output.text
        elif "text/plain" in output.get("data", {}):
            yield output.data["text/plain"]
