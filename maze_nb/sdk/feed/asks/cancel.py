"""The question ``cancel``: stop one task, or the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.projection.humane import short_id
from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Cancel what has not ended, and say what is being stopped."""
    run = desk.run(str(asked.get("run_id")))
    if run.is_finished:
        raise MazeError(
            f"run {short_id(run.run_id)} has ended ({run.status}): nothing is left to cancel"
        )
    wanted = str(asked.get("task_id") or "")
    if not wanted:
        run.cancel()
        return {"said": "asked to cancel the run"}
    index = desk.index(run.run_id)
    task_id = index.task_id_of(wanted)
    name, last = index.names[task_id], index.final.get(task_id)
    if last is not None:
        raise MazeError(f"task {name!r} has ended: nothing of it is left to cancel")
    run.cancel(task_id)
    return {"said": f"asked to cancel {name!r}: what depends on it is skipped"}
