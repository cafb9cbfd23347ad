"""Marks on the tasks of a graph: which are stale, and why, before they are run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.looks import GREEN, GREY, ORANGE, Look, task_look
from maze_nb.projection.message import NOTHING, listed, mapping_of, text_of

STALE = "stale"
NEW = "new"
CURRENT = "current"

Marks = Mapping[str, Mapping[str, object]]
"""By task id ``{"mark": "stale" | "new" | "current" | "running" | "failed", "why": "…"}``."""

WHY_CHARS = 500
MARK_LOOKS: dict[str, Look] = {
    STALE: Look("~", ORANGE),
    NEW: Look("+", GREY),
    CURRENT: Look("✓", GREEN),
    "running": task_look(TaskState.RUNNING),
    "failed": task_look(TaskState.FAILED),
}
STATE_OF_MARK: dict[str, str] = {
    CURRENT: TaskState.SUCCEEDED.value,
    "running": TaskState.RUNNING.value,
    "failed": TaskState.FAILED.value,
}
"""The state whose glyph and colour a mark borrows; the others have none."""


def marked(graph: Mapping[str, object], marks: Marks | None) -> Mapping[str, object]:
    """Return a graph whose tasks carry their marks as ``mark`` and ``why``.

    Parameters
    ----------
    graph
        ``{"workflow_id", "name", "tasks", "edges"}``; stays as it is.
    marks
        By task id; marks of tasks that are not there, and words that are not known, are left out.
    """
    if not marks:
        return graph
    tasks = [_marked(mapping_of(task), marks) for task in listed(graph.get("tasks"))]
    return {**graph, "tasks": tasks}


def mark_of(task: Mapping[str, object]) -> tuple[str, str]:
    """Return the mark of a task of a graph and why it has it; empty where it has none."""
    mark = text_of(task.get("mark")) or ""
    return (mark, first_line(task.get("why"), WHY_CHARS)) if mark in MARK_LOOKS else ("", "")


def marks_text(marks: Iterable[str]) -> str:
    """Return how many tasks bear which mark: ``2 stale · 1 new · 3 current``."""
    counts = Counter(marks)
    return " · ".join(f"{counts[mark]:,} {mark}" for mark in MARK_LOOKS if counts[mark])


def _marked(task: Mapping[str, object], marks: Marks) -> Mapping[str, object]:
    given = mapping_of(marks.get(str(task.get("id")), NOTHING))
    mark = given.get("mark")
    if mark not in MARK_LOOKS:
        return task
    return {**task, "mark": mark, "why": first_line(given.get("why"), WHY_CHARS)}
