"""The question ``messages``: rows of messages older than those that a view has."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from maze_nb.projection.message import Message, whole_of
from maze_nb.projection.message_row import message_row
from maze_nb.sdk.feed.desk import Desk

MOST = 2_000
"""How many rows one answer has at most."""


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return the rows of so many messages before one, the oldest first, and what there is besides.

    ``before`` is the number of the oldest message that is known already; without it those are
    returned that came last. ``count`` bounds their number, and `MOST` does too. In the answer
    ``older`` is how many there are before those.
    """
    messages = desk.log(str(asked.get("run_id"))).read()
    before, count = whole_of(asked.get("before")), whole_of(asked.get("count"))
    end = len(messages) if before is None else bisect_left(messages, before, key=_seq_of)
    start = max(0, end - min(max(MOST if count is None else count, 0), MOST))
    rows = [message_row(message, _seq_of(message)) for message in messages[start:end]]
    return {"messages": rows, "older": start}


def _seq_of(message: Message) -> int:
    seq = message["seq"]
    assert isinstance(seq, int)
    return seq
