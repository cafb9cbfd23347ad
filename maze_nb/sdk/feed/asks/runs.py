"""Which runs there are: a page of their list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.sdk.feed.desk import Desk
from maze_nb.sdk.run_list import page_of_runs


def answer(desk: Desk, asked: Mapping[str, object]) -> Mapping[str, Any]:
    """Return a page of the list of runs."""
    return page_of_runs(desk.client, asked)
