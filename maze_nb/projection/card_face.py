"""What stands on a card of the picture: its state, its time, and what there is to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.cards import Card
from maze_nb.projection.graph_shape import GraphShape
from maze_nb.projection.humane import duration_text
from maze_nb.projection.looks import (
    CACHED,
    TASK_LOOKS,
    WAS_RUNNING,
    count_word,
    state_word,
    task_look,
)
from maze_nb.projection.reuse import reuse_text, shown_state
from maze_nb.projection.snapshot import Snapshot, TaskRow
from maze_nb.projection.wording import brief_text, row_attempt_text, skip_text, usage_text

# What a card of several tasks shows as its own state: the worst, then the liveliest.
_PROMINENT = (
    *("failed", "retrying", "running", WAS_RUNNING),
    *("pending", "waiting", "cancelled", "skipped", "succeeded"),
)
_UNRUN = {"skipped", "cancelled"}
_ASKS_NOTHING = ("", "1 core")


@dataclass(frozen=True, slots=True)
class Face:
    """The texts of one card.

    Attributes
    ----------
    label
        Its name.
    state
        A task state as it is shown, or None where nothing is known of a run.
    time
        How long it took; empty when not finished.
    note
        Its second line; empty when there is nothing to say.
    counts
        Tasks by the state they show, for a card of several tasks.
    tip
        What pointing at it tells.
    is_group
        Whether it stands for several tasks.
    is_faded
        Whether nothing of it ran or will run.
    """

    label: str
    state: str | None
    time: str
    note: str
    counts: dict[str, int]
    tip: str
    is_group: bool = False
    is_faded: bool = False


def face_of(card: Card, shape: GraphShape, snapshot: Snapshot | None) -> Face:
    """Return what stands on a card, with the states of a snapshot where there is one."""
    if len(card.members) > 1:
        return _group_face(card, snapshot)
    task = shape.tasks[card.id]
    row = snapshot["tasks"].get(card.id) if snapshot is not None else None
    if row is None:
        note = "" if task.asks in _ASKS_NOTHING else task.asks
        tip = " · ".join(part for part in (task.name, task.asks, task.options) if part)
        return Face(card.label, None, "", note, {}, tip)
    time, note = task_time(row), _task_note(card.id, row, shape, _brief_reason)
    if row["state"] == WAS_RUNNING:
        note = " · ".join(part for part in (state_word(WAS_RUNNING), note) if part)
    told = _task_note(card.id, row, shape, lambda row: first_line(row["reason"], 500))
    parts = (
        *(task.name, state_word(shown_state(row)), time, told, row["node_id"]),
        *(usage_text(row), task.asks, task.options),
    )
    tip = " · ".join(part for part in parts if part)
    is_faded = row["state"] in _UNRUN
    return Face(card.label, shown_state(row), time, note, {}, tip, is_faded=is_faded)


def task_time(row: TaskRow) -> str:
    """Return how long a task that has ended took in words; nothing if it never ran."""
    if row["state"] not in (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED):
        return ""
    if row["started"] is None or row["finished"] is None:
        return ""
    return duration_text(row["finished"] - row["started"])


def counts_text(counts: dict[str, int]) -> str:
    """Return counts by state, each with its glyph, worst first: ``2✕ 388✓``."""
    order = (*_PROMINENT, CACHED)
    return " ".join(
        f"{counts[state]:,}{TASK_LOOKS[state].glyph}" for state in order if state in counts
    )


def _group_face(card: Card, snapshot: Snapshot | None) -> Face:
    if snapshot is None:
        return Face(card.label, None, "", "", {}, card.label, is_group=True)
    rows = (snapshot["tasks"].get(member) for member in card.members)
    counts = dict(Counter(shown_state(row) for row in rows if row is not None))
    fallback = CACHED if CACHED in counts else TaskState.SUCCEEDED
    state = next((state for state in _PROMINENT if state in counts), fallback)
    words = ", ".join(count_word(number, name) for name, number in counts.items())
    tip, is_faded = f"{card.label}: {words}", bool(counts) and set(counts) <= _UNRUN
    return Face(card.label, state, "", counts_text(counts), counts, tip, True, is_faded)


def _task_note(
    task_id: str, row: TaskRow, shape: GraphShape, reason: Callable[[TaskRow], str]
) -> str:
    state = row["state"]
    if state == TaskState.FAILED and row["error"] is not None:
        return row["error"]["kind"] or first_line(row["error"]["type"], 80)
    if state == TaskState.SKIPPED and row["root_cause"] in shape.tasks:
        return skip_text(shape.tasks[row["root_cause"]].name, row["reason"])
    if row["reused_from"]:
        return reuse_text(row["reused_from"])
    attempt = row_attempt_text(row, shape.tasks[task_id].attempts)
    if row["reason"]:
        said = attempt if state == TaskState.RETRYING else ""
        return " · ".join(part for part in (said, reason(row)) if part)
    devices = f"GPU {', '.join(map(str, row['gpu_ids']))}" if row["gpu_ids"] else ""
    return " · ".join(part for part in (devices, attempt) if part)


def _brief_reason(row: TaskRow) -> str:
    error = row["error"]
    is_users_own = error is not None and not error["kind"] and row["state"] != TaskState.CANCELLED
    return first_line(row["reason"]) if is_users_own else brief_text(row["reason"])


def look_colour(state: str | None) -> str:
    """Return the colour of a card's frame."""
    return task_look(state or TaskState.WAITING).colour
