"""How far a notebook has come, as a bar in a terminal or as lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text


class CellProgress(Protocol):
    """Told of every cell that starts, and once of the end."""

    def start(self, number: int, total: int) -> None:
        """Hear that code cell ``number`` of ``total`` starts, counted from 1."""

    def finish(self, number: int) -> None:
        """Hear that code cell ``number`` has ended."""

    def note(self, text: str) -> None:
        """Hear of something worth a line while a cell runs; may come from another thread."""


class Bar:
    """A progress bar; a context manager that takes the bar away at its end."""

    def __init__(self, console: Console, title: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("cells"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def start(self, number: int, total: int) -> None:
        """Show the cells before this one as done."""
        self._progress.update(self._task, completed=number - 1, total=total)

    def finish(self, number: int) -> None:
        """Show this cell as done."""
        self._progress.update(self._task, completed=number)

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self._progress.console.print(Text(f"  {text}"))


class Lines:
    """One plain line a cell, for logs; a context manager like :class:`Bar`."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._cell = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def start(self, number: int, total: int) -> None:
        """Write a line for the cell."""
        self._cell = f"cell {number}/{total}"
        self._console.print(f"{self._title}: {self._cell}", highlight=False)

    def finish(self, number: int) -> None:
        """Write nothing: the next line tells."""

    def note(self, text: str) -> None:
        """Write a line under that of the cell."""
        self._console.print(Text(f"{self._title}: {self._cell}: {text}"), soft_wrap=True)


def progress_for(console: Console, title: str) -> Bar | Lines:
    """Return a bar for a terminal, lines for anything else."""
    return Bar(console, title) if console.is_terminal else Lines(console, title)
