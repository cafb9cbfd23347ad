"""The parameters of a notebook: read from files and from the command line, and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from maze_nb.errors import InputError, nearest

_WORDS: dict[str, bool | None] = {"True": True, "False": False, "None": None}


def read_parameters(files: Iterable[Path], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the parameters of some YAML files and of name-value pairs; the last one given wins.

    Raises
    ------
    InputError
        A file is not YAML, or does not hold names with values.
    """
    parameters: dict[str, Any] = {}
    for path in files:
        parameters |= _read_file(path)
    parameters |= {name: parse_value(text) for name, text in pairs}
    return parameters


def parse_value(text: str) -> Any:
    """Return what was typed on a command line: a number, ``True``, ``False``, ``None`` or text."""
    if text in _WORDS:
        return _WORDS[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def check_names(parameters: Mapping[str, Any], known: Iterable[str], notebook: Path) -> None:
    """Raise ``InputError`` for a parameter that the notebook's parameters cell does not have.

    A notebook without a parameters cell takes any: the values are set before its first cell.
    """
    names = set(known)
    if not names:
        return
    for name in parameters:
        if name not in names:
            raise InputError(
                f"{notebook} has no parameter {name!r} in its cell tagged 'parameters': "
                f"{nearest(name, names)}"
            )


def _read_file(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{path} has to hold one 'name: value' a line")
    return content
