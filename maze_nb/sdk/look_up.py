"""Finds runs as people name them, and waits for what is known of one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from maze_nb import config
from maze_nb.errors import ConnectionFailedError, UnknownRunError, nearest
from maze_nb.sdk.run import Run
from maze_nb.wire.submission import RunSummary

LATEST = "latest"
_NAMED = 5
_QUIET = 0.3


def find_run(wanted: str, runs: Sequence[RunSummary]) -> RunSummary:
    """Return the run with this id, the only one whose id begins so, or the ``latest``.

    Raises
    ------
    UnknownRunError
        If there is none, or more than one.
    """
    if not runs:
        raise UnknownRunError("there are no runs here yet")
    if wanted == LATEST:
        return max(runs, key=lambda run: run.started)
    found = [run for run in runs if run.run_id == wanted]
    found = found or [run for run in runs if wanted and run.run_id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(run.run_id for run in found[:_NAMED])
        more = ", …" if len(found) > _NAMED else ""
        raise UnknownRunError(f"{len(found)} runs begin with {wanted!r}: {listed}{more}")
    hint = nearest(wanted, [LATEST, *(run.run_id for run in runs)])
    raise UnknownRunError(f"there is no run {wanted!r}: {hint}")


def catch_up(run: Run, summary: RunSummary) -> None:
    """Wait until the messages that a run has by now are here, or no more are to be had.

    Parameters
    ----------
    summary
        What a list of runs says of it.
    """
    patience = config.connect_timeout()
    began, deadline = time.time(), time.monotonic() + patience
    seen = 0
    with contextlib.suppress(ConnectionFailedError):
        if summary.finished is not None:
            run.wait(patience)
        while time.monotonic() < deadline and not run.is_finished:
            more = run.log.wait(seen, _QUIET if seen else patience)
            # What a busy run has to say from now on is none of what was known by now.
            if not more or more[-1]["time"] > began:
                return
            seen += len(more)
