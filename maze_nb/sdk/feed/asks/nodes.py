"""How the nodes of the cluster are doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maze_nb.errors import ConnectionFailedError
from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, _asked: Mapping[str, object]) -> Mapping[str, Any]:
    """Return the nodes; ``reason`` says why there are none to tell of, else it is empty."""
    try:
        return {"nodes": msgspec.to_builtins(desk.client.nodes()), "reason": ""}
    except ConnectionFailedError as error:
        return {"nodes": [], "reason": str(error)}
