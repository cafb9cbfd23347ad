"""What changed from one run to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.sdk.comparison import compare
from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, asked: Mapping[str, object]) -> Mapping[str, Any]:
    """Return the comparison of the run ``before`` with the run ``after``."""
    return compare(desk.client, str(asked.get("before")), str(asked.get("after"))).row
