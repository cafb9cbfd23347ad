"""The command ``maze-nb up``: a cluster on this machine that outlives shells and kernels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from maze_nb.cli.worker_values import Count, Setting

if TYPE_CHECKING:
    from maze_nb.deploy.kept import KeptCluster


@click.command(short_help="Start a cluster here that outlives kernels.")
@click.option(
    "--slots",
    type=Count(1),
    cls=Setting,
    envvar=("MAZE_SLOTS",),
    help="How many worker processes it has; by default one a core.  [MAZE_SLOTS]",
)
@click.option(
    "--dashboard-address",
    default="127.0.0.1:8787",
    show_default=True,
    metavar="ADDRESS",
    help="Where Dask's pages are served; another port if that is taken.",
)
def up(slots: int | None, dashboard_address: str) -> None:
    """Start a cluster on this machine, which goes on until `maze-nb down` ends it.

    There is one for each MAZE_HOME. MaClient() finds it there, and its runs go on when the kernel
    that started them is gone.
    """
    from maze_nb.deploy.attach_kept import attach_kept
    from maze_nb.deploy.keep import keep
    from maze_nb.errors import MazeError

    try:
        kept, is_new = keep(_command(slots, dashboard_address))
        if not is_new and (client := attach_kept(kept)) is not None:
            client.close()
    except (MazeError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(_describe(kept, is_new))
    if slots is not None and slots != kept.slots:
        click.echo(
            f"its slots are {kept.slots} and not {slots}: `maze-nb down` first, to change that",
            err=True,
        )


def _command(slots: int | None, dashboard_address: str) -> list[str]:
    # With -P a module of the user's folder does not hide one of Python or Dask.
    words = [sys.executable, "-P", "-m", "maze_nb.cli.keeper"]
    if slots is not None:
        words.append(f"--slots={slots}")
    return [*words, f"--dashboard-address={dashboard_address}"]


def _describe(kept: KeptCluster, is_new: bool) -> str:
    from maze_nb.projection.humane import count_text

    where = f"{kept.address}, {count_text(kept.slots, 'slot')}, process {kept.pid}"
    return (
        f"the cluster is up{'' if is_new else ' already'}: {where}\n"
        f"dashboard: {kept.dashboard}\n"
        f"token:     `maze-nb token` prints what lets requests in to the API on that server\n"
        f"log:       {kept.log}\n"
        "MaClient() finds it; `maze-nb down` ends it"
    )
