"""The question ``open_in_cell``: a task as the text of a cell that calls it with what it got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.sdk.cell_text import cell_text
from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return the text of a cell.

    Raises
    ------
    MazeError
        If the source of the task is not known.
    """
    run = desk.run(str(asked.get("run_id")))
    return {"code": cell_text(run, str(asked.get("task_id")))}
