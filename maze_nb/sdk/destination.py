"""Where the files of a run's tasks go, of all who have a say in it."""

from __future__ import annotations

from os import PathLike

from maze_nb import config
from maze_nb.model.destination import parse_destination


def run_destination(given: str | PathLike[str] | None, of_client: str) -> str:
    """Return what applies to tasks that name no destination; empty: their own folders.

    Parameters
    ----------
    given
        What was given for the run.
    of_client
        What the client has.

    Raises
    ------
    OptionError
        If it makes no sense.
    """
    if given is not None:
        return parse_destination(given, "destination= of run()")
    return of_client or parse_destination(config.destination(), "the setting maze.destination")
