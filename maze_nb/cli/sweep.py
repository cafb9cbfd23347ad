"""The command ``maze-nb sweep``: one notebook for each combination of some parameters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.failures import EXIT_INTERRUPTED
from maze_nb.cli.listing import json_option, json_text
from maze_nb.cli.scheduler import address_option

if TYPE_CHECKING:
    from maze_nb.sdk.sweep.grid import Grid
    from maze_nb.sdk.sweep.result import Sweep
    from maze_nb.sdk.sweep.sweep import Prepared

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_UNASKED = 1_000


@click.command(short_help="Run a notebook for each combination of parameters.")
@click.argument("notebook", type=_FILE, required=False)
@click.option(
    *("-g", "--grid", "axes"),
    multiple=True,
    metavar="NAME=VALUES",
    help="Values of a parameter, as lr=0.1,0.01 or depth=2:6 (2, 3, 4, 5 and 6).",
)
@click.option(
    *("-p", "--parameter", "pairs"),
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Set a parameter to the same value in all.",
)
@click.option(
    *("-f", "--parameters-file", "files"),
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Set parameters from a YAML file; -y and -p win over it.",
)
@click.option(
    *("-y", "--parameters-yaml", "yaml"),
    multiple=True,
    metavar="YAML",
    help="Set parameters from YAML, as in -y 'layers: [64, 10]'.",
)
@click.option(
    "--max-parallel",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many run at once; by default as many as the cluster has cores for.",
)
@click.option("--name", metavar="NAME", help="What to call it; by default NOTEBOOK-sweep.")
@click.option(
    "--output",
    type=_FOLDER,
    metavar="FOLDER",
    help="Where all files go; by default out/NAME, with a number if there is one.",
)
@click.option("--failed", is_flag=True, help="Run only those of the last sweep that failed.")
@click.option("--kernel", metavar="NAME", help="The kernel to use instead of the notebook's own.")
@click.option(
    *("-r", "--resource", "resources"),
    type=(str, float),
    multiple=True,
    metavar="NAME NUMBER",
    help="What each asks for: cpu, cpu_mem (MB), gpu or gpu_mem; by default one core.",
)
@click.option("--timeout", type=float, metavar="SECONDS", help="How long each may take.")
@click.option("--retries", type=int, metavar="N", help="How often each is tried again.")
@click.option("--yes", is_flag=True, help=f"Do not ask about more than {_UNASKED:,} combinations.")
@address_option
@json_option
@click.pass_context
def sweep(context: click.Context, /, **given: Any) -> None:
    """Run NOTEBOOK once for each combination of the parameters in the grid.

    Each is a task on the cluster, the one of `maze-nb up` or an embedded one unless --address
    names another, and has its own output notebook. A table of parameters, status, time and what
    the notebooks recorded is in summary.csv and summary.ipynb.

    A value of the grid is a number, a text, true, false, null, or [a list]; '"2:6"' is a text. A
    range has its end in it, and may have a step: 0:100:10.

    Interrupted, what runs is cancelled and what has ended stays; --failed goes on. Exits with 0 if
    all succeeded, with 1 if one did not, with 2 if the command was wrong, with 130 if interrupted.
    """
    from maze_nb.errors import MazeError

    try:
        prepared = _prepared(context, given)
    except MazeError as error:
        raise click.UsageError(str(error), context) from error
    try:
        done = _run(prepared, given)
    except KeyboardInterrupt:
        _tell_how_to_go_on(prepared, "interrupted", or_else="interrupted: nothing had begun")
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
    except MazeError:
        _tell_how_to_go_on(prepared, "not all have run")
        raise
    _tell(done, as_json=given["as_json"])
    context.exit(1 if done.failed else 0)


def _prepared(context: click.Context, given: dict[str, Any]) -> Prepared:
    from maze_nb.sdk.sweep.sweep import prepare, prepare_failed

    where = {"name": given["name"], "output": given["output"]}
    if given["failed"]:
        for name in ("axes", "pairs", "files", "yaml", "kernel", "resources", "timeout", "retries"):
            if given[name]:
                flag = next(each for each in context.command.params if each.name == name).opts[0]
                raise click.UsageError(
                    f"--failed runs what is left of a sweep as it was begun: leave out {flag}",
                    context,
                )
        return prepare_failed(given["notebook"], **where)
    if given["notebook"] is None:
        raise click.UsageError(
            "name the notebook, or the --output of a sweep to run --failed", context
        )
    grid = _grid(given)
    if len(grid) > _UNASKED and not given["yes"]:
        raise click.UsageError(
            f"the grid has {len(grid):,} combinations, {grid}: give --yes if they are meant",
            context,
        )
    options = {name: given[name] for name in ("timeout", "retries") if given[name] is not None}
    resources = dict(given["resources"])
    return prepare(
        *(given["notebook"], grid),
        kernel=given["kernel"],
        resources=resources,
        options=options,
        **where,
    )


def _grid(given: dict[str, Any]) -> Grid:
    """Return the grid, held against the types of the notebook's parameters."""
    from maze_nb.batch.job import Job, listed_parameters
    from maze_nb.batch.parameters import read_parameters
    from maze_nb.sdk.notebook_parameters import check, with_types
    from maze_nb.sdk.sweep.grid import Grid, read_axes

    notebook = str(given["notebook"])
    axes = read_axes(given["axes"])
    fixed = read_parameters(given["files"], given["pairs"], yaml=given["yaml"])
    known = listed_parameters(Job(notebook, "")) or {}
    grid = Grid(axes, with_types(fixed.texts, fixed.values, known))
    check(grid.fixed, known, notebook, typed=fixed.texts)
    for name, values in grid.axes.items():
        # Those of a range are all of one type.
        for value in values[:1] if isinstance(values, range) else values:
            check({name: value}, known, notebook)
    return grid


def _run(prepared: Prepared, given: dict[str, Any]) -> Sweep:
    from rich.console import Console

    from maze_nb.cli.sweep_progress import progress_for
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.sweep.sweep import run

    if not prepared.rows:
        return run(prepared)
    title, total = prepared.plan.name, len(prepared.rows)
    with (
        MaClient(given["address"]) as client,
        progress_for(
            Console(stderr=True, force_terminal=sys.stderr.isatty()), title, total
        ) as progress,
    ):
        return run(
            prepared,
            client=client,
            max_parallel=given["max_parallel"],
            listening=lambda _: progress,
        )


def _tell(done: Sweep, *, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(done.to_dicts()))
        return
    click.echo(repr(done))
    click.echo(f"  {done.folder.path}")


def _tell_how_to_go_on(prepared: Prepared, why: str, or_else: str = "") -> None:
    if not prepared.folder.has_sweep:
        click.echo(or_else, err=True, nl=bool(or_else))
    else:
        click.echo(
            f"{why}: what has ended is in {prepared.folder.path}; go on with "
            f"`maze-nb sweep --failed --output {prepared.folder.path}`",
            err=True,
        )
