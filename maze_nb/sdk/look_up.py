"""Finds runs as people name them, and waits for what is known of one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from maze_nb import config
from maze_nb.errors import ConnectionFailedError, UnknownRunError, closest
from maze_nb.sdk.run import Run
from maze_nb.wire.submission import RunSummary

LATEST = "latest"
_NAMED = 5
_TYPED = 8
_QUIET = 0.3


def find_run(
    wanted: str, runs: Sequence[RunSummary], where: str = "here", elsewhere: str = ""
) -> RunSummary:
    """Return the run with this id, the only one whose id begins so, or the ``latest``.

    Parameters
    ----------
    where, elsewhere
        Where these runs are, and how others are had, for an error.

    Raises
    ------
    UnknownRunError
        If there is none, or more than one.
    """
    if not runs:
        more = f": {elsewhere}" if elsewhere else ""
        raise UnknownRunError(f"there are no runs {where} yet{more}")
    if wanted == LATEST:
        return max(runs, key=lambda run: run.started)
    found = [run for run in runs if run.run_id == wanted]
    found = found or [run for run in runs if wanted and run.run_id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownRunError(f"{len(found)} runs begin with {wanted!r}: {_listed(found)}")
    raise unknown_run(wanted, runs, where, elsewhere)


def unknown_run(
    wanted: str, runs: Sequence[RunSummary], where: str = "here", elsewhere: str = ""
) -> UnknownRunError:
    """Return the error that none of some runs is the one that is wanted."""
    begun = [run.run_id for run in runs if wanted and run.run_id.startswith(wanted)]
    # As much of the ids as was typed, at least what is shown of them.
    typed = (run.run_id[: max(len(wanted), _TYPED)] for run in runs)
    close = next(iter(begun), None) or closest(wanted, [LATEST, *typed])
    hint = "" if close is None else f"did you mean {close!r}? "
    newest = sorted(runs, key=lambda run: run.started, reverse=True)
    known = f"the newest are {_listed(newest)}" if newest else "there are none yet"
    said = "; ".join(filter(None, (f"{hint}{known}", elsewhere)))
    return UnknownRunError(f"there is no run {wanted!r} {where}: {said}")


def _listed(runs: Sequence[RunSummary]) -> str:
    """Return a few runs by what has to be typed of their ids, with their workflows."""
    shown = runs[:_NAMED]
    # As much of the ids as tells these apart.
    length = next(
        (n for n in range(8, 32, 4) if len({run.run_id[:n] for run in shown}) == len(shown)), None
    )
    named = ", ".join(f"{run.run_id[:length]} ({run.workflow_name})" for run in shown)
    return named + (", …" if len(runs) > _NAMED else "")


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
