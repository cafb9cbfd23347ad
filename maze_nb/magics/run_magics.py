"""The magics about runs that were started: to find them again, go on with them, read them."""

from __future__ import annotations

import shlex
from typing import Any

from IPython.core.magic import Magics, line_magic, magics_class

from maze_nb.errors import CellError, nearest
from maze_nb.magics.results import RunResults
from maze_nb.magics.session import Session
from maze_nb.magics.telling import attached_text, cancelled_text, finish, plainly, run_line
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.sdk.presenter import presenter
from maze_nb.sdk.run import Run

_LISTED = 20


@magics_class
class RunMagics(Magics):
    """``%maze_attach`` and its companions.

    Parameters
    ----------
    session
        The state that they share with the other magics.
    """

    shell: Any

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @line_magic
    @plainly
    def maze_attach(self, line: str) -> None:
        """Show a run again, live if it goes on: ``[RUN_ID]``, by default this notebook's latest.

        It is the one that ``%maze_results`` and ``%maze_cancel`` mean from now on. A run that is
        kept on this machine needs no cluster, and none is started.
        """
        run = self.session.attach(_run_id("maze_attach", line))
        _show(run)
        print(attached_text(run))  # noqa: T201

    @line_magic
    @plainly
    def maze_resume(self, line: str) -> None:
        """Go on with a run whose scheduler was lost: ``[RUN_ID]``, by default the latest.

        Only what has no stored result is computed. It is shown until it ends as by ``%maze_run``;
        an interrupt of the kernel cancels it.
        """
        run = self.session.resume(_run_id("maze_resume", line))
        finish(self.session, run, self.shell.user_ns)

    @line_magic
    @plainly
    def maze_rerun(self, line: str) -> None:
        """Run the workflow of a run again, as it was then: ``[RUN_ID] [--failed] [--from TASK]``.

        With ``--failed`` only what has no stored result is computed, with ``--from`` this task and
        all that depends on it. It is a new run, shown until it ends as by ``%maze_run``.
        """
        run_id, failed_only, from_task = _parse_rerun(line)
        run = self.session.rerun(run_id, failed_only=failed_only, from_task=from_task)
        print(f"run {run.run_id}")  # noqa: T201
        finish(self.session, run, self.shell.user_ns)

    @line_magic
    @plainly
    def maze_cancel(self, line: str) -> None:
        """Cancel a run: ``[RUN_ID]``, by default the latest one that has not ended."""
        print(cancelled_text(self.session.cancel(_run_id("maze_cancel", line))))  # noqa: T201

    @line_magic
    @plainly
    def maze_runs(self, line: str) -> None:
        """List the newest runs of the cluster, or of this machine if there is none; ``--all``."""
        word = line.strip()
        if word not in ("", "--all"):
            raise CellError(f"%maze_runs does not know {word!r}: {nearest(word, ['--all'])}")
        runs = sorted(self.session.clients.reading.runs(), key=lambda run: run.started)
        shown = runs if word else runs[-_LISTED:]
        if not runs:
            print("no runs yet: start one with %maze_run")  # noqa: T201
        if len(runs) > len(shown):
            print(f"… {len(runs) - len(shown):,} older ones: %maze_runs --all")  # noqa: T201
        for run in shown:
            print(run_line(run))  # noqa: T201

    @line_magic
    @plainly
    def maze_results(self, line: str) -> RunResults:
        """Return what the tasks of a run made, by name: ``[RUN_ID]``, by default the last run.

        ``results = %maze_results`` and then ``results["name"]`` brings any of them here.
        """
        return RunResults(self.session.find_run(_run_id("maze_results", line)))


def _show(run: Run) -> None:
    """Show a run and go on: a live view follows in the background."""
    found = presenter()
    if found is None or not found.show_run(run.log):
        view = view_of(run.log.read(), is_interrupted=run.log.is_interrupted)
        print(run_text(view.graph, view.snapshot(messages=0)))  # noqa: T201


def _run_id(magic: str, line: str) -> str | None:
    words = line.split()
    if len(words) > 1:
        raise CellError(f"usage: %{magic} [RUN_ID]")
    return words[0] if words else None


def _parse_rerun(line: str) -> tuple[str | None, bool, str | None]:
    """Return which run is meant, whether only what failed of it, and from which task on."""
    usage = "usage: %maze_rerun [RUN_ID] [--failed] [--from TASK]"
    run_id, failed_only, from_task = None, False, None
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise CellError(f"{usage} ({error})") from error
    while words:
        word = words.pop(0)
        if word == "--failed":
            failed_only = True
        elif word == "--from" and words:
            from_task = words.pop(0)
        elif word.startswith("-"):
            hint = nearest(word, ["--failed", "--from"])
            raise CellError(f"%maze_rerun cannot take {word!r} so: {hint}; {usage}")
        elif run_id is None:
            run_id = word
        else:
            raise CellError(usage)
    return run_id, failed_only, from_task
