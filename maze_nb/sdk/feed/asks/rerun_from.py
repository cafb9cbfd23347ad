"""The question ``rerun_from``: compute a task again in a new run, with all that depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.projection.humane import short_id
from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Begin a run that takes over what does not depend on the task."""
    run = desk.run(str(asked.get("run_id")))
    index = desk.index(run.run_id)
    task_id = index.task_id_of(str(asked.get("task_id")))
    again = run.rerun(from_task=task_id)
    name = index.names[task_id]
    said = f"run {short_id(again.run_id)} computes {name!r} and what depends on it"
    return {"said": said, "run_id": again.run_id}
