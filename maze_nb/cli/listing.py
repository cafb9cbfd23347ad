"""What commands list: text for people, or with ``--json`` the same for programs.

The JSON of a command that lists is one array of objects, that of a command about one thing is one
object, and that of a command which may go on (``runs logs``) is one object a line. Keys are
lower case with underscores. Times are seconds since 1970, durations seconds, sizes bytes unless
the key says otherwise, and what is not known is null. Keys may be added later; none is taken away
or changes its meaning.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

import click

from maze_nb.artifacts.artifact import Artifact

json_option = click.option(
    "--json", "as_json", is_flag=True, help="As JSON, with all that is known."
)


def tell(data: Any, text: Callable[[], str], *, as_json: bool) -> None:
    """Print what is listed.

    Parameters
    ----------
    data
        It as JSON has it: a list of dictionaries, or a dictionary.
    text
        Makes the form for people; called only if that is wanted.
    """
    click.echo(json_text(data) if as_json else text())


def json_text(data: Any, indent: int | None = 2) -> str:
    """Return data as JSON that every program reads; what JSON does not have is told by its repr.

    Examples
    --------
    >>> json_text({"loss": float("nan"), "best": {1}}, indent=None)
    '{"loss": null, "best": "{1}"}'
    """
    try:
        return json.dumps(data, indent=indent, default=_told, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(data), indent=indent, default=_told)


def json_line(data: Any) -> str:
    """Return data as one line of JSON."""
    return json_text(data, None)


def _told(value: Any) -> Any:
    """Return what JSON does not have: of a file that a task left what is known of it."""
    return dataclasses.asdict(value) if isinstance(value, Artifact) else repr(value)


def _finite(data: Any) -> Any:
    """Return data with null for the numbers that JSON does not have."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return data
