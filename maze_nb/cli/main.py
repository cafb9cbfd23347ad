"""The command ``maze-nb``, which is ``dask maze`` too."""

from __future__ import annotations

import os
from typing import Any

import click

from maze_nb.cli.command_table import CommandTable, Row
from maze_nb.cli.failures import plain_failures
from maze_nb.version import __version__

ROWS = (
    Row("demo", "maze_nb.cli.demo:demo", "Run the quickstart notebook headless."),
    Row("run", "maze_nb.cli.run:run", "Run a notebook headless."),
    Row("sweep", "maze_nb.cli.sweep:sweep", "Run a notebook for each combination of parameters."),
    Row("submit", "maze_nb.cli.submit:submit", "Run a workflow that is written as a file."),
    Row("validate", "maze_nb.cli.validate:validate", "Say what is wrong with a workflow file."),
    Row("runs", "maze_nb.cli.runs:runs", "List runs; show, follow or resume one."),
    Row("nodes", "maze_nb.cli.nodes:nodes", "List the nodes of a cluster; drain one."),
    Row("up", "maze_nb.cli.up:up", "Start a cluster here that outlives kernels."),
    Row("down", "maze_nb.cli.down:down", "End the cluster of `maze-nb up`."),
    Row(
        *("scheduler", "maze_nb.cli.run_scheduler:scheduler"),
        "Start a scheduler that keeps runs.",
    ),
    Row(
        "token",
        "maze_nb.cli.token:token",
        "Print what lets requests in to a scheduler's web server.",
    ),
    Row("worker", "maze_nb.cli.worker:worker", "Start the worker processes of one machine."),
    Row("cache", "maze_nb.cli.cache:cache", "List, remove or prune cached results."),
    Row("doctor", "maze_nb.cli.doctor:doctor", "Look for what is wrong, and say what to do."),
    Row("completion", "maze_nb.cli.completion:completion", "Print what a shell completes by."),
)


class Program(CommandTable):
    """All commands, and what is said when one goes wrong."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the options before the command."""
        is_debug = "--debug" in args or bool(os.environ.get("MAZE_DEBUG"))
        with plain_failures(info_name or "maze-nb", is_debug=is_debug):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was typed."""
        with plain_failures(ctx.command_path, is_debug=ctx.params["debug"]):
            return super().invoke(ctx)


@click.group(
    name="maze",
    cls=Program,
    rows=ROWS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--debug",
    is_flag=True,
    envvar="MAZE_DEBUG",
    help="Show the traceback of what goes wrong.  [MAZE_DEBUG]",
)
@click.version_option(__version__, prog_name="maze-nb")
def main(**_: object) -> None:
    """Run notebooks as distributed workflows on Dask.

    Commands that list take --json. Exits with 0 if all went well, with 1 if something failed, with
    2 if the command was wrong, with 130 if interrupted.
    """


if __name__ == "__main__":
    main(prog_name="maze-nb")
