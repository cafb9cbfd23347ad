"""The command ``maze-nb scheduler``: ``dask scheduler`` with Maze in it from the start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from maze_nb.cli.scheduler import reason_of
from maze_nb.cli.worker_values import WritableFolder

_NAME = "maze-nb scheduler"
_PRELOAD = "maze_nb.cli.scheduler_preload"


@click.command(
    name="scheduler",
    short_help="Start a scheduler that keeps runs.",
    context_settings={"ignore_unknown_options": True},
    options_metavar="[--store FILE] [--home DIR]",
)
@click.option(
    "--store",
    metavar="FILE",
    help="The file that runs are kept in, or the word memory to lose them with the scheduler; "
    "by default runs.db in the home.",
)
@click.option(
    "--home",
    type=WritableFolder(),
    help="Where runs, results and the cache are kept; by default MAZE_HOME, or the user's data "
    "folder.",
)
@click.argument("dask_options", nargs=-1, type=click.UNPROCESSED, metavar="[DASK OPTIONS]")
def scheduler(store: str | None, home: Path | None, dask_options: tuple[str, ...]) -> None:
    """Start a scheduler, which keeps runs whatever becomes of their clients.

    Runs that a scheduler before it left in the same store can be looked at and resumed at once.
    Takes all options of `dask scheduler` too, such as --host, --port, --dashboard-address,
    --scheduler-file, --tls-cert and --preload. Ends with SIGTERM or SIGINT.
    """
    import dask.config

    from maze_nb import config

    if home is not None:
        os.environ[config.HOME_VARIABLE] = str(home)
    if store is not None:
        is_file = store != config.MEMORY_STORE
        named = str(Path(store).expanduser().absolute()) if is_file else store
        dask.config.set({"maze.store": named})
    click.echo(f"runs are kept in {config.store_file() or 'memory, until this ends'}")
    _run(dask_options)


def _run(words: Sequence[str]) -> None:
    """Run ``dask scheduler`` with these words, and Maze after what else it is to load."""
    import dask.config
    from distributed.cli.dask_scheduler import main as dask_scheduler

    from maze_nb.cli.scheduler_preload import CannotStart

    try:
        with dask_scheduler.make_context(_NAME, list(words)) as context:
            # Added to what was read: of preloads on the command line Dask wants other words too,
            # and those in its configuration count only if the command line names none.
            named = context.params["preload"] or dask.config.get("distributed.scheduler.preload")
            before = [named] if isinstance(named, str) else list(named)
            context.params["preload"] = (*before, _PRELOAD)
            dask_scheduler.invoke(context)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise click.ClickException(
            f"the scheduler ended with an error: {reason_of(error)}"
        ) from error
