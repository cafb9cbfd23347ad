"""The command ``maze-nb runs``: what became of runs, and what can be done with them."""

from __future__ import annotations

import click

from maze_nb.cli.runs_change import cancel, delete, rerun, resume
from maze_nb.cli.runs_compare import compare
from maze_nb.cli.runs_export import export
from maze_nb.cli.runs_logs import logs
from maze_nb.cli.runs_prune import prune
from maze_nb.cli.runs_read import list_runs, results, show
from maze_nb.cli.runs_watch import watch

_COMMANDS = (
    *(list_runs, show, watch, logs, results, compare),
    *(cancel, resume, rerun, export, delete, prune),
)


@click.group(invoke_without_command=True, short_help="List runs; show, follow or resume one.")
@click.pass_context
def runs(context: click.Context) -> None:
    """List runs, look into them, and take them up again.

    RUN_ID is the id of a run, as much of its beginning as is unique, or `latest`. Runs are those of
    the scheduler that is named, else of the cluster of `maze-nb up`, else those that are kept on
    this machine: to read those takes no scheduler.
    """
    if context.invoked_subcommand is None:
        with list_runs.make_context("list", [], parent=context) as inner:
            list_runs.invoke(inner)


for _command in _COMMANDS:
    runs.add_command(_command)
