"""Inputs of commands and containers: files are put into a folder, texts stay what they are."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import cloudpickle

from maze_nb.artifacts.folder_name import file_name
from maze_nb.artifacts.url_input import UrlInput
from maze_nb.errors import InputError, TaskFailedError
from maze_nb.runners.commands.shell_text import Words
from maze_nb.runners.fetching import fetch
from maze_nb.runners.recipe import text_of
from maze_nb.runners.references import replace_nested

STAGED = "inputs"
"""The folder, in that of the command, with the inputs that are files."""
MOST_TEXT = 2**16
"""Texts of more bytes are files."""


def stage(
    inputs: Mapping[str, Any], folder: Path, seen_as: str = "", *, as_text: bool = False
) -> dict[str, Words]:
    """Put the inputs that are files into a folder; return what each input is in a command.

    Artifacts, paths and `UrlInput` are copied to ``inputs/<input>/<name of the file>``, and stand
    for that path; a list of them stands for several, and a dict of them by names for a folder with
    files of these names. Texts, numbers, True, False and None are what they are as text. Anything
    else is a file too: bytes as they are, a text of more than 64 KiB as ``.txt``, what can be JSON
    as ``.json``, the rest as a ``.pkl`` of pickle.

    Parameters
    ----------
    folder
        Where the command runs; it belongs to this attempt.
    seen_as
        Where the command has that folder, if it sees other paths than this process.
    as_text
        Whether all that is neither a file nor a list of files is a text: JSON if it can be, with
        the paths of the files in it.

    Raises
    ------
    InputError, ArtifactError, TaskFailedError
        If a file is not there, or cannot be had.

    Examples
    --------
    >>> stage({"rate": 0.5, "name": "a b", "on": True}, Path("unused"))
    {'rate': '0.5', 'name': 'a b', 'on': 'true'}
    """
    place = _Place(folder / STAGED, PurePosixPath(seen_as or folder) / STAGED)
    take = place.take_text if as_text else place.take
    return {name: take(name, value) for name, value in inputs.items()}


class _Place:
    """The folder of all inputs, here and as the command sees it."""

    def __init__(self, here: Path, seen: PurePosixPath) -> None:
        self._here = here
        self._seen = seen

    def take(self, name: str, value: Any) -> Words:
        if _is_file(value) or _is_files(value):
            return self._files(name, value)
        if isinstance(value, dict) and value and all(map(_is_file, value.values())):
            return self._folder(name, value)
        return self._value(name, value)

    def take_text(self, name: str, value: Any) -> Words:
        if _is_file(value) or _is_files(value):
            return self._files(name, value)
        paths = replace_nested(
            value, lambda leaf: self._file(name, leaf) if _is_file(leaf) else leaf
        )
        return text_of(paths)

    def _files(self, name: str, value: Any) -> Words:
        if _is_file(value):
            return self._file(name, value)
        return [self._file(name, each) for each in value]

    def _file(self, name: str, value: Any) -> str:
        own = PurePosixPath(name if name.isidentifier() else file_name(name))
        inside = own / _name_of(value)
        at = 1
        while (self._here / inside).exists():
            at += 1
            inside = own / str(at) / _name_of(value)
        self._put(name, value, inside)
        return str(self._seen / inside)

    def _folder(self, name: str, values: Mapping[Any, Any]) -> str:
        for key, value in values.items():
            inside = PurePosixPath(str(key))
            if inside.is_absolute() or ".." in inside.parts or "\0" in str(key):
                raise InputError(f"{key!r} in input {name!r} is no name of a file in a folder")
            self._put(name, value, PurePosixPath(name) / inside)
        return str(self._seen / name)

    def _put(self, name: str, value: Any, inside: PurePosixPath) -> None:
        to = self._here / inside
        to.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, UrlInput):
            fetch(value.url, to)
            return
        source = Path(os.fspath(value))
        if not source.exists():
            raise InputError(
                f"input {name!r} is the file {source}, which is not there on its worker: give "
                f"FileInput({str(source)!r}) to send it along"
            )
        # Copies, since a command may write into what it is given.
        try:
            if source.is_dir():
                shutil.copytree(source, to)
            else:
                shutil.copy(source, to)
                to.chmod(to.stat().st_mode | 0o200)
        except (OSError, shutil.Error) as error:
            raise TaskFailedError(f"input {name!r} cannot be copied to {to}: {error}") from error

    def _value(self, name: str, value: Any) -> str:
        if isinstance(value, bytes | bytearray | memoryview):
            return self._written(name, ".bin", bytes(value))
        if isinstance(value, str) or value is None or _is_number(value):
            text = text_of(value)
            data = text.encode("utf-8", "surrogateescape")
            return self._written(name, ".txt", data) if len(data) > MOST_TEXT else text
        try:
            told = json.dumps(value, allow_nan=False, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return self._written(name, ".pkl", cloudpickle.dumps(value))
        return self._written(name, ".json", told.encode("utf-8", "surrogatepass"))

    def _written(self, name: str, suffix: str, data: bytes) -> str:
        inside = PurePosixPath(name, name + suffix)
        to = self._here / inside
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)
        return str(self._seen / inside)


def _is_file(value: Any) -> bool:
    return isinstance(value, os.PathLike | UrlInput)


def _is_files(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_file, value))


def _is_number(value: Any) -> bool:
    # Those of numpy are no numbers of Python's own, but are one value too.
    return isinstance(value, int | float | complex) or getattr(value, "shape", None) == ()


def _name_of(value: Any) -> str:
    """Return what a file is called for the command, whatever its copy on this node is called."""
    name = getattr(value, "name", None)
    told = name if isinstance(name, str) and name else os.fspath(value)
    return PurePosixPath(told).name or "file"
