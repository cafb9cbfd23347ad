"""The command ``maze-nb down``: end the cluster that ``maze-nb up`` started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from maze_nb.version import __version__

if TYPE_CHECKING:
    from maze_nb.deploy.kept import KeptCluster

_NAMED = 5


@click.command(short_help="End the cluster of `maze-nb up`.")
@click.option("--force", is_flag=True, help="End it also if runs go on, or if it does not answer.")
def down(force: bool) -> None:
    """End the cluster that `maze-nb up` started, with all its processes.

    Refuses while runs go on there. With --force they are interrupted, and can be resumed.
    """
    from maze_nb.deploy.end_kept import end_kept, tidy
    from maze_nb.deploy.kept import find_kept, refuse_elsewhere
    from maze_nb.errors import MazeError

    try:
        refuse_elsewhere()
        kept = find_kept()
        if kept is None:
            click.echo(
                "no cluster is up: the one before ended without a word"
                if tidy()
                else "no cluster is up"
            )
            return
        if not force:
            _refuse_while_runs_go_on(kept)
        end_kept(kept)
    except MazeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"the cluster at {kept.address} has ended")


def _refuse_while_runs_go_on(kept: KeptCluster) -> None:
    from maze_nb.projection.humane import count_text

    going = _going_runs(kept)
    if going:
        raise click.ClickException(
            f"{count_text(len(going), 'run')} {'goes' if len(going) == 1 else 'go'} on there: "
            f"{', '.join(going[:_NAMED])}{', …' if len(going) > _NAMED else ''}. "
            "Wait for the end, or give --force: what is interrupted can be resumed"
        )


def _going_runs(kept: KeptCluster) -> list[str]:
    """Return the ids of the runs that a cluster carries through, of whatever version it is."""
    import asyncio

    import msgspec
    from distributed.core import rpc

    from maze_nb import config
    from maze_nb.deploy.attach_kept import unanswered
    from maze_nb.model.states import RunStatus
    from maze_nb.wire.reply import answer_of

    async def ask() -> Any:
        async with rpc(kept.address) as scheduler:
            return await scheduler.maze_runs()

    async def ask_in_time() -> Any:
        return await asyncio.wait_for(ask(), config.connect_timeout())

    going = {status.value for status in RunStatus if not status.is_final}
    try:
        runs = msgspec.msgpack.decode(answer_of(asyncio.run(ask_in_time())))
        # Those that other schedulers of this home carry through are in the list too.
        return [
            run["run_id"] for run in runs if run["status"] in going and run.get("is_here", True)
        ]
    except OSError as error:
        if not kept.is_alive():
            return []
        raise unanswered(kept, str(error) or type(error).__name__) from error
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        raise click.ClickException(
            f"the cluster runs maze_nb {kept.version} and does not say, in a way that "
            f"{__version__} understands, whether runs go on there ({error!r}): --force ends it "
            "all the same"
        ) from error
