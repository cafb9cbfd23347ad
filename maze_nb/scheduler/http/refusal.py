"""Why a request is refused, with the status that says so."""

from __future__ import annotations

import errno

from maze_nb.artifacts.inside import NotAFileError
from maze_nb.errors import (
    ArtifactError,
    ConnectionFailedError,
    MazeError,
    ResultLostError,
    StoreError,
    UnknownRunError,
    UnknownTaskError,
)


class RefusedError(MazeError):
    """A request is refused.

    Parameters
    ----------
    status
        The status of HTTP.
    headers
        What the answer has beside the text.
    """

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers or {}


_STATUS: tuple[tuple[type[BaseException], int], ...] = (
    (NotAFileError, 404),
    (UnknownRunError, 404),
    (UnknownTaskError, 404),
    (ArtifactError, 400),
    (ResultLostError, 404),
    (StoreError, 503),
    (ConnectionFailedError, 503),
    (MazeError, 409),
    (TimeoutError, 504),
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def refusal_of(error: BaseException) -> RefusedError | None:
    """Return the refusal that an error means; None if the error is a fault of ours."""
    if isinstance(error, RefusedError):
        return error
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return RefusedError(status, str(error))
    if isinstance(error, OSError) and error.errno in _FULL:
        return RefusedError(507, "the disk of the scheduler is full: make room there")
    return None
