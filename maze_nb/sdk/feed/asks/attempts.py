"""The question ``attempts``: each attempt at a task, with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.projection.attempts import attempts_of
from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return the attempts at a task with their tracebacks, the first one first."""
    run = desk.run(str(asked.get("run_id")))
    task_id = run.task_id_of(str(asked.get("task_id")))
    return {"attempts": attempts_of(run.log.read(), task_id)}
