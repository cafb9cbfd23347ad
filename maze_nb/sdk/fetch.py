"""Brings the outputs of a task from the cluster's memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.errors import ResultLostError
from maze_nb.wire.keys import DaskKey
from maze_nb.wire.packed import unpack
from maze_nb.wire.reply import answer_of

_PATIENCE = 600.0
_PAUSE = 0.2


def fetch_outputs(
    ask: Callable[..., Any], key: DaskKey, name: str, run_id: str
) -> Mapping[str, Any]:
    """Return the outputs that the cluster holds under `key`.

    If they were lost with a worker and are being made again, this waits for them.

    Parameters
    ----------
    ask
        Calls an operation of the scheduler, and gives its reply as it is.

    Raises
    ------
    ResultLostError
        If the cluster neither holds nor makes them.
    """
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        reply = ask("gather", keys=[key])
        if reply["status"] == "OK":
            return {name: unpack(value) for name, value in reply["data"][key].items()}
        if not answer_of(ask("maze_want", key=key)):
            break
        time.sleep(_PAUSE)
    raise ResultLostError(
        f"the outputs of task {name!r} of run {run_id} are not held by the cluster any more; "
        f"run the workflow again"
    )
