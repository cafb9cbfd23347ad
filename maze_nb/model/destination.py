"""Where the files that tasks leave are kept, as people write it."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from maze_nb.errors import OptionError, nearest

SCHEMES = ("file", "http", "https", "s3")
HTTP = "http"
"""As a destination: the scheduler's own web server."""
_EXAMPLES = "'/shared/results', 's3://bucket/prefix', 'https://host/folder' or 'http'"


def parse_destination(value: Any, where: str) -> str:
    """Return a destination that makes sense, empty for none.

    Parameters
    ----------
    where
        Names in an error what has it, such as ``"option 'destination' of task 'train'"``.

    Raises
    ------
    OptionError
        If it is no absolute path and no URL of a known kind, or has credentials in it. These are
        not repeated.

    Examples
    --------
    >>> parse_destination("s3://bucket/results/", "it")
    's3://bucket/results'
    """
    if value is None:
        return ""
    if not isinstance(value, str | os.PathLike) or not str(value).strip() or "\0" in str(value):
        raise OptionError(
            f"{where} is {value!r}: it has to be a path or a URL, such as {_EXAMPLES}"
        )
    text = os.fspath(value).strip() if isinstance(value, os.PathLike) else value.strip()
    if text == HTTP:
        return HTTP
    scheme, separator, rest = text.partition("://")
    if not separator:
        if not PurePosixPath(text).is_absolute():
            raise OptionError(
                f"{where} is {text!r}: it has to be an absolute path, which every node knows, or a "
                f"URL, such as {_EXAMPLES}"
            )
        return text if text == "/" else text.rstrip("/")
    _check_url(text, scheme.lower(), rest, where)
    return f"{scheme.lower()}://{rest.rstrip('/') or '/'}"


def _check_url(text: str, scheme: str, rest: str, where: str) -> None:
    if scheme not in SCHEMES:
        raise OptionError(
            f"{where} begins with {scheme}://, where nothing can be kept: "
            f"{nearest(scheme, SCHEMES)}"
        )
    if "@" in rest.partition("/")[0] or "?" in rest or "#" in rest:
        raise OptionError(
            f"{where} has a user, a password or a query in its {scheme}:// URL, and would be told "
            f"in messages: leave them out, and set them in the environment of the workers"
        )
    parts = urlsplit(text)
    if scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            raise OptionError(f"{where} is {text!r}: it has to be file:///path, three slashes")
    elif not parts.netloc:
        raise OptionError(f"{where} is {text!r}: it does not say where; write {_EXAMPLES}")
