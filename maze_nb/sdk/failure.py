"""A task's failure, raised where its result is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb import errors
from maze_nb.errors import (
    MazeError,
    TaskCancelledError,
    TaskError,
    TaskFailedError,
    TaskSkippedError,
)
from maze_nb.model.message_types import BY_REQUEST
from maze_nb.wire.code import load_value
from maze_nb.wire.messages import Message

_KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, TaskError)
}


def failure_of(message: Message, root: Message | None = None) -> BaseException:
    """Return the exception that stands for how a task ended without a result.

    For a task that raised, it is the very exception, with the remote traceback as its cause; for
    one that was stopped or lost, the error of Maze that says so; for one that was skipped, that,
    with what happened to the first as its cause.

    Parameters
    ----------
    root
        How the task ended for which this one was skipped.
    """
    data = message["data"]
    if message["type"] == "task_skipped":
        return _skipped(data, root)
    if message["type"] == "task_cancelled":
        why = "" if data["reason"] == BY_REQUEST else f": {data['reason']}"
        return TaskCancelledError(f"task {data['task_name']!r} was cancelled{why}")
    error = data["error"]
    remote = TaskFailedError(
        f"task {data['task_name']!r} failed{_where(error)}:\n{data['result'].rstrip()}"
    )
    original = _load(error.get("exception")) or _of_maze(error)
    if original is None:
        return remote
    original.__cause__ = remote
    return original


def _skipped(data: Mapping[str, Any], root: Message | None) -> BaseException:
    text = f"task {data['task_name']!r} was skipped: {data['reason']}"
    if root is None or root["type"] not in ("task_exception", "task_cancelled"):
        return TaskSkippedError(text)
    error = root["data"].get("error")
    if error is not None:
        first = str(error["message"]).partition("\n")[0]
        text = f"{text}: {error['type']}: {first}" if first else f"{text}: {error['type']}"
    skipped = TaskSkippedError(text)
    skipped.__cause__ = failure_of(root)
    return skipped


def _where(error: Mapping[str, Any]) -> str:
    """Return on which host and at which attempt; nothing of a task that never began."""
    host, attempt = error["host"], error["attempt"]
    place = f" on {host}" if host else ""
    return f"{place} (attempt {attempt})" if host or attempt > 1 else place


def _of_maze(error: Mapping[str, Any]) -> BaseException | None:
    """Return a failure that is not the user's code's own as the error of its kind."""
    kind = _KINDS.get(error["type"])
    return None if kind in (None, TaskFailedError) else kind(error["message"])


def _load(data: bytes | None) -> BaseException | None:
    if data is None:
        return None
    try:
        found = load_value(data)
    except Exception:  # noqa: BLE001 - what it is made of may not be installed here
        return None
    return found if isinstance(found, (Exception, MazeError)) else None
