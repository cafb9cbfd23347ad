"""The one error that a run of cells ends in when not all of them succeeded."""

from __future__ import annotations

import re
from typing import Any

from maze_nb.errors import MazeError, TaskCancelledError, TaskFailedError
from maze_nb.sdk.run import Run


def failure_of_run(run: Run) -> MazeError | None:
    """Return what to raise for a run that has ended, or None if all of it succeeded.

    It names the first task that failed, the line of its cell, and those that failed or were
    skipped too, and has the traceback from the worker.
    """
    if run.status == "succeeded":
        return None
    last = {m["data"]["task_id"]: m for m in run.log.read() if "task_id" in m["data"]}
    failed = [m["data"] for m in last.values() if m["type"] == "task_exception"]
    if not failed:
        kind = TaskCancelledError if run.status == "cancelled" else TaskFailedError
        return kind(f"run {run.run_id} ended as {run.status}")
    first = failed[0]
    name, error = first["task_name"], first["error"]
    text = (
        f"task {name!r} failed{_place(name, first['result'])}: {error['type']}: {error['message']}"
    )
    text += _others("failed too", failed[1:])
    text += _others("skipped", [m["data"] for m in last.values() if m["type"] == "task_skipped"])
    return TaskFailedError(f"{text}\n\n{first['result'].rstrip()}")


def _place(name: str, traceback: str) -> str:
    lines = re.findall(rf'File "<cell {re.escape(name)}>", line (\d+)', traceback)
    return f" on line {lines[-1]} of its cell" if lines else ""


def _others(what: str, tasks: list[dict[str, Any]]) -> str:
    names = ", ".join(repr(task["task_name"]) for task in tasks)
    return f"\n{what}: {names}" if names else ""
