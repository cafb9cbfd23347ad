"""Cells of ``%%maze_task --kind shell``: what they read and make, as Python that runs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from maze_nb.errors import CellError, InputError, MazeError
from maze_nb.magics.options import CellOptions
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.runners.commands.command import ALWAYS
from maze_nb.runners.commands.shell_cell import KIND
from maze_nb.runners.commands.shell_text import placeholders, shell_text


def shell_source(text: str, options: CellOptions) -> str:
    """Return a cell as Python that has each name where the notebook has it first.

    Parameters
    ----------
    text
        The cell with the line of its magic, which becomes a comment.

    Raises
    ------
    CellError
        If the cell has no command, or a name stands where no shell would replace it.
    """
    first, _, body = text.partition("\n")
    label = options.name or "the cell"
    if not body.strip():
        raise CellError(f"{label} has no command: nothing to run")
    lines = _first_lines(body, options.inputs or ())
    try:
        shell_text(body, dict.fromkeys(lines, ""))
    except InputError as error:
        raise CellError(f"{label}: {error}") from None
    files = {name: file for name, file in options.files.items() if file}
    source = f"# {first}\nfrom maze_nb.runners.commands.shell_cell import run_shell as _run_shell; "
    source += f"_made = _run_shell({label!r}, {body!r}, {files!r}, {{"
    at = 2
    for name, line in sorted(lines.items(), key=lambda item: item[1]):
        source += "\n" * (line - at) + f"{name!r}: {name}, "
        at = max(at, line)
    made = "; ".join(f"{name} = _made[{name!r}]" for name in options.files)
    return f"{source}}}){'; ' if made else ''}{made}\n"


def shell_options(options: CellOptions) -> CellOptions:
    """Return the options of a cell that is a command, as those of the cell with Python.

    Raises
    ------
    CellError
        If an option makes no sense for a command.
    """
    chosen = options.options.options
    label = options.name or "the cell"
    if chosen.isolation == "thread":
        raise CellError(f"{label} is a command, which runs in processes of its own: not a thread")
    for name, file in options.files.items():
        if not file and name not in ALWAYS:
            raise CellError(
                f"{label} gives on {name!r}, of which it is not said what file it is: write "
                f"-o {name}=FILE; a command by itself makes only {' and '.join(ALWAYS)}"
            )
        if file and name in ALWAYS:
            raise CellError(f"every command makes {name!r} already: give {file!r} another name")
    checked = CheckedOptions(replace(chosen, isolation="process"), options.options.retry_types)
    return replace(options, options=checked, inputs=None, outputs=tuple(options.files))


def refuse_shell(kind: str, name: str, what: str) -> None:
    """Raise an error if a cell is a command.

    Parameters
    ----------
    what
        What cannot be done with it.
    """
    if kind == KIND:
        raise MazeError(f"task {name!r} is a command, {what}")


def stays_hint(kind: str, source: str, name: str) -> str:
    """Return how a name in braces stays as it is, if it stands so in a cell that is a command."""
    is_in_braces = kind == KIND and f"{{{name}}}" in source
    return f"; if it is to stay as it is, write {{{{{name}}}}}" if is_in_braces else ""


def _first_lines(body: str, others: Iterable[str]) -> dict[str, int]:
    """Return the names that a command reads, each with its first line in the notebook."""
    found: dict[str, int] = {}
    for line, text in enumerate(body.splitlines(), 2):
        for name in placeholders(text):
            found.setdefault(name, line)
    for name in others:
        found.setdefault(name, 2)
    return found
