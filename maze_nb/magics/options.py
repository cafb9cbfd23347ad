"""The options of ``%%maze_task``."""

from __future__ import annotations

import argparse
import keyword
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from maze_nb.errors import CellError, nearest
from maze_nb.model import parse_options as task_options
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources, parse_resources

USAGE = (
    "%%maze_task [NAME] [--cpu N] [--cpu-mem MB] [--gpu N] [--gpu-mem MB] [-i a,b] [-o x,y] "
    "[--timeout S] [--isolation auto|thread|process] [--retries N] [--backoff S] [--priority N] "
    "[--deadline S] [--tags a,b] [--prefer a,b] [--cache] [--version V] [--keep store|memory|both]"
)


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What a person wrote behind ``%%maze_task``; None where they said nothing."""

    name: str | None
    resources: Resources
    options: CheckedOptions
    inputs: tuple[str, ...] | None
    outputs: tuple[str, ...] | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CellError(f"%%maze_task: {message}; usage: {USAGE}")


def _parser() -> _Parser:
    parser = _Parser(prog="%%maze_task", add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?")
    for resource in _RESOURCES:
        parser.add_argument(f"--{resource}", type=float, metavar="N")
    for option, read in _OPTIONS.items():
        parser.add_argument(f"--{option}", type=read, metavar=option)
    parser.add_argument("--cache", action="store_true", default=None)
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
    OptionError
        If another option makes no sense, by itself or with the others.
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
    where = f"cell {found.name!r}" if found.name else "the cell"
    resources = parse_resources(_given(found, _RESOURCES), where=where)
    given = _given(found, [*_OPTIONS, "cache"])
    options = task_options.parse_options(given, resources=resources, where=where)
    return CellOptions(found.name, resources, options, found.inputs, found.outputs)


def _given(found: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    keys = [name.replace("-", "_") for name in names]
    return {key: value for key in keys if (value := getattr(found, key)) is not None}


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    for name in names:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise CellError(f"%%maze_task: {name!r} is not a name; usage: {USAGE}")
    return names


def _tags(text: str) -> list[str]:
    return [tag for tag in text.split(",") if tag]


def _when(text: str) -> float | datetime:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither seconds from the run's start nor a time such as 2030-01-31T18:00"
        ) from None


_RESOURCES = ("cpu", "cpu-mem", "gpu", "gpu-mem")
_OPTIONS: dict[str, Callable[[str], Any]] = {
    "timeout": float,
    "isolation": str,
    "retries": int,
    "backoff": float,
    "priority": int,
    "deadline": _when,
    "tags": _tags,
    "prefer": _tags,
    "version": str,
    "keep": str,
}
