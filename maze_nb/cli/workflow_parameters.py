"""The options that give the parameters of a workflow file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _FileOrUrl(click.ParamType):  # type: ignore[type-arg]  # older ones take none
    """A file that is there, or a URL."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as text."""
        return str(value if "://" in str(value) else _FILE.convert(value, param, ctx))


workflow_argument = click.argument("file", type=_FILE)


def parameter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options ``-p`` and ``-f``."""
    pairs = click.option(
        *("-p", "--parameter", "pairs"),
        type=(str, str),
        multiple=True,
        metavar="NAME VALUE",
        help="Set a parameter of the workflow; can be given many times.",
    )
    files = click.option(
        *("-f", "--parameters-file", "files"),
        type=_FileOrUrl(),
        multiple=True,
        metavar="FILE",
        help="Set parameters from a YAML or JSON file or URL; -p wins over it.",
    )
    return pairs(files(command))


def given_parameters(files: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the parameters that files and the command line give; the last one wins.

    Raises
    ------
    WorkflowFileError
        If a file does not hold names with values.
    click.UsageError
        If a URL cannot be read.
    """
    from maze_nb.sdk.workflow_file.parameters import Typed
    from maze_nb.sdk.workflow_file.problems import Problems
    from maze_nb.sdk.workflow_file.read_nodes import read_file, read_text

    found: dict[str, Any] = {}
    for path in files:
        problems = Problems(path)
        node = (
            read_text(_fetched(path), problems, is_json=path.endswith(".json"))
            if "://" in path
            else read_file(Path(path), problems)
        )
        if not node.is_dict:
            problems.fail(node.place, "", "has to hold names with values")
        problems.raise_if_any()
        found |= {str(name): value for name, value in node.plain().items()}
    return found | {name: Typed(text) for name, text in pairs}


def _fetched(url: str) -> str:
    from maze_nb.batch.place import read_text
    from maze_nb.errors import MazeError

    try:
        return read_text(url)
    except (MazeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the parameters cannot be read: {error}") from error
