"""How a run is shown: as lines of text, unless a richer face is there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

# Whatever is shown needs more than what it takes to import this package, as every child process
# of a worker does.
if TYPE_CHECKING:
    from maze_nb.projection.marks import Marks
    from maze_nb.sdk.editing.editor import Editor
    from maze_nb.sdk.log import MessageLog
    from maze_nb.sdk.run import Run
    from maze_nb.wire.messages import Message


class Presenter(Protocol):
    """Shows runs and graphs."""

    def show_run(self, run: Run) -> bool:
        """Show a run live; False if it cannot be shown here."""
        ...

    def print_run(self, log: MessageLog) -> None:
        """Print how a run stands, as a terminal shows it best."""
        ...

    def run_bundle(self, log: MessageLog) -> dict[str, Any]:
        """Return a run's representations by MIME type."""
        ...

    def graph_bundle(
        self, graph: Mapping[str, Any], *, marks: Marks | None = None
    ) -> dict[str, Any]:
        """Return a graph's representations by MIME type, with what is said of its tasks."""
        ...

    def show_editor(self, editor: Editor, marks: Callable[[], Marks] | None = None) -> bool:
        """Show a graph that can be edited; False if it cannot be shown here.

        Parameters
        ----------
        marks
            Returns what is said of its tasks by now.
        """
        ...


_rich: list[Callable[[], Presenter]] = []


def use_presenter(make: Callable[[], Presenter]) -> None:
    """Set what shows runs from now on; `make` is called when something is to be shown."""
    _rich[:] = [make]


def presenter() -> Presenter | None:
    """Return what shows runs, if something was set."""
    return _rich[0]() if _rich else None


class Printer:
    """Prints the messages of one run as lines of text, of long maps only how far they are."""

    def __init__(self) -> None:
        from maze_nb.projection.progress_text import ProgressLines

        self._lines = ProgressLines()

    def take(self, message: Message) -> None:
        """Print what there is to say of the next message."""
        for line in self._lines.of(message):
            print(line, flush=True)  # noqa: T201 - printing is what it is for


def show_run(run: Run) -> None:
    """Show a run until it ends: live where a front end is, else as lines of text."""
    found = presenter()
    if found is None or not found.show_run(run):
        printer = Printer()
        for message in run.log.follow():
            printer.take(message)
        if found is not None and sys.stdout.isatty():
            found.print_run(run.log)
    else:
        for _ in run.log.follow():
            pass
