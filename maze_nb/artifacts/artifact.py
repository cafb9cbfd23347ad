"""A file that a task leaves behind, as the tasks after it are given it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from maze_nb.artifacts.location import shown
from maze_nb.artifacts.nearby import local_path
from maze_nb.errors import ArtifactError
from maze_nb.projection.humane import size_text


@dataclass(frozen=True, slots=True)
class Artifact(os.PathLike[str]):
    """A file that a task left behind.

    It stands for a path wherever one is asked for, such as in ``open(artifact)``: what is not on
    this node is fetched then, once, and checked.

    Attributes
    ----------
    name
        What it is called: its path in the folder of its task, with ``/`` between the parts.
    url
        Where it is kept.
    nbytes
        How long it is.
    sha256
        The SHA-256 of its content, in hexadecimal digits.
    """

    name: str
    url: str
    nbytes: int
    sha256: str

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def path(self) -> Path:
        """Where a file with its content is on this node.

        Raises
        ------
        ArtifactError
            If it cannot be had, or is not what it was.
        """
        return local_path(self.url, self.sha256, self.nbytes, self.name)

    @property
    def summary(self) -> str:
        """A few words on it: its name, its size and where it is kept."""
        return f"{self.name}, {size_text(self.nbytes)}, {shown(self.url)}"

    def open(self, mode: str = "r", encoding: str | None = None) -> IO[Any]:
        """Open it for reading.

        Raises
        ------
        ArtifactError
            If it cannot be had, is not what it was, or is to be written to.
        """
        return open_to_read(self.path, mode, encoding)

    def read_bytes(self) -> bytes:
        """Return what it holds."""
        return self.path.read_bytes()

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return what it holds, as text."""
        return self.path.read_text(encoding)

    def __str__(self) -> str:
        return self.url

    def _repr_html_(self) -> str:
        name, url = escape(self.name), escape(shown(self.url))
        # What else stands in a URL may be what lets in, and notebooks are kept and shown.
        plain = (shown(self.url), f"{shown(self.url)}?{urlsplit(self.url).query}")
        is_plain = self.url == plain[0] or (self.url == plain[1] and "?run_id=" in plain[1])
        if is_plain and self.url.startswith(("http://", "https://")):
            name = f'<a href="{escape(self.url)}">{name}</a>'
        return f"{name} ({size_text(self.nbytes)}, <code>{url}</code>)"


def open_to_read(path: Path, mode: str, encoding: str | None) -> IO[Any]:
    """Open a file that must not be written to, as others read it too.

    Raises
    ------
    ArtifactError
        If it is to be written to.
    """
    if set(mode) & set("wax+"):
        raise ArtifactError(
            f"{path.name!r} is only read, as others read it too (mode {mode!r}): write to another "
            f"file, such as one in current_task().dir"
        )
    return path.open(mode, encoding=encoding)
