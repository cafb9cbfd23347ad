"""The command ``maze-nb doctor``: what is wrong with what Maze needs, and what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from maze_nb.cli.listing import json_option, json_text
from maze_nb.cli.runs_source import where_options
from maze_nb.cli.scheduler import find_address

if TYPE_CHECKING:
    from pathlib import Path

    from maze_nb.cli.checks.finding import Finding

_PATIENCE = "3s"
_COLOURS = {"ok": "green", "note": "yellow", "fault": "red"}


@click.command(short_help="Look for what is wrong, and say what to do.")
@click.option(
    "--start/--no-start",
    "may_start",
    default=True,
    help="Whether a cluster is started, and ended, to see that it can be, if none is there.",
)
@json_option
@where_options
@click.pass_context
def doctor(context: click.Context, /, may_start: bool, as_json: bool, **_: object) -> None:
    """Check versions, the home, the run store, a cluster, GPUs, Jupyter and container engines.

    A note stops nothing; a fault does, and is followed by what to do. Exits with 1 if there is a
    fault. Nothing is changed, and no check takes long.
    """
    import dask.config

    from maze_nb.cli.checks.examination import examine
    from maze_nb.cli.checks.finding import Surroundings

    found = []
    address = _address(context)
    with dask.config.set({"maze.store-patience": _PATIENCE}):
        for finding in examine(Surroundings(address, may_start)):
            found.append(finding)
            if not as_json:
                click.echo(_line(finding))
    if as_json:
        click.echo(json_text([dataclasses.asdict(finding) for finding in found]))
    else:
        click.echo(_sum(found))
    context.exit(1 if any(finding.state == "fault" for finding in found) else 0)


def _address(context: click.Context) -> Callable[[], str | None]:
    """Return what gives the address that the command line, the environment or Dask names."""
    import dask.config

    from maze_nb.errors import MazeError

    address: str | None = context.params["address"]
    file: Path | None = context.params["scheduler_file"]
    if not (address or file or dask.config.get("scheduler-address", None)):
        return lambda: None
    try:
        found = find_address(context, address, file, how="--address tcp://host:8786")
    except MazeError as error:
        reason = error

        def fail() -> str | None:
            raise reason

        return fail
    return lambda: found


def _line(finding: Finding) -> str:
    state = click.style(f"{finding.state:<6}", fg=_COLOURS[finding.state])
    line = f"{state} {finding.subject:<20}  {finding.text}"
    return f"{line}\n{'':<7}→ {finding.remedy}" if finding.remedy else line


def _sum(found: Iterable[Finding]) -> str:
    from maze_nb.projection.humane import count_text

    number = sum(finding.state == "fault" for finding in found)
    return count_text(number, "fault") if number else "no faults"
