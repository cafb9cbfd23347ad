"""A sweep told line by line."""

from __future__ import annotations

import sys

from maze_nb.projection.bounded import one_line
from maze_nb.projection.humane import duration_text
from maze_nb.projection.looks import run_look
from maze_nb.sdk.sweep.row import Row

_VALUES = 4


def row_text(row: Row) -> str:
    """Return what came of a combination in one line.

    Examples
    --------
    >>> row_text(Row(3, {"lr": 0.1}, "succeeded", 2.0, recorded={"loss": 0.5}))
    '✓ lr=0.1  2.0 s  loss=0.5'
    >>> row_text(Row(4, {"lr": 1}, "failed", error="In [2]: ValueError: too fast"))
    '✕ lr=1  In [2]: ValueError: too fast'
    """
    found = [f"{run_look(row.status).glyph} {row.label}"]
    if row.seconds is not None:
        found.append(duration_text(row.seconds))
    if row.error:
        found.append(row.error)
    elif not row.has_succeeded:
        found.append(row.status.replace("_", " "))
    found += [
        f"{name}={value if isinstance(value, str) else one_line(value, 30)}"
        for name, value in [*row.recorded.items()][:_VALUES]
    ]
    return "  ".join(found)


class Lines:
    """Prints a line when a combination has ended.

    Parameters
    ----------
    total
        How many will.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def started(self, row: Row) -> None:
        """Say nothing: many start at once."""

    def ended(self, row: Row) -> None:
        """Print what came of it."""
        self._done += 1
        sys.stdout.write(f"{self._done}/{self._total} {row_text(row)}\n")
        sys.stdout.flush()
