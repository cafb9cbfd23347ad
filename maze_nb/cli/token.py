"""The command ``maze-nb token``: what lets requests in to the files on a scheduler's web server."""

from __future__ import annotations

from pathlib import Path

import click

from maze_nb.cli.listing import json_option, tell
from maze_nb.cli.scheduler import (
    address_option,
    ask_scheduler,
    find_address,
    scheduler_file_option,
)


@click.command(short_help="Print what lets requests in to a scheduler's web server.")
@address_option
@scheduler_file_option
@json_option
@click.pass_context
def token(
    context: click.Context, address: str | None, scheduler_file: Path | None, as_json: bool
) -> None:
    """Print the token of a scheduler's web server, and to stderr where that is.

    Of the scheduler that is named, else of the one that `maze-nb up` keeps. Use it as in
    curl -H "Authorization: Bearer $(maze-nb token)" http://host:8787/api/v1/tasks
    """
    import dask.config

    from maze_nb import config
    from maze_nb.deploy.kept import find_kept
    from maze_nb.errors import MazeError
    from maze_nb.sdk.client import MaClient

    try:
        configured = dask.config.get("scheduler-address", None)
        if address or scheduler_file or configured or not find_kept():
            how = "--address tcp://host:8786"
            address = find_address(context, address, scheduler_file, how=how, takes_kept=True)
            ask_scheduler(address, config.connect_timeout())
        with MaClient(address) as client:
            found = client.gateway()
    except (MazeError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if not as_json:
        click.echo(f"for {found.base_url}", err=True)
    tell({"base_url": found.base_url, "token": found.token}, lambda: found.token, as_json=as_json)
