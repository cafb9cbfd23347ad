"""The command ``dask-worker``: what ``dask worker`` does, under the name people type."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

from maze_nb.errors import ResourceError
from maze_nb.model.declared import check_declared, parse_declared

_OPTION = "--resources"


def main() -> None:
    """Run ``dask worker`` with the arguments of this process, once its resources make sense."""
    try:
        for text in declarations(sys.argv[1:]):
            check_declared(parse_declared(text, where=_OPTION), where=_OPTION)
    except ResourceError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    from distributed.cli.dask_worker import main as dask_worker

    dask_worker(prog_name="dask-worker")


def declarations(words: Sequence[str]) -> Iterator[str]:
    """Give what follows each ``--resources`` of a command line."""
    for index, word in enumerate(words):
        if word == "--":
            return
        if word == _OPTION:
            yield from words[index + 1 : index + 2]
        elif word.startswith(f"{_OPTION}="):
            yield word.removeprefix(f"{_OPTION}=")
