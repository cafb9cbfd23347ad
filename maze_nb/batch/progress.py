"""How far a notebook and its runs have come, as bars in a terminal or as lines elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.text import Text

from maze_nb.batch.run_report import RunRecord
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.projection.looks import run_look

_BARS = 8
_STEPS = 10
_FEW = 20


class NotebookProgress(Protocol):
    """Told of every cell, and of the runs; not all of it in the same thread."""

    def start(self, number: int, total: int) -> None:
        """Hear that code cell ``number`` of ``total`` starts, counted from 1."""

    def finish(self, number: int) -> None:
        """Hear that code cell ``number`` has ended."""

    def note(self, text: str, run_id: str = "") -> None:
        """Hear of something worth a line, about a run if it is about one."""

    def run(self, run: RunRecord) -> None:
        """Hear how far a run is, or how it ended."""


class Quiet:
    """Says nothing."""

    def start(self, number: int, total: int) -> None:
        """Say nothing."""

    def finish(self, number: int) -> None:
        """Say nothing."""

    def note(self, text: str, run_id: str = "") -> None:
        """Say nothing."""

    def run(self, run: RunRecord) -> None:
        """Say nothing."""


class Bars:
    """A bar for the cells, and one for each run.

    Attributes
    ----------
    shown
        What draws them; a context manager that takes them away again.
    """

    def __init__(self, console: Console, title: str) -> None:
        self.shown = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}", markup=False),
            Elapsed(),
            console=console,
            transient=True,
        )
        self._cells = self.shown.add_task(title, total=None, unit="cells")
        self._runs: dict[str, TaskID] = {}
        self._ended: set[str] = set()

    def start(self, number: int, total: int) -> None:
        """Show the cells before this one as done."""
        self.shown.update(self._cells, completed=number - 1, total=total)

    def finish(self, number: int) -> None:
        """Show this cell as done."""
        self.shown.update(self._cells, completed=number)

    def note(self, text: str, run_id: str = "") -> None:  # noqa: ARG002
        """Write a line above the bars."""
        self.shown.console.print(Text(f"  {text}"))

    def run(self, run: RunRecord) -> None:
        """Move the bar of a run; in the place of that of one that has ended there is a line."""
        if run.finished is not None:
            bar = self._runs.pop(run.run_id, None)
            if bar is not None:
                self.shown.remove_task(bar)
            if run.run_id not in self._ended:
                self._ended.add(run.run_id)
                self.note(ended_text(run))
        elif run.run_id in self._runs:
            self.shown.update(
                self._runs[run.run_id],
                completed=run.ended_tasks, total=run.total or None, unit=_unit(run),
            )  # fmt: skip
        elif len(self._runs) < _BARS:
            self._runs[run.run_id] = self.shown.add_task(
                f"  {run.workflow}",
                completed=run.ended_tasks, total=run.total or None, unit=_unit(run),
            )  # fmt: skip


class Lines:
    """One plain line for what is worth one, for logs.

    A line for each cell; of a run for its start, its end, and each task of a few or each tenth of
    many. What is told of a run is told of the cell that started it.
    """

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._cell = ""
        self._cells: dict[str, str] = {}
        self._told: dict[str, int] = {}
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def start(self, number: int, total: int) -> None:
        """Write a line for the cell."""
        self._cell = f"cell {number}/{total}"
        self._write(self._cell)

    def finish(self, number: int) -> None:
        """Write nothing: the next line tells."""

    def note(self, text: str, run_id: str = "") -> None:
        """Write a line about the cell."""
        cell = self._cells.get(run_id, self._cell)
        self._write(f"{cell}: {text}" if cell else text)

    def run(self, run: RunRecord) -> None:
        """Write a line if there is something to tell."""
        if run.run_id in self._ended:
            return
        self._cells.setdefault(run.run_id, self._cell)
        told = self._told.get(run.run_id)
        if run.finished is not None:
            self._ended.add(run.run_id)
            self.note(ended_text(run), run.run_id)
        elif not run.total:
            return
        elif told is None:
            self._told[run.run_id] = run.ended_tasks
            self.note(f"run {run.workflow}: {count_text(run.total, 'task')}", run.run_id)
        elif told + _step(run) <= run.ended_tasks < run.total:
            self._told[run.run_id] = run.ended_tasks
            failed = run.tasks.get("failed", 0)
            more = f", {failed:,} failed" if failed else ""
            text = f"run {run.workflow}: {run.ended_tasks:,} of {run.total:,} tasks{more}"
            self.note(text, run.run_id)

    def _write(self, text: str) -> None:
        with self._lock:
            self._console.print(Text(f"{self._title}: {text}"), soft_wrap=True)


@contextmanager
def progress_for(console: Console, title: str) -> Iterator[Bars | Lines]:
    """Give bars for a terminal, which are gone at the end, or lines for anything else."""
    if not console.is_terminal:
        yield Lines(console, title)
        return
    bars = Bars(console, title)
    with bars.shown:
        yield bars


def _step(run: RunRecord) -> int:
    """Return how many tasks have to have ended since it was told of last."""
    return max(run.total // _STEPS, 1) if run.total > _FEW else 1


def ended_text(run: RunRecord) -> str:
    """Return how a run ended, in one line."""
    took = duration_text(run.seconds)
    counts = ", ".join(f"{count:,} {state}" for state, count in run.tasks.items() if count)
    return f"run {run.workflow}: {run_look(run.status).glyph} {run.status} in {took}, {counts}"


def _unit(run: RunRecord) -> str:
    told = {state: run.tasks.get(state, 0) for state in ("running", "failed")}
    return ", ".join(["tasks", *(f"{count:,} {state}" for state, count in told.items() if count)])
