"""How each type of message changes the row of its task."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from maze_nb.model.rows import ErrorRow, TaskRow
from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import bounded_text, middle_cut_text
from maze_nb.projection.message import (
    mapping_of,
    number_of,
    text_of,
    whole_of,
    wholes_of,
)
from maze_nb.projection.output_fold import output_rows
from maze_nb.projection.past_attempts import shelve
from maze_nb.projection.readiness import note_ready
from maze_nb.projection.wording import failure_kind, failure_line

REASON_CHARS = 1_000
LOCATION_CHARS = 2_000
SOURCE_CHARS = 200
TRACEBACK_CHARS = 20_000
_WAITS = {TaskState.PENDING.value: "waiting", TaskState.RETRYING.value: "waiting to retry"}
_BEGINNINGS = ("task_pending", "start_task")
_PLAIN_CANCELS = ("the run was cancelled", "it was cancelled")

Data = Mapping[str, object]


def fold_task(
    row: TaskRow, kind: str, data: Data, time: float | None, ready: float | None = None
) -> bool:
    """Change a task's row as one message says.

    Parameters
    ----------
    row
        Changed in place; lists and mappings in it are replaced, never changed.
    kind, data, time
        The type, data and time (seconds since 1970) of the message.
    ready
        When the task became ready, if that is known from the tasks that it depends on.

    Returns
    -------
    bool
        Whether the message says anything about the state of a task.
    """
    change = _CHANGES.get(kind)
    if change is None:
        return False
    attempt = whole_of(data.get("attempt"))
    if attempt is not None:
        if attempt > row["attempt"] and kind in _BEGINNINGS:
            shelve(row, row["attempt"])
        row["attempt"] = attempt
    change(row, data, time)
    note_ready(row, kind, ready, time)
    return True


def _await_placement(row: TaskRow, data: Data, _time: float | None) -> None:
    _enter(row, TaskState.PENDING, reason=_reason_of(data))
    row["started"] = row["finished"] = None


def _start(row: TaskRow, data: Data, time: float | None) -> None:
    _enter(row, TaskState.RUNNING)
    row["memory"] = row["vram"] = row["cpu"] = None
    row["location"] = ""
    row["started"], row["finished"] = time, None
    row["error"] = None
    row["node_ip"] = text_of(data.get("node_ip"))
    row["slot"] = whole_of(data.get("slot"))
    _note_place(row, data)


def _finish(row: TaskRow, data: Data, time: float | None) -> None:
    _enter(row, TaskState.SUCCEEDED)
    row["error"] = None
    row["reused_from"] = bounded_text(data.get("reused_from"), SOURCE_CHARS) or None
    if row["reused_from"] is None:
        _end(row, data, time)
        _note_place(row, data)
    else:
        _take_over(row, time)
    row["outputs"] = output_rows(data)
    row["location"] = bounded_text(data.get("result_location"), LOCATION_CHARS)


def _take_over(row: TaskRow, time: float | None) -> None:
    """Note that a task did not run: it took no time, and no place."""
    row["started"], row["finished"] = None, time
    row["node_id"] = row["node_ip"] = row["worker"] = None
    row["slot"] = row["queued"] = None
    row["gpu_ids"] = []
    row["memory"] = row["vram"] = row["cpu"] = None


def _fail(row: TaskRow, data: Data, time: float | None) -> None:
    _enter(row, TaskState.FAILED)
    _end(row, data, time)
    row["error"] = _error_row(data)


def _retry(row: TaskRow, data: Data, time: float | None) -> None:
    error = mapping_of(data.get("error"))
    if row["state"] == TaskState.RUNNING:
        _end(row, data, time)
    if error:
        row["error"] = _error_row(data)
    shelve(row, row["attempt"], reason=_reason_of(data))
    _enter(row, TaskState.RETRYING, reason=failure_line(error) if error else _reason_of(data))
    delay = number_of(data.get("delay")) or 0
    row["queued"] = None if time is None else time + max(delay, 0)
    if time is not None and delay > 0:
        row["retry_at"] = time + delay


def _skip(row: TaskRow, data: Data, time: float | None) -> None:
    _enter(row, TaskState.SKIPPED, reason=_reason_of(data))
    row["root_cause"] = text_of(mapping_of(data.get("root_cause")).get("task_id"))
    row["finished"] = time


def _cancel(row: TaskRow, data: Data, time: float | None) -> None:
    was_running = row["state"] == TaskState.RUNNING
    _enter(row, TaskState.CANCELLED, reason=_cancel_reason(row, data))
    if was_running or row["started"] is None:
        _end(row, data, time)


def _advance(row: TaskRow, data: Data, _time: float | None) -> None:
    done, total = number_of(data.get("done")), number_of(data.get("total"))
    if done is not None:
        row["done"], row["total"] = done, total
        row["progress"] = min(1.0, max(0.0, done / total)) if total and total > 0 else None
    row["reason"] = bounded_text(data.get("message"), REASON_CHARS) or None


_CHANGES: dict[str, Callable[[TaskRow, Data, float | None], None]] = {
    "task_pending": _await_placement,
    "start_task": _start,
    "finish_task": _finish,
    "task_exception": _fail,
    "task_retry": _retry,
    "task_skipped": _skip,
    "task_cancelled": _cancel,
    "task_progress": _advance,
}


def _enter(row: TaskRow, state: TaskState, reason: str | None = None) -> None:
    row["state"] = state.value
    row["reason"] = reason
    row["progress"] = row["done"] = row["total"] = None
    row["root_cause"] = None
    row["retry_at"] = None
    row["reused_from"] = None


def _cancel_reason(row: TaskRow, data: Data) -> str | None:
    """Return why a task was cancelled, with what it waited for if it did."""
    said, awaited = _reason_of(data), row["reason"]
    what = _WAITS.get(row["state"])
    if not awaited or what is None:
        return said
    lead = "" if said is None or said in _PLAIN_CANCELS else f"{said}; "
    return bounded_text(f"{lead}cancelled while {what}: {awaited}", REASON_CHARS)


def _end(row: TaskRow, data: Data, time: float | None) -> None:
    row["finished"] = time
    if usage := mapping_of(data.get("usage")):
        row["memory"], row["vram"] = number_of(usage.get("memory")), number_of(usage.get("vram"))
        row["cpu"] = number_of(usage.get("cpu"))
    duration = number_of(data.get("duration"))
    if row["started"] is None and time is not None and duration is not None:
        row["started"] = time - duration


def _note_place(row: TaskRow, data: Data) -> None:
    row["node_id"] = text_of(data.get("node_id")) or row["node_id"]
    row["worker"] = text_of(data.get("worker")) or row["worker"]
    row["gpu_ids"] = wholes_of(data.get("gpu_ids"))


def _reason_of(data: Data) -> str | None:
    return bounded_text(data.get("reason"), REASON_CHARS) or None


def _error_row(data: Data) -> ErrorRow:
    error = mapping_of(data.get("error"))
    return {
        "type": bounded_text(error.get("type"), 200) or "Error",
        "kind": failure_kind(error.get("type")),
        "message": bounded_text(error.get("message")),
        "traceback": middle_cut_text(data.get("result"), TRACEBACK_CHARS),
        "host": text_of(error.get("host")),
    }
