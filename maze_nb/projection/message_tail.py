"""The newest messages of a run as lines of text, and which of them are new to views."""

from __future__ import annotations

from collections import deque
from itertools import islice

from maze_nb.model.rows import MessageRow


class MessageTail:
    """The newest messages, and how many of them came since somebody was told.

    Parameters
    ----------
    kept
        How many there are at most.
    """

    def __init__(self, kept: int) -> None:
        self._rows: deque[MessageRow] = deque(maxlen=kept)
        self._fresh = 0

    def add(self, row: MessageRow) -> None:
        """Take in the next message."""
        self._rows.append(row)
        self._fresh += 1

    def newest(self, number: int | None = None) -> list[MessageRow]:
        """Return so many of the newest, or all that are kept."""
        skipped = 0 if number is None else max(0, len(self._rows) - number)
        return list(islice(self._rows, skipped, None))

    def fresh(self) -> list[MessageRow]:
        """Return those that came since `forget_fresh` was called."""
        return self.newest(self._fresh)

    def forget_fresh(self) -> None:
        """Note that all have been told."""
        self._fresh = 0
