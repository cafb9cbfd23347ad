"""What several tasks come to, or the items of a map: counts, and the state that stands for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from maze_nb.model.rows import MapRow, RunRow, Snapshot, TaskRow
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.projection.looks import CACHED, TASK_LOOKS, WAS_RUNNING, count_word
from maze_nb.projection.reuse import shown_state

# What a card of several tasks shows as its own state: the worst, then the liveliest.
_PROMINENT = (
    *("failed", "retrying", "running", WAS_RUNNING),
    *("pending", "waiting", "cancelled", "skipped", "succeeded"),
)
_TO_COME = {TaskState.PENDING, TaskState.WAITING}
_ENDED = {state.value for state in TaskState if state.is_final}


def map_label(name: str, each: MapRow | None) -> str:
    """Return the name of a map with the number of its items, where that is known."""
    return f"{name} ×{each['count']:,}" if each is not None and each["count"] is not None else name


def member_counts(members: Iterable[str], snapshot: Snapshot) -> dict[str, int]:
    """Return how many of some tasks show which state; of those that map their items count."""
    counts: Counter[str] = Counter()
    for task_id in members:
        each = snapshot["maps"].get(task_id)
        row = snapshot["tasks"].get(task_id)
        if each is not None and each["count"]:
            counts.update(each["counts"])
        elif row is not None:
            counts[shown_state(row)] += 1
    return dict(counts)


def prominent_state(counts: Mapping[str, int], run: RunRow) -> str:
    """Return the state that stands for several.

    Where some have ended and others are still to come, all together run, whatever is in between
    at the moment.
    """
    fallback = CACHED if CACHED in counts else TaskState.SUCCEEDED
    state = next((state for state in _PROMINENT if counts.get(state)), fallback)
    has_begun = any(counts.get(ended) for ended in (*_ENDED, CACHED))
    goes_on = run["finished"] is None and run["status"] != RunStatus.INTERRUPTED
    return TaskState.RUNNING if goes_on and has_begun and state in _TO_COME else state


def map_state(row: TaskRow, each: MapRow, run: RunRow) -> str:
    """Return the state of a map: its own once it has ended, else that of its items."""
    counts = each["counts"] if each["count"] else {}
    # It is skipped once an item failed, which says less than that.
    if row["state"] in _ENDED and not counts.get(TaskState.FAILED):
        return shown_state(row)
    return prominent_state(counts, run) if any(counts.values()) else row["state"]


def counts_text(counts: Mapping[str, int]) -> str:
    """Return counts by state, each with its glyph, worst first: ``2✕ 388✓``."""
    order = (*_PROMINENT, CACHED)
    return " ".join(
        f"{counts[state]:,}{TASK_LOOKS[state].glyph}" for state in order if counts.get(state)
    )


def counts_words(counts: Mapping[str, int]) -> str:
    """Return counts by state in words, worst first: ``2 failed, 388 succeeded``."""
    order = (*_PROMINENT, CACHED)
    return ", ".join(count_word(counts[state], state) for state in order if counts.get(state))


def items_text(each: MapRow) -> str:
    """Return the items of a map in words: ``10,000 items: 2 failed, 9,998 succeeded``."""
    if each["count"] is None:
        return "maps over a list"
    words = counts_words(each["counts"])
    return f"{count_text(each['count'], 'item')}{f': {words}' if words else ''}"


def map_time(row: TaskRow | None, each: MapRow) -> str:
    """Return how long the items of a map took together, once all have ended."""
    begun, ended = each["started"], each["finished"]
    if row is not None and row["finished"] is not None:
        ended = row["finished"]
    return "" if begun is None or ended is None else duration_text(ended - begun)
