"""What every place that keeps artifacts can do, and which of them a URL means."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from maze_nb.artifacts.http_store import HttpStore, is_served
from maze_nb.artifacts.local_store import LocalStore, folder_of
from maze_nb.artifacts.location import scheme_of, shown
from maze_nb.artifacts.packages import check_packages
from maze_nb.errors import ArtifactError, nearest
from maze_nb.model.destination import SCHEMES


class ArtifactStore(Protocol):
    """Keeps the files of one task, or of whoever it was made for, under one URL."""

    def put(self, path: Path, name: str, sha256: str) -> str:
        """Keep a copy of a file and return its URL; it is there whole, or not at all.

        Parameters
        ----------
        path
            The file.
        name
            What it is called there; with ``/`` between its parts.
        sha256
            The SHA-256 of its content, in hexadecimal digits. What was kept is held against it.

        Raises
        ------
        ArtifactError
            If it could not be kept, after all tries.
        """
        ...

    def get(self, url: str, to: Path, sha256: str = "") -> None:
        """Have the file `to` hold what is at a URL; it is there whole, or not at all.

        Parameters
        ----------
        url
            A URL that `put` returned, or any that this kind of store can read.
        to
            The file; its folder is made.
        sha256
            What the SHA-256 of its content has to be; empty: anything.

        Raises
        ------
        ArtifactError
            If it cannot be had, after all tries, or is not what it was.
        """
        ...


def store_for(url: str) -> ArtifactStore:
    """Return the store that keeps files under a URL, or reads the file that has it.

    Parameters
    ----------
    url
        A path, ``file://…``, ``s3://bucket/prefix`` or ``http(s)://…``; the place of a task on the
        scheduler's own web server, as `place_of` makes it of ``http``.

    Raises
    ------
    ArtifactError
        If there is no store for it, or a package that it takes is not installed.
    """
    # What a store takes is imported where there is something to keep in it.
    if is_served(url):
        return HttpStore(url)
    scheme = scheme_of(url)
    check_packages(scheme)
    if scheme == "s3":
        from maze_nb.artifacts.s3_store import S3Store

        return S3Store(url)
    if scheme in ("http", "https"):
        from maze_nb.artifacts.web_store import WebStore

        return WebStore(url)
    if scheme == "file":
        return LocalStore(folder_of(url))
    raise ArtifactError(
        f"{shown(url)!r} cannot be read or written here: there is no store for {scheme}://; "
        f"{nearest(scheme, SCHEMES)}"
    )


def place_of(destination: str, run_id: str, task_id: str) -> str:
    """Return the URL under which the files of a task are kept at a destination.

    Examples
    --------
    >>> place_of("s3://bucket/results/", "r1", "train")
    's3://bucket/results/r1/train'
    """
    parts = (quote(part, safe="") for part in (run_id, task_id))
    return "/".join((destination.rstrip("/"), *parts))
