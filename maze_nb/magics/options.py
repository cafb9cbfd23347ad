"""The options of ``%%maze_task``."""

from __future__ import annotations

import argparse
import keyword
import re
import shlex
from dataclasses import dataclass
from typing import NoReturn

from maze_nb.errors import CellError, nearest
from maze_nb.model.resources import Resources, parse_resources

USAGE = "%%maze_task [NAME] [--cpu N] [--cpu-mem MB] [--gpu N] [--gpu-mem MB] [-i a,b] [-o x,y]"


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What a person wrote behind ``%%maze_task``; None where they said nothing."""

    name: str | None
    resources: Resources
    inputs: tuple[str, ...] | None
    outputs: tuple[str, ...] | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CellError(f"%%maze_task: {message}; usage: {USAGE}")


def _parser() -> _Parser:
    parser = _Parser(prog="%%maze_task", add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?")
    for resource in ("cpu", "cpu-mem", "gpu", "gpu-mem"):
        parser.add_argument(f"--{resource}", type=float, metavar="N")
    parser.add_argument("-i", "--inputs", type=_names)
    parser.add_argument("-o", "--outputs", type=_names)
    return parser


def parse_options(line: str) -> CellOptions:
    """Return the options of a ``%%maze_task`` line.

    Raises
    ------
    CellError
        If an option is unknown, lacks its value, or names what is no identifier.
    ResourceError
        If an amount is negative or not a number.
    """
    try:
        words = shlex.split(re.sub(r"\s*,\s*", ",", line))
    except ValueError as error:
        raise CellError(f"%%maze_task {line}: {error}; usage: {USAGE}") from None
    parser = _parser()
    found, unknown = parser.parse_known_args(words)
    if unknown:
        known = [option for action in parser._actions for option in action.option_strings]
        word = unknown[0].partition("=")[0]
        hint = nearest(word, known) if word.startswith("-") else "only one NAME can be given"
        raise CellError(f"%%maze_task does not know {word!r}: {hint}; usage: {USAGE}")
    if found.name is not None and not found.name.strip():
        raise CellError(f"%%maze_task: NAME must not be empty; usage: {USAGE}")
    amounts = {
        "cpu": found.cpu,
        "cpu_mem": found.cpu_mem,
        "gpu": found.gpu,
        "gpu_mem": found.gpu_mem,
    }
    given = {name: amount for name, amount in amounts.items() if amount is not None}
    where = f"cell {found.name!r}" if found.name else "the cell"
    return CellOptions(found.name, parse_resources(given, where=where), found.inputs, found.outputs)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    for name in names:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise CellError(f"%%maze_task: {name!r} is not a name; usage: {USAGE}")
    return names
