"""The question ``log``: all that a task printed, as far as it can be told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.projection.log_parts import log_parts
from maze_nb.sdk.feed.desk import Desk
from maze_nb.sdk.task_files import TaskFiles


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return what a task printed, attempt by attempt, each part with its stream.

    The messages tell the streams apart. Where the log in the task's folder has more, as of a task
    that printed more than messages carry, it is told instead.
    """
    run = desk.run(str(asked.get("run_id")))
    task_id = run.task_id_of(str(asked.get("task_id")))
    found = log_parts(run.log.read(), task_id)
    client = desk.client if desk.client.address else None
    whole = TaskFiles(run, client).log(task_id) if found.is_cut else b""
    if len(whole) > found.size:
        text = whole.decode(errors="replace")
        found = log_parts([_as_message(task_id, text)], task_id)
    return {"parts": found.parts, "left_out": found.left_out}


def _as_message(task_id: str, text: str) -> dict[str, Any]:
    return {"type": "task_log", "data": {"task_id": task_id, "stream": "stdout", "text": text}}
