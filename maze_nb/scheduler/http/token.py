"""The token that lets requests in: as set, else one made for this home and kept there."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from maze_nb import config
from maze_nb.errors import MazeError

_SCHEME = "bearer"
_FILE = "http-token"


def find_token() -> str:
    """Return the token of this home; blocks.

    Raises
    ------
    MazeError
        If its file belongs to somebody else, or makes no sense.
    """
    named = config.http_token()
    if named is not None:
        return _checked(named, "MAZE_HTTP_TOKEN, or the setting maze.http-token,")
    file = config.home() / _FILE
    with suppress(OSError):
        _make(file)
    try:
        with file.open() as opened:
            known = os.fstat(opened.fileno())
            if known.st_uid != os.getuid() or known.st_mode & 0o077:
                raise MazeError(
                    f"{file}, which has the token of the scheduler's web server, could be read or "
                    f"written by others: delete it, and another one is made"
                )
            return _checked(opened.read().strip(), str(file))
    except OSError:
        # Nothing can be kept there: it lasts as long as the scheduler.
        return secrets.token_urlsafe(32)


def is_let_in(token: str, header: str) -> bool:
    """Return whether the header Authorization of a request has the token; takes as long if not."""
    scheme, _, given = header.partition(" ")
    is_same = hmac.compare_digest(given.strip().encode(errors="replace"), token.encode())
    return is_same and scheme.lower() == _SCHEME


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        return
    draft = file.with_name(f".{_FILE}.{secrets.token_hex(8)}")
    try:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w") as opened:
            opened.write(secrets.token_urlsafe(32) + "\n")
        # Whole from the start, and only one of those who make one at the same time is first.
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _checked(token: str, where: str) -> str:
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise MazeError(
            f"{where} has to be at least 16 letters and digits without spaces, so that it cannot "
            f"be guessed"
        )
    return token
