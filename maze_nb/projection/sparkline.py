"""When the tasks of a run ended, in a few bars: of fixed size, however long the run is."""

from __future__ import annotations

import math
from collections.abc import Iterable

from maze_nb.model.list_rows import SparklineRow

BARS = 24
"""How many bars there are at most."""
_NARROWEST = 1 / 64
_LONGEST = 2.0**40


def empty_sparkline() -> SparklineRow:
    """Return the sparkline of a run of which no task has ended."""
    return {"seconds": _NARROWEST, "ended": [], "failed": []}


def add_ends(row: SparklineRow, ends: Iterable[tuple[float, bool]]) -> SparklineRow:
    """Return a sparkline with more ends of tasks in it.

    Where one does not fit, each two bars become one, so that it costs the same however many tasks
    there are.

    Parameters
    ----------
    row
        Left as it is.
    ends
        The seconds from the start of the run on, and whether the task failed.

    Examples
    --------
    >>> add_ends(empty_sparkline(), [(0.0, False), (0.25, True), (1.0, False)])
    {'seconds': 0.0625, 'ended': [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 'failed': \
[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}
    """
    seconds, ended, failed = row["seconds"], [*row["ended"]], [*row["failed"]]
    for when, has_failed in ends:
        # A clock that was set back or is broken must not make it endless.
        since = min(max(when, 0.0), _LONGEST) if math.isfinite(when) else 0.0
        while since >= seconds * BARS:
            seconds, ended, failed = seconds * 2, _halved(ended), _halved(failed)
        at = int(since / seconds)
        missing = [0] * (at + 1 - len(ended))
        ended += missing
        failed += missing
        ended[at] += 1
        failed[at] += has_failed
    return {"seconds": seconds, "ended": ended, "failed": failed}


def _halved(bars: list[int]) -> list[int]:
    return [sum(bars[at : at + 2]) for at in range(0, len(bars), 2)]
