"""Hearing a view while the kernel is busy with a cell."""

from __future__ import annotations

from typing import Any

_ROUTE = "_reply_subshell_for"


def hear_while_busy(comm: Any) -> None:
    """Let what comes over a comm be heard where the front end sends it.

    A front end sends it to a thread of the kernel beside that of the cells, where both know how.
    The kernel, though, takes what comes after a message of ours as an answer to that, and puts it
    behind the cell during which the message was sent; of a view that is told of a run in that very
    cell, nothing would be heard before the run is over.
    """
    if comm is not None and hasattr(comm, _ROUTE):
        setattr(comm, _ROUTE, _as_it_was_sent)


def _as_it_was_sent(_data: object, asked_for: str | None) -> str | None:
    return asked_for
