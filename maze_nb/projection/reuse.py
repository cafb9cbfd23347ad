"""Tasks that did not run, as their outputs were there already: how that is called and counted."""

from __future__ import annotations

from maze_nb.model.rows import RunRow, TaskRow
from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import short_id
from maze_nb.projection.looks import CACHED

_RUN = "run "


def shown_state(row: TaskRow) -> str:
    """Return the state that a task shows: its own, but ``cached`` where it did not have to run."""
    is_cached = row["state"] == TaskState.SUCCEEDED and row["reused_from"] is not None
    return CACHED if is_cached else row["state"]


def reuse_text(source: object) -> str:
    """Return where outputs were taken from.

    Parameters
    ----------
    source
        As the message has it.

    Returns
    -------
    str
        ``from the cache``, ``from run 3f9c12ab…``, or nothing if they were computed.
    """
    said = first_line(source)
    if said.startswith(_RUN):
        return f"from run {short_id(said.removeprefix(_RUN).strip())}"
    return f"from {'the cache' if said == 'cache' else said}" if said else ""


def success_text(run: RunRow) -> str:
    """Return ``7 succeeded, of these 3 cached``, or the shortest that says the same."""
    succeeded, reused = run["counts"].get(TaskState.SUCCEEDED, 0), run["reused"]
    said = f"{succeeded:,} succeeded" if succeeded else ""
    return ", ".join(part for part in (said, cached_text(succeeded, reused)) if part)


def cached_text(succeeded: int, reused: int) -> str:
    """Return how many of the tasks that succeeded did not run; nothing if all of them did."""
    if not reused:
        return ""
    return "all cached" if reused == succeeded else f"of these {reused:,} cached"
