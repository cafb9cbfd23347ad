"""How a run is shown: as lines of text, unless a richer face is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from maze_nb.projection.progress_text import progress_line
from maze_nb.sdk.log import MessageLog
from maze_nb.wire.messages import Message


class Presenter(Protocol):
    """Shows runs and graphs."""

    def show_run(self, log: MessageLog) -> bool:
        """Show a run live; False if it cannot be shown here."""
        ...

    def run_bundle(self, log: MessageLog) -> dict[str, Any]:
        """Return a run's representations by MIME type."""
        ...

    def graph_bundle(self, graph: Mapping[str, Any]) -> dict[str, Any]:
        """Return a graph's representations by MIME type."""
        ...


_rich: list[Callable[[], Presenter]] = []


def use_presenter(make: Callable[[], Presenter]) -> None:
    """Set what shows runs from now on; `make` is called when something is to be shown."""
    _rich[:] = [make]


def presenter() -> Presenter | None:
    """Return what shows runs, if something was set."""
    return _rich[0]() if _rich else None


def print_message(message: Message) -> None:
    """Print a message as one line."""
    print(progress_line(message), flush=True)  # noqa: T201 - printing is what it is for


def show_run(log: MessageLog) -> None:
    """Show a run until it ends: live where a front end is, else as lines of text."""
    found = presenter()
    if found is None or not found.show_run(log):
        for message in log.follow():
            print_message(message)
    else:
        for _ in log.follow():
            pass
