"""How far a sweep has come, as a bar in a terminal or as lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from maze_nb.projection.looks import run_look
from maze_nb.sdk.sweep.lines import row_text
from maze_nb.sdk.sweep.row import Row


class Bar:
    """A bar under the lines of those that have ended.

    Attributes
    ----------
    shown
        What draws it; a context manager that takes it away again.
    """

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._failed = self._running = 0
        self.shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self.shown.add_task(title, total=total, state="")

    def started(self, row: Row) -> None:  # noqa: ARG002
        """Count one that was submitted."""
        self._running += 1
        self._show(0)

    def ended(self, row: Row) -> None:
        """Write a line above the bar."""
        self._running -= 1
        self._failed += not row.has_succeeded
        text = Text(row_text(row), style=run_look(row.status).colour)
        self.shown.console.print(text, no_wrap=True, overflow="ellipsis")
        self._show(1)

    def _show(self, step: int) -> None:
        failed = f", {self._failed} failed" if self._failed else ""
        self.shown.update(self._task, advance=step, state=f"{self._running} submitted{failed}")


class Lines:
    """One plain line for each that has ended, for logs."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._console = console
        self._title = title
        self._total = total
        self._done = 0

    def started(self, row: Row) -> None:
        """Write nothing: many start at once."""

    def ended(self, row: Row) -> None:
        """Write a line."""
        self._done += 1
        line = f"{self._title}: {self._done}/{self._total} {row_text(row)}"
        self._console.print(Text(line), soft_wrap=True)


@contextmanager
def progress_for(console: Console, title: str, total: int) -> Iterator[Bar | Lines]:
    """Give a bar for a terminal, which is gone at the end, or lines for anything else."""
    if not console.is_terminal:
        yield Lines(console, title, total)
        return
    bar = Bar(console, title, total)
    with bar.shown:
        yield bar
