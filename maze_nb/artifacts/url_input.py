"""An input of a task that is a file somewhere else, named by its URL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from maze_nb.errors import InputError


@dataclass(frozen=True, slots=True)
class UrlInput:
    """A file somewhere else, as the input of a command or a container.

    The worker fetches it before the command begins, in each attempt, and nobody holds it against
    anything: a file that has to be a certain one is a ``FileInput``. To the result cache it is its
    URL. Functions are given the object as it is.

    Parameters
    ----------
    url
        Where it is: ``file://``, ``http(s)://`` or ``s3://``, as workers can read it.
    name
        What the file is called for the task; by default as in the URL.

    Examples
    --------
    >>> UrlInput("s3://bucket/raw/data%201.csv?version=2").name
    'data 1.csv'
    """

    url: str
    name: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(str(self.url))
        found = self.name or unquote(PurePosixPath(parts.path).name)
        if not parts.scheme or not found:
            raise InputError(
                f"{self.url!r} is no URL of a file: give one such as "
                f"'https://host/data.csv' or 's3://bucket/data.csv'"
            )
        if "/" in found or "\0" in found or found in (".", ".."):
            raise InputError(f"{found!r} cannot be the name of the file from {self.url}")
        object.__setattr__(self, "name", found)
