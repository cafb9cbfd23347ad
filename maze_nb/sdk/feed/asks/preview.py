"""The question ``preview``: what there is to see of an output of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.sdk.feed.desk import Desk
from maze_nb.sdk.preview import preview_output


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return a picture, a page or a text for an output, within bounds."""
    run = desk.run(str(asked.get("run_id")))
    return preview_output(run, str(asked.get("task_id")), str(asked.get("output")))
