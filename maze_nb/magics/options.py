"""The options of ``%%maze_task``."""

from __future__ import annotations

import argparse
import keyword
import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from maze_nb.errors import CellError, nearest
from maze_nb.magics.table import KINDS, TASK
from maze_nb.magics.usage import unknown_word
from maze_nb.model import parse_options as task_options
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources, parse_resources
from maze_nb.runners.collecting import check_pattern


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What a person wrote behind ``%%maze_task``; None where they said nothing.

    ``files`` has the outputs of a command, each with the file that it is, empty if it is none.
    """

    name: str | None
    resources: Resources
    options: CheckedOptions
    inputs: tuple[str, ...] | None
    outputs: tuple[str, ...] | None
    is_run: bool = False
    kind: str = "python"
    files: Mapping[str, str] = field(default_factory=dict)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CellError(f"%%maze_task: {message}; usage: {TASK}")


def _parser() -> _Parser:
    parser = _Parser(prog=TASK.name, add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?")
    for option in TASK.options:
        key = option.words[-1].lstrip("-")
        if option.value:
            action = "append" if key in _SEVERAL_TIMES else "store"
            parser.add_argument(
                *option.words,
                dest=key.replace("-", "_"),
                type=_READERS[key],
                metavar=option.value,
                action=action,
            )
    parser.add_argument("--cache", action="store_true", default=True)
    parser.add_argument("--no-cache", action="store_false", dest="cache")
    parser.add_argument("--run", action="store_true")
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
        raise CellError(f"%%maze_task {line}: {error}; usage: {TASK}") from None
    parser = _parser()
    found, unknown = parser.parse_known_args(words)
    if unknown:
        word = unknown[0].partition("=")[0]
        if word.startswith("-"):
            raise unknown_word(TASK, word)
        raise CellError(
            f"%%maze_task does not know {word!r}: only one NAME can be given; usage: {TASK}"
        )
    if found.name is not None and not found.name.strip():
        raise CellError(f"%%maze_task: NAME must not be empty; usage: {TASK}")
    where = f"cell {found.name!r}" if found.name else "the cell"
    resources = parse_resources(_given(found, _RESOURCES), where=where)
    given = _given(found, [*_OPTIONS, "cache"])
    if "env" in given:
        given["env"] = _environment(given["env"], where)
    if "secrets" in given:
        given["secrets"] = [name for names in given["secrets"] for name in names]
    options = task_options.parse_options(given, resources=resources, where=where)
    kind = found.kind or KINDS[0]
    files = found.outputs or {}
    outputs = None if found.outputs is None else tuple(files)
    if kind == KINDS[0] and any(files.values()):
        raise CellError(
            f"%%maze_task: {where} gives on files ({found.outputs}), which only a command does: "
            f"add --kind shell, or name what it makes; usage: {TASK}"
        )
    return CellOptions(
        found.name, resources, options, found.inputs, outputs, found.run, kind, files
    )


def _given(found: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    keys = [name.replace("-", "_") for name in names]
    return {key: value for key in keys if (value := getattr(found, key)) is not None}


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    for name in names:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise CellError(f"%%maze_task: {name!r} is not a name; usage: {TASK}")
    return names


def _kind(text: str) -> str:
    if text not in KINDS:
        raise CellError(f"%%maze_task: there is no --kind {text}: {nearest(text, KINDS)}")
    return text


def _files(text: str) -> dict[str, str]:
    """Return names, each with the file that it stands for, if that was given."""
    given = [part.partition("=") for part in text.split(",") if part]
    for name, _, _ in given:
        _names(name or "=")
    found = {name: file for name, _, file in given}
    if any(found[name] != file for name, _, file in given):
        name = next(name for name, _, file in given if found[name] != file)
        raise CellError(
            f"%%maze_task: -o gives on {name!r} as two files: give each a name of its own, or a "
            f"pattern for both; usage: {TASK}"
        )
    for name, file in found.items():
        if file:
            check_pattern(file, name, "the cell")
    return found


def _variables(text: str) -> dict[str, str | None]:
    name, is_given, value = text.partition("=")
    return {name: value if is_given else None}


def _environment(found: list[dict[str, str | None]], where: str) -> dict[str, str]:
    """Return the variables that were named, with the kernel's values of those that have none."""
    made: dict[str, str] = {}
    for name, given in (item for each in found for item in each.items()):
        value = os.environ.get(name) if given is None else given
        if value is None:
            raise CellError(
                f"{where} takes the environment variable {name!r} along (--env {name}), which is "
                f"not set in this kernel: {nearest(name, os.environ)} Or give its value: "
                f"--env {name}=VALUE"
            )
        made[name] = value
    return made


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


_SEVERAL_TIMES = ("env", "secrets")
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
    "node": str,
    "env": _variables,
    "secrets": _names,
    "destination": str,
}
_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_RESOURCES, float),
    **_OPTIONS,
    "inputs": _names,
    "outputs": _files,
    "kind": _kind,
}
