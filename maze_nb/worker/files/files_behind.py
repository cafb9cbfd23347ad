"""Which files the value of an output stands for."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.automatic import ARCHIVES
from maze_nb.model.output import StoredFile
from maze_nb.wire.task_call import TaskCall

MOST = 256
"""So many files of one output are told of: those of a task mostly go together."""


def files_behind(name: str, value: Any, call: TaskCall) -> tuple[tuple[StoredFile, ...], str]:
    """Return the files in folders of tasks that a value stands for, and a digest of their content.

    The digest is empty unless the value is made of artifacts only. It is the same for the same
    files, wherever they are kept.

    Parameters
    ----------
    name
        What the output is called.
    """
    if name in ARCHIVES and name in call.automatic:
        path = _path(value)
        return (() if path is None else (_stored(path, "", path.stat().st_size),)), ""
    named = list(_named(value))
    found = [(key, each) for key, each in named if isinstance(each, Artifact)]
    if not found:
        return (), ""
    local = [(each, path) for _, each in found if (path := _path(each.url)) is not None]
    files = tuple(_stored(path, each.sha256, each.nbytes) for each, path in local[:MOST])
    if len(found) < len(named):
        return files, ""
    told = [type(value).__name__, *((key, each.name, each.sha256) for key, each in found)]
    return files, hashlib.sha256(repr(told).encode(errors="replace")).hexdigest()


def _named(value: Any) -> Iterable[tuple[str, Any]]:
    """Return what a value is made of, as far as it is looked into."""
    if type(value) is dict:
        return ((repr(key), each) for key, each in value.items())
    return (("", each) for each in (value if type(value) in (list, tuple) else (value,)))


def _path(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(os.fsdecode(unquote_to_bytes(parts.path))) if parts.scheme == "file" else None


def _stored(path: Path, sha256: str, nbytes: int) -> StoredFile:
    return StoredFile(str(path), sha256, nbytes, socket.gethostname())
