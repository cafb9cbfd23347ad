"""Which questions there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.sdk.feed.asks import (
    attempts,
    cancel,
    compare,
    log,
    messages,
    nodes,
    open_in_cell,
    preview,
    rerun_from,
    retry,
    runs,
    source,
)
from maze_nb.sdk.feed.desk import Desk

Answer = Callable[[Desk, Mapping[str, object]], Mapping[str, Any]]

ASKS: dict[str, Answer] = {
    "source": source.answer,
    "preview": preview.answer,
    "log": log.answer,
    "messages": messages.answer,
    "attempts": attempts.answer,
    "cancel": cancel.answer,
    "retry": retry.answer,
    "rerun_from": rerun_from.answer,
    "open_in_cell": open_in_cell.answer,
    "runs": runs.answer,
    "compare": compare.answer,
    "nodes": nodes.answer,
}
"""What answers each question, by its name; an answer goes to the view as JSON."""
