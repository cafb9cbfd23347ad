"""The command ``maze-nb nodes``: list the nodes of a cluster, drain one, give it work again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from maze_nb.cli.known_names import node_argument
from maze_nb.cli.listing import json_option, tell
from maze_nb.cli.scheduler import (
    address_option,
    ask_scheduler,
    find_address,
    is_typed,
    scheduler_file_option,
)

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient

_WHERE = ("address", "scheduler_file")


@click.group(invoke_without_command=True, short_help="List the nodes of a cluster; drain one.")
@address_option
@scheduler_file_option
@json_option
@click.pass_context
def nodes(context: click.Context, /, as_json: bool, **_: object) -> None:
    """List the nodes of a cluster: what they offer, what is free, how they are doing."""
    if context.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"--json lists: leave out {context.invoked_subcommand}", context)
        return
    import msgspec

    from maze_nb.projection.node_text import nodes_text

    with _client(context) as client:
        found = list(map(msgspec.to_builtins, client.nodes()))
    tell(found, lambda: nodes_text(found), as_json=as_json)


@nodes.command(short_help="Give a node no new work.")
@node_argument
@click.option("--close", is_flag=True, help="End its workers once they have nothing left to do.")
@address_option
@scheduler_file_option
@click.pass_context
def drain(context: click.Context, /, node: str, close: bool, **_: object) -> None:
    """Give NODE no new work; what runs there ends well and keeps its results."""
    with _client(context) as client:
        client.drain(node, close=close)
    then = "; its workers end once they have nothing left to do" if close else ""
    click.echo(f"{node} gets no new work{then}")


@nodes.command(short_help="Give a drained node work again.")
@node_argument
@address_option
@scheduler_file_option
@click.pass_context
def undrain(context: click.Context, /, node: str, **_: object) -> None:
    """Give NODE work again."""
    with _client(context) as client:
        client.undrain(node)
    click.echo(f"{node} gets work again")


@contextlib.contextmanager
def _client(context: click.Context) -> Iterator[MaClient]:
    """Give a client of the scheduler that is named, else of the one that ``maze-nb up`` keeps."""
    import dask.config

    from maze_nb import config
    from maze_nb.deploy.kept import find_kept
    from maze_nb.errors import MazeError
    from maze_nb.sdk.client import MaClient

    if context.parent is not None and not any(map(partial(is_typed, context), _WHERE)):
        context = context.parent if context.command is not nodes else context
    given = context.params
    try:
        configured = dask.config.get("scheduler-address", None)
        if not (given["address"] or given["scheduler_file"] or configured) and find_kept():
            with MaClient() as client:
                yield client
            return
        address = find_address(
            *(context, given["address"], given["scheduler_file"]),
            how="--address tcp://host:8786",
            takes_kept=True,
        )
        ask_scheduler(address, config.connect_timeout())
        with MaClient(address) as client:
            yield client
    except (MazeError, ValueError) as error:
        raise click.ClickException(str(error)) from error
