"""How each task cell stands: what it made is current, or stale and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import MazeError, StoreError
from maze_nb.magics.build import build
from maze_nb.magics.session import Session
from maze_nb.magics.stale_watch import StaleWatch
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import new_run_id
from maze_nb.model.message_types import STATE_AFTER_MESSAGE
from maze_nb.model.states import TaskState
from maze_nb.projection.marks import CURRENT, NEW, STALE
from maze_nb.scheduler.cache_plan import NOT_ASKED, plan_of
from maze_nb.sdk.caching import cached_parts
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.store.result_cache import open_cache
from maze_nb.wire.submission import PlannedTask, Submission

RUNNING, FAILED = "running", "failed"
_NEVER = "never run before"
_LIVE = {TaskState.WAITING, TaskState.PENDING, TaskState.RUNNING, TaskState.RETRYING}
_WORDS = (
    (r"\bthe cell changed", "its code changed"),
    (r"notebook variable `([^`]*)`", r"the variable '\1'"),
    (r"helper `([^`]*)`", r"the function '\1'"),
    (r"inputs? ((?:`[^`]*`|, |…)*) changed, which task ('[^']*') made", r"\1 of cell \2 changed"),
    (r"inputs? ((?:`[^`]*`|, |…)*) comes? from task ('[^']*'), which runs again",
     r"cell \2, which makes \1, is stale"),
    (r"`([^`]*)`", r"'\1'"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How one task cell stands.

    Attributes
    ----------
    mark
        ``"current"``, ``"stale"``, ``"new"`` (it never ran), ``"running"`` or ``"failed"``.
    why
        Why it is so; empty where there is nothing to say.
    """

    task_id: str
    name: str
    mark: str
    why: str


@dataclass(frozen=True, slots=True)
class _Past:
    """How a task stands in the latest run that had it: its state, since when, and why."""

    state: TaskState
    since: float
    why: str


def standings(session: Session, watch: StaleWatch) -> list[Standing]:
    """Return how the task cells stand, in the order in which they were first marked.

    No cluster is started for it: without one, it is told from what is kept on this machine.
    """
    planned = {task.task_id: task for task in _planned(session)}
    past = _past(session)
    return [
        _standing(session, cell, planned[cell.task_id], past.get(cell.task_id), watch)
        for cell in session.book.cells()
    ]


def marks_of(found: Iterable[Standing]) -> dict[str, Mapping[str, object]]:
    """Return the marks for a picture of the graph."""
    return {each.task_id: {"mark": each.mark, "why": each.why} for each in found}


def in_words(reason: str) -> str:
    """Return the reason of a plan in the words of a notebook."""
    for pattern, words in _WORDS:
        reason = re.sub(pattern, words, reason)
    return reason


def _standing(
    session: Session, cell: TaskCell, planned: PlannedTask, past: _Past | None, watch: StaleWatch
) -> Standing:
    def stands(mark: str, why: str = "") -> Standing:
        return Standing(cell.task_id, cell.name, mark, why)

    if past is not None and past.state in _LIVE:
        return stands(RUNNING, "" if past.state is TaskState.RUNNING else str(past.state))
    missing = session.book.missing(cell)
    if missing:
        return stands(STALE, f"it reads {missing[0]!r}, which nobody makes")
    is_as_run = past is not None and past.since > watch.marked_at(cell)
    if past is not None and past.state is TaskState.FAILED and is_as_run:
        return stands(FAILED, f"failed last time: {past.why}")
    if planned.verdict != "runs":
        return stands(CURRENT)
    if planned.reason == NOT_ASKED:
        return stands(NEW if past is None else STALE, "computed in each run, as it has --no-cache")
    if (
        past is not None
        and past.state is TaskState.CANCELLED
        and (is_as_run or planned.reason == _NEVER)
    ):
        return stands(STALE, "cancelled last time")
    if past is not None and past.state is TaskState.SKIPPED and is_as_run:
        return stands(STALE, "skipped last time, as what it reads was not made")
    if planned.reason == _NEVER:
        return stands(NEW, "never run")
    return stands(STALE, in_words(planned.reason))


def _planned(session: Session) -> Iterable[PlannedTask]:
    reading = session.clients.reading
    if reading.address:
        return build(session.book, reading.create_workflow(session.name)).plan()
    graph = build(session.book, WorkflowGraph(session.name))
    submission = Submission(new_run_id(), graph.graph(), cached=cached_parts(graph, None))
    try:
        cache = open_cache()
    except (StoreError, OSError):
        cache = None
    return plan_of(cache, submission)


def _past(session: Session) -> dict[str, _Past]:
    found: dict[str, _Past] = {}
    for run_id in session.latest_runs():
        try:
            messages = session.find_run(run_id).log.read()
        except MazeError:
            continue  # it was forgotten, or this notebook has none
        for task_id, past in _states(messages).items():
            found.setdefault(task_id, past)
    return found


def _states(messages: Iterable[Mapping[str, Any]]) -> dict[str, _Past]:
    found: dict[str, _Past] = {}
    for message in messages:
        state = STATE_AFTER_MESSAGE.get(message["type"])
        if state is not None:
            error = message["data"].get("error") or {}
            why = f"{error.get('type', '')}: {error.get('message', '')}".strip(": ")
            found[message["data"]["task_id"]] = _Past(state, message["time"], why)
    return found
