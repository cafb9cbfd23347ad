"""The parameters of a notebook: read from files, from YAML and from the command line."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from maze_nb.batch.place import Place, read_text
from maze_nb.errors import InputError

_WORDS: dict[str, bool | None] = {"True": True, "False": False, "None": None}


@dataclass(frozen=True, slots=True)
class Given:
    """Parameters as they were given.

    Attributes
    ----------
    values
        By name.
    texts
        What was typed, of those values that were read from a word.
    """

    values: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def read_parameters(
    files: Iterable[Place] = (),
    pairs: Iterable[tuple[str, str]] = (),
    *,
    encoded: Iterable[str] = (),
    yaml: Iterable[str] = (),
    raw: Iterable[tuple[str, str]] = (),
) -> Given:
    """Return parameters as papermill reads them.

    Of those given more than once the last counts, where base64 comes first, then files, YAML,
    pairs, and raw ones, which stay text.

    Raises
    ------
    InputError
        Something is not YAML, or does not hold names with values.
    MazeError
        A file cannot be read.
    """
    values: dict[str, Any] = {}
    for text in encoded:
        values |= _decoded(text)
    for place in files:
        values |= _named(_read_file(place), str(place))
    for text in yaml:
        values |= _named(text, f"the YAML {text!r}")
    texts = dict(pairs)
    values |= {name: parse_value(text) for name, text in texts.items()}
    for name, text in raw:
        texts.pop(name, None)
        values[name] = text
    return Given(values, texts)


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


def _decoded(text: str) -> dict[str, Any]:
    try:
        content = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{text!r} is not YAML encoded as base64: {error}") from error
    return _named(content, f"what {text!r} encodes")


def _read_file(place: Place) -> str:
    try:
        return read_text(place)
    except UnicodeDecodeError as error:
        raise InputError(f"{place} cannot be read as YAML: {error}") from error


def _named(text: str, where: str) -> dict[str, Any]:
    import yaml
    from papermill.iorw import NoDatesSafeLoader

    try:
        # It makes nothing but plain values, and dates stay text.
        content = yaml.load(text, Loader=NoDatesSafeLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise InputError(f"{where} cannot be read as YAML: {_why(error)}") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{where} has to hold one 'name: value' a line")
    return content


def _why(error: Exception) -> str:
    """Return what a reader of YAML says in several lines in one."""
    mark = getattr(error, "problem_mark", None)
    told = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"{told}, in line {mark.line + 1}" if mark is not None else told
