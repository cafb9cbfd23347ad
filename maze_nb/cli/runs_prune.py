"""The command ``maze-nb runs prune``: make room by dropping old runs of this machine."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from maze_nb.cli.runs_source import plainly

if TYPE_CHECKING:
    from maze_nb.store.protocol import RunStore


@click.command(short_help="Drop old runs that are kept on this machine.")
@click.option("--older-than", metavar="AGE", help="What ended longer ago than this, such as 30d.")
@click.option(
    "--keep", metavar="SIZE", help="The oldest, until the rest takes no more than this: 10GB."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.pass_context
def prune(context: click.Context, older_than: str | None, keep: str | None, dry_run: bool) -> None:
    """Drop runs that are kept on this machine, with their results, the oldest first.

    Nothing goes that is running, or whose results another run took over. Takes no scheduler.
    """
    if older_than is None and keep is None:
        raise click.UsageError("say what is to go: --older-than 30d, --keep 10GB, or both", context)
    from dask.utils import parse_bytes, parse_timedelta

    from maze_nb.projection.humane import count_text, size_text
    from maze_nb.sdk.task_files import results_dirs
    from maze_nb.store.prune import prune as prune_store
    from maze_nb.wire.blobs import BlobFolder

    try:
        seconds = None if older_than is None else float(parse_timedelta(older_than, default="d"))
        nbytes = None if keep is None else int(parse_bytes(keep))
    except (ValueError, KeyError, TypeError) as error:
        raise click.UsageError(
            f"{error}: an age is such as 30d or 12h, a size such as 10GB", context
        ) from error
    with plainly(), _writing() as store:
        done = prune_store(
            store,
            results_dirs(),
            older_than=seconds,
            keep_bytes=nbytes,
            now=time.time(),
            is_dry=dry_run,
            blobs=BlobFolder(),
        )
    for run_id in done.run_ids:
        click.echo(run_id)
    verb = "would go" if dry_run else "dropped"
    click.echo(f"{count_text(len(done.run_ids), 'run')} {verb}: {size_text(done.nbytes)}")
    for trouble in done.troubles:
        click.echo(trouble, err=True)
    context.exit(1 if done.troubles else 0)


def drop_here(run_id: str) -> None:
    """Drop a run that is kept on this machine, with its results.

    Raises
    ------
    MazeError
        If it goes on, another run took results from it, or a folder cannot be removed.
    """
    from maze_nb.errors import MazeError
    from maze_nb.sdk.task_files import results_dirs
    from maze_nb.store.protocol import COPY_OF
    from maze_nb.wire.blobs import BlobFolder
    from maze_nb.worker.files.task_folder import run_folder

    with _writing() as store:
        run = store.run(run_id)
        users = [other.run_id for other in store.runs() if run_id in other.uses]
        if users:
            raise MazeError(f"run {users[0]} took results of run {run_id} over: delete it first")
        if not run.owner.startswith(COPY_OF):
            if run.finished is None and not store.claim(run_id):
                raise MazeError(f"run {run_id} goes on: cancel it first")
            for folder in results_dirs():
                try:
                    shutil.rmtree(run_folder(folder, run_id))
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise MazeError(
                        f"results of run {run_id} cannot be removed: {error}"
                    ) from error
        store.forget([run_id])
        BlobFolder().sweep({used for other in store.runs() for used in other.uses})


@contextmanager
def _writing() -> Iterator[RunStore]:
    from maze_nb import config
    from maze_nb.errors import StoreError
    from maze_nb.store.open import open_store

    file = config.store_file()
    if file is None:
        raise StoreError("the setting maze.store is 'memory', so no runs are kept on this machine")
    store = open_store(file)
    try:
        yield store
    finally:
        store.close()
