"""The question ``source``: the code of a task, where it stands, and what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.sdk.feed.desk import Desk


def answer(desk: Desk, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return the text of a task and its inputs, as they were told when it was submitted."""
    run = desk.run(str(asked.get("run_id")))
    story = run.story(str(asked.get("task_id")))
    source = story.source
    return {
        "text": "" if source is None else source.text,
        "file": "" if source is None else source.file,
        "line": 0 if source is None else source.line,
        "cell": "" if source is None else source.cell,
        "inputs": [
            {"name": each.name, "text": each.text, "task_id": each.task_id, "output": each.output}
            for each in story.inputs
        ],
    }
