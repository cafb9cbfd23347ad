"""The command ``maze-nb cache``: list what is in the result cache, remove it, keep it small."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.command_table import CommandTable, Row
from maze_nb.cli.listing import json_option, tell
from maze_nb.cli.worker_values import Megabytes, Seconds

if TYPE_CHECKING:
    from pathlib import Path

    from maze_nb.store.cache_entry import CacheEntry
    from maze_nb.store.result_cache import Pruned, ResultCache

_LEAST_CHARS = 4
_task_option = click.option("--task", metavar="NAME", help="Only what tasks of this name made.")


class _Age(Seconds):
    example = "30d or 12h"


class _Size(Megabytes):
    example = "10GB"


@click.group(
    cls=CommandTable,
    rows=(
        Row("list", "maze_nb.cli.cache:list_entries", "List cached results."),
        Row("ls", "maze_nb.cli.cache:list_entries", "List cached results.", is_hidden=True),
    ),
    short_help="List, remove or prune cached results.",
)
def cache() -> None:
    """Look after the results that tasks with cache=True take from earlier runs.

    They are in the folder "cache" of MAZE_HOME on this machine.
    """


@click.command("list", short_help="List cached results.")
@_task_option
@json_option
def list_entries(task: str | None, as_json: bool) -> None:
    """List cached results, those used last first."""
    from maze_nb.projection.cache_text import cache_text

    with _cache() as found:
        entries = list(found.entries() if found else ())
        if task is not None:
            entries = _of_task(entries, task)
        rows = [_row(entry, found.last_used(entry.key)) for entry in entries] if found else []
    rows.sort(key=lambda row: -row["used"])
    tell(
        rows,
        lambda: cache_text(rows, time.time()) if rows else f"nothing is cached in {_folder()}",
        as_json=as_json,
    )


@cache.command(short_help="Remove cached results.")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@_task_option
@click.option("--all", "is_all", is_flag=True, help="Remove all.")
def rm(keys: tuple[str, ...], task: str | None, is_all: bool) -> None:
    """Remove the cached results with these KEYs, or the first characters of their keys."""
    if bool(keys) + (task is not None) + is_all != 1:
        raise click.UsageError(
            "give either KEYs, as maze-nb cache list shows them, or --task, or --all"
        )
    with _cache() as found:
        entries = list(found.entries() if found else ())
        if task is not None:
            doomed = [entry.key for entry in _of_task(entries, task)]
        elif is_all:
            doomed = [entry.key for entry in entries]
        else:
            doomed = [_whole_key(key, entries) for key in keys]
        _tell(found.remove(doomed) if found else None)


@cache.command(short_help="Remove what was not used for long.")
@click.option(
    "--older-than", type=_Age(), help="Remove what was not used for so long, such as 30d."
)
@click.option(
    "--keep",
    type=_Size(),
    help="Then remove what was not used for longest, until all takes no more than this: 10GB.",
)
def prune(older_than: float | None, keep: float | None) -> None:
    """Remove cached results that were not used for long, and what nobody can use any more."""
    if older_than is None and keep is None:
        raise click.UsageError("say what to remove: --older-than 30d, --keep 10GB, or both")
    with _cache() as found:
        nbytes = None if keep is None else round(keep * 2**20)
        _tell(found.prune(older_than, nbytes) if found else None)


@contextlib.contextmanager
def _cache() -> Iterator[ResultCache | None]:
    """Give the cache, None if there is none yet; nothing is made that is not there."""
    from maze_nb.errors import MazeError
    from maze_nb.store.result_cache import open_cache

    try:
        yield open_cache() if _folder().is_dir() else None
    except (MazeError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _folder() -> Path:
    from maze_nb import config

    return config.home() / "cache"


def _of_task(entries: list[CacheEntry], task: str) -> list[CacheEntry]:
    from maze_nb.errors import nearest

    named = [entry for entry in entries if task in (entry.task_name, entry.parts.task)]
    if not named:
        hint = nearest(task, {entry.task_name for entry in entries})
        raise click.ClickException(f"nothing of a task {task!r} is cached: {hint}")
    return named


def _whole_key(start: str, entries: list[CacheEntry]) -> str:
    matching = [entry.key for entry in entries if entry.key.startswith(start)]
    if len(start) < _LEAST_CHARS:
        raise click.ClickException(
            f"{start!r} is too short for a key: give at least its first {_LEAST_CHARS} characters"
        )
    if not matching:
        raise click.ClickException(f"there is no key {start!r}: maze-nb cache list shows them")
    if len(matching) > 1:
        raise click.ClickException(f"{len(matching)} keys begin with {start!r}: give more of it")
    return matching[0]


def _row(entry: CacheEntry, used: float) -> dict[str, Any]:
    return {
        "key": entry.key,
        "task": entry.task_name,
        "code_of": entry.parts.task,
        "used": used,
        "created": entry.created,
        "duration": entry.duration,
        "nbytes": entry.nbytes,
        "run_id": entry.run_id,
        "inputs": list(entry.parts.inputs),
        "outputs": [output.name for output in entry.outputs],
        "code": list(entry.parts.code),
    }


def _tell(pruned: Pruned | None) -> None:
    from maze_nb.projection.humane import count_text, size_text

    count, nbytes = pruned or (0, 0)
    what = count_text(count, "entry", "entries")
    click.echo(f"removed {what}, {size_text(nbytes)}")
