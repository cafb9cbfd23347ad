"""The question ``retry``: compute in a new run what did not succeed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.projection.humane import short_id
from maze_nb.sdk.feed.desk import Desk

_MADE_AGAIN = ("task_exception", "task_skipped", "task_cancelled")


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Begin a run that takes over what succeeded, and computes the rest.

    Of a task that is named: it and what depends on it; what else failed is left as it is.

    Raises
    ------
    MazeError
        If all tasks have succeeded, or the one that is named has.
    """
    run = desk.run(str(asked.get("run_id")))
    index = desk.index(run.run_id)
    wanted = str(asked.get("task_id") or "")
    if wanted:
        task_id = index.task_id_of(wanted)
        last = index.final.get(task_id)
        if last is None or last["type"] not in _MADE_AGAIN:
            state = "has succeeded" if last is not None else "has not ended"
            raise MazeError(
                f"task {index.names[task_id]!r} {state}: to compute it again, run from it"
            )
        again = run.rerun(from_task=task_id, leave_failed=True)
        what = f"{index.names[task_id]!r} and what depends on it"
        return {"said": f"run {short_id(again.run_id)} computes {what}", "run_id": again.run_id}
    if not any(message["type"] in _MADE_AGAIN for message in index.final.values()):
        raise MazeError(f"no task of run {short_id(run.run_id)} has failed")
    again = run.rerun(failed_only=True)
    said = f"run {short_id(again.run_id)} computes what did not succeed"
    return {"said": said, "run_id": again.run_id}
