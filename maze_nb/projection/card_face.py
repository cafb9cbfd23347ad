"""What stands on a card of the picture: its state, its time, and what there is to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from maze_nb.model.rows import Snapshot, TaskRow
from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.cards import Card
from maze_nb.projection.graph_shape import GraphShape, ShapeTask
from maze_nb.projection.group_face import (
    counts_text,
    counts_words,
    items_text,
    map_label,
    map_state,
    map_time,
    member_counts,
    prominent_state,
)
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.projection.looks import WAS_RUNNING, state_word, task_look
from maze_nb.projection.marks import CURRENT, MARK_LOOKS, STALE, STATE_OF_MARK, marks_text
from maze_nb.projection.progress_words import advance_text
from maze_nb.projection.reuse import reuse_text, shown_state
from maze_nb.projection.wording import brief_text, row_attempt_text, skip_text, usage_text

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
    is_stale
        Whether it is to be computed anew.
    kind
        What it runs; empty for Python.
    """

    label: str
    state: str | None
    time: str
    note: str
    counts: dict[str, int]
    tip: str
    is_group: bool = False
    is_faded: bool = False
    is_stale: bool = False
    kind: str = ""


def face_of(card: Card, shape: GraphShape, snapshot: Snapshot | None) -> Face:
    """Return what stands on a card, with the states of a snapshot where there is one."""
    if len(card.members) > 1:
        return _group_face(card, shape, snapshot)
    task = shape.tasks[card.id]
    if task.is_map:
        return _map_face(card, task, snapshot)
    face = _task_face(card, task, shape, snapshot)
    return replace(face, kind=task.kind, note=face.note or task.kind)


def _task_face(card: Card, task: ShapeTask, shape: GraphShape, snapshot: Snapshot | None) -> Face:
    row = snapshot["tasks"].get(card.id) if snapshot is not None else None
    if row is None:
        note = "" if task.asks in _ASKS_NOTHING else task.asks
        tip = " · ".join(part for part in (task.name, task.kind, task.asks, task.options) if part)
        return _marked_face(Face(card.label, None, "", note, {}, tip), task)
    time, note = task_time(row), _task_note(card.id, row, shape, _brief_reason)
    if row["state"] == WAS_RUNNING:
        note = " · ".join(part for part in (state_word(WAS_RUNNING), note) if part)
    told = _task_note(card.id, row, shape, lambda row: first_line(row["reason"], 500))
    parts = (
        *(task.name, task.kind, state_word(shown_state(row)), time, told, row["node_id"]),
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


def _map_face(card: Card, task: ShapeTask, snapshot: Snapshot | None) -> Face:
    each = snapshot["maps"].get(card.id) if snapshot is not None else None
    row = snapshot["tasks"].get(card.id) if snapshot is not None else None
    label = map_label(card.label, each)
    if snapshot is None or each is None or row is None:
        tip = " · ".join(part for part in (task.name, "maps over a list", task.asks) if part)
        return _marked_face(Face(label, None, "", "for each item", {}, tip, is_group=True), task)
    counts = each["counts"] if each["count"] else {}
    state, time = map_state(row, each, snapshot["run"]), map_time(row, each)
    note = counts_text(counts) or row["reason"] or ("" if each["count"] == 0 else "for each item")
    tip = " · ".join(
        part for part in (task.name, state_word(state), items_text(each), time) if part
    )
    return Face(label, state, time, note, counts, tip, True, state in _UNRUN)


def _group_face(card: Card, shape: GraphShape, snapshot: Snapshot | None) -> Face:
    number = count_text(len(card.members), "task")
    if snapshot is None:
        marks = [shape.tasks[member].mark for member in card.members]
        said = marks_text(filter(None, marks))
        tip = f"{card.label}: {said or number}"
        note = said or (number if card.is_group else "")
        mark = next((mark for mark in MARK_LOOKS if mark in marks), "")
        whys = (shape.tasks[member].why for member in card.members)
        why = next((why for why, own in zip(whys, marks, strict=True) if own == mark and why), "")
        face = Face(card.label, STATE_OF_MARK.get(mark), "", note, {}, tip, is_group=True)
        return replace(face, is_stale=mark == STALE, tip=f"{tip}: {why}" if why else tip)
    counts = member_counts(card.members, snapshot)
    state, words = prominent_state(counts, snapshot["run"]), counts_words(counts)
    tip, is_faded = f"{card.label}: {words}", bool(counts) and set(counts) <= _UNRUN
    return Face(card.label, state, "", counts_text(counts), counts, tip, True, is_faded)


def _marked_face(face: Face, task: ShapeTask) -> Face:
    if not task.mark:
        return face
    said = ": ".join(part for part in (task.mark, task.why) if part)
    note = face.note if task.mark == CURRENT else (task.why if task.mark == STALE else said)
    return replace(
        face,
        state=STATE_OF_MARK.get(task.mark),
        note=note or task.mark,
        tip=" · ".join(part for part in (face.tip, said) if part),
        is_stale=task.mark == STALE,
    )


def _task_note(
    task_id: str, row: TaskRow, shape: GraphShape, reason: Callable[[TaskRow], str]
) -> str:
    state = row["state"]
    if state == TaskState.FAILED and row["error"] is not None:
        return row["error"]["kind"] or first_line(row["error"]["type"], 80)
    if state == TaskState.SKIPPED and row["root_cause"] is not None:
        return skip_text(shape.name_of(row["root_cause"]), row["reason"])
    if row["reused_from"]:
        return reuse_text(row["reused_from"])
    attempt = row_attempt_text(row, shape.tasks[task_id].attempts)
    advance = advance_text(row)
    if row["reason"] or advance:
        said = attempt if state == TaskState.RETRYING else ""
        return " · ".join(part for part in (said, advance, reason(row)) if part)
    devices = f"GPU {', '.join(map(str, row['gpu_ids']))}" if row["gpu_ids"] else ""
    return " · ".join(part for part in (devices, attempt) if part)


def _brief_reason(row: TaskRow) -> str:
    error = row["error"]
    is_users_own = error is not None and not error["kind"] and row["state"] != TaskState.CANCELLED
    return first_line(row["reason"]) if is_users_own else brief_text(row["reason"])


def look_colour(state: str | None) -> str:
    """Return the colour of a card's frame."""
    return task_look(state or TaskState.WAITING).colour
