"""URLs of artifacts: what is in them, and how they are shown without what is secret in them."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit, urlunsplit

from maze_nb.errors import ArtifactError


def scheme_of(url: str) -> str:
    """Return the scheme of a URL; that of a path is ``file``.

    Examples
    --------
    >>> scheme_of("S3://bucket/key"), scheme_of("/shared/results"), scheme_of("file:///shared")
    ('s3', 'file', 'file')
    """
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator else "file"


def shown(url: str) -> str:
    """Return a URL as it may be told: without user, password, query and fragment.

    Examples
    --------
    >>> shown("https://ann:secret@host:8080/a?Signature=abc")
    'https://host:8080/a'
    """
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def checked_name(name: str) -> str:
    """Return the name of a file in a store, if it leads nowhere else.

    Raises
    ------
    ArtifactError
        If it is empty, absolute, or has a part that is empty, ``.`` or ``..``.
    """
    path = PurePosixPath(name)
    is_plain = str(path) == name and not path.is_absolute() and "\0" not in name
    if not is_plain or name == "." or ".." in path.parts:
        raise ArtifactError(f"{name!r} is no name for an artifact: it has to be a path within it")
    return name
