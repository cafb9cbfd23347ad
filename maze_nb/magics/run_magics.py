"""The magics about runs that were started: to find them again, go on with them, read them."""

from __future__ import annotations

from IPython.core.magic import line_magic, magics_class

from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.results import RunResults
from maze_nb.magics.table import ATTACH, CANCEL, RERUN, RESULTS, RESUME, RUNS
from maze_nb.magics.telling import attached_text, cancelled_text, finish, plainly, run_line
from maze_nb.magics.usage import read_line
from maze_nb.projection.humane import typed_id
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.sdk.presenter import presenter
from maze_nb.sdk.run import Run

_LISTED = 20


@magics_class
class RunMagics(NotebookMagics):
    """``%maze_attach`` and its companions."""

    @line_magic
    @plainly
    def maze_attach(self, line: str) -> None:
        """Show a run again, live if it goes on; by default this notebook's latest.

        It is the one that ``%maze_results`` and ``%maze_cancel`` mean from now on. A run that is
        kept on this machine needs no cluster, and none is started.
        """
        run = self.session.attach(read_line(ATTACH, line).argument)
        _show(run)
        print(attached_text(run))  # noqa: T201

    @line_magic
    @plainly
    def maze_resume(self, line: str) -> None:
        """Go on with a run whose scheduler was lost, by default the latest.

        Only what has no stored result is computed. It is shown until it ends as by ``%maze_run``;
        an interrupt of the kernel cancels it.
        """
        run = self.session.resume(read_line(RESUME, line).argument)
        finish(self.session, run)

    @line_magic
    @plainly
    def maze_rerun(self, line: str) -> None:
        """Run the workflow of a run again, as it was then; by default that of the latest.

        All of it is computed again, unless an option says otherwise. It is a new run, shown until
        it ends as by ``%maze_run``.
        """
        given = read_line(RERUN, line)
        run = self.session.rerun(
            given.argument,
            failed_only="--failed" in given.options,
            from_task=given.options.get("--from"),
        )
        print(f"run {typed_id(run.run_id)}")  # noqa: T201
        finish(self.session, run)

    @line_magic
    @plainly
    def maze_cancel(self, line: str) -> None:
        """Cancel a run, by default the latest one that has not ended.

        The name of a cell means the run that it was submitted in by itself.
        """
        wanted = read_line(CANCEL, line).argument
        print(cancelled_text(self.session.cancel(self.auto.run_of(wanted) or wanted)))  # noqa: T201

    @line_magic
    @plainly
    def maze_runs(self, line: str) -> None:
        """List the newest runs of the cluster, or of this machine if there is none."""
        is_all = "--all" in read_line(RUNS, line).options
        runs = sorted(self.session.clients.reading.runs(), key=lambda run: run.started)
        shown = runs if is_all else runs[-_LISTED:]
        if not runs:
            print("no runs yet: start one with %maze_run")  # noqa: T201
        if len(runs) > len(shown):
            print(f"… {len(runs) - len(shown):,} older ones: %maze_runs --all")  # noqa: T201
        for run in shown:
            print(run_line(run))  # noqa: T201

    @line_magic
    @plainly
    def maze_results(self, line: str) -> RunResults:
        """Return what the tasks of a run made, by name; by default of the last run.

        ``results = %maze_results`` and then ``results["name"]`` brings any of them here.
        """
        return RunResults(self.session.find_run(read_line(RESULTS, line).argument))


def _show(run: Run) -> None:
    """Show a run and go on: a live view follows in the background."""
    found = presenter()
    if found is None or not found.show_run(run):
        view = view_of(run.log.read(), is_interrupted=run.log.is_interrupted)
        print(run_text(view.graph, view.snapshot(messages=0)))  # noqa: T201
