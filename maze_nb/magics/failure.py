"""The one error that a run of cells ends in when not all of them succeeded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maze_nb.errors import MazeError, TaskCancelledError, TaskFailedError
from maze_nb.projection.humane import typed_id
from maze_nb.projection.task_line import cell_line
from maze_nb.sdk.run import Run

_FRAME = "\n  File "
Stands = Callable[[Run, str], bool]


def failure_of_run(run: Run, stands: Stands = lambda _run, _task: False) -> MazeError | None:
    """Return what to raise for a run that has ended, or None if all of it succeeded.

    It names the first task that failed, the line of its cell, and those that failed or were
    skipped too, and has the traceback from the worker. A notebook shows it without that
    traceback if it stands under the cell of the task.

    Parameters
    ----------
    stands
        Whether a person sees under its cell what a task of the run put out.
    """
    if run.status == "succeeded":
        return None
    last = {m["data"]["task_id"]: m for m in run.log.read() if "task_id" in m["data"]}
    failed = [m["data"] for m in last.values() if m["type"] == "task_exception"]
    if not failed:
        kind = TaskCancelledError if run.status == "cancelled" else TaskFailedError
        return kind(f"run {typed_id(run.run_id)} ended as {run.status}")
    first = failed[0]
    name, error = first["task_name"], first["error"]
    trace = first["result"].rstrip()
    begin = f"task {name!r} failed{_place(name, trace)}: {error['type']}: "
    others = _others("failed too", failed[1:])
    others += _others("skipped", [m["data"] for m in last.values() if m["type"] == "task_skipped"])
    first_line = error["message"].partition("\n")[0]
    brief = f"{begin}{first_line}{others}"
    is_raised_in_code = _FRAME in trace or not trace
    if is_raised_in_code:
        failure = TaskFailedError(f"{begin}{error['message']}{others}\n\n{trace}")
    else:
        failure = TaskFailedError(f"{begin}{trace.partition(': ')[2]}{others}")
    if stands(run, first["task_id"]):
        what = "The traceback" if is_raised_in_code else "What it printed"
        shown = f"TaskFailedError: {brief}\n{what} is under the cell of task {name!r}."
        failure._render_traceback_ = lambda: shown.split("\n")  # type: ignore[attr-defined]
    return failure


def _place(name: str, traceback: str) -> str:
    line = cell_line(name, traceback)
    return "" if line is None else f" on line {line} of its cell"


def _others(what: str, tasks: list[dict[str, Any]]) -> str:
    names = ", ".join(repr(task["task_name"]) for task in tasks)
    return f"\n{what}: {names}" if names else ""
