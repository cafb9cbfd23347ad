"""Tries something again that fails for a while, such as a transfer over a network."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from maze_nb.config import transfer_backoff, transfer_tries
from maze_nb.errors import ArtifactError

T = TypeVar("T")

_LONGEST = 30.0
_GAIN = 1 << 16
_MOST = 1000


class PassingError(Exception):
    """What may go well if it is tried again; as its cause it has what was raised."""


def with_tries(attempt: Callable[[], T], what: str, progress: Callable[[], int] = lambda: 0) -> T:
    """Return what `attempt` returns, tried again if it raises `PassingError`.

    Between the tries it waits, twice as long each time, by up to a half less by chance. A try that
    brought it further does not count.

    Parameters
    ----------
    what
        Said in the error, such as ``"s3://bucket/a was not reached"``.
    progress
        Tells how many bytes are through; only growth counts.

    Raises
    ------
    ArtifactError
        After the last try. What `attempt` raises beside `PassingError` passes.
    """
    left, furthest = transfer_tries(), 0
    for count in range(_MOST):
        try:
            return attempt()
        except PassingError as error:
            left -= 1
            reached = progress()
            if reached >= furthest + _GAIN:
                furthest, left = reached, max(left, transfer_tries() - 1)
            if left <= 0:
                raise ArtifactError(f"{what}, tried {_times(count + 1)}: {error}") from error
        time.sleep(_pause(transfer_tries() - left))
    raise ArtifactError(f"{what}, tried {_times(_MOST)}, each time a little further")


def _pause(tries_in_vain: int) -> float:
    longest = min(_LONGEST, transfer_backoff() * 2.0 ** (tries_in_vain - 1))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - so that many do not come at once


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
