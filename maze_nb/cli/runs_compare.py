"""The command ``maze-nb runs compare``: what changed from one run to another."""

from __future__ import annotations

import click

from maze_nb.cli.known_names import run_argument
from maze_nb.cli.listing import json_option, tell
from maze_nb.cli.runs_source import reading, where_options


@click.command(short_help="Show what changed from one run to another.")
@run_argument("before")
@run_argument("after")
@json_option
@where_options
@click.pass_context
def compare(context: click.Context, /, before: str, after: str, as_json: bool, **_: object) -> None:
    """Show what changed from the run BEFORE to the run AFTER.

    That is the code of their tasks, what these were given, how they were to be run, what they made,
    how they ended and how long they took. Tasks are the same if they have the same name.
    """
    with reading(context) as source:
        found = source.client.compare(before, after)
    tell(found.row, lambda: repr(found), as_json=as_json)
