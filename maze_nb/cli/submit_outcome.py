"""What came of a run, by the names that a workflow file has for its tasks, as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maze_nb.model.message_types import FINAL_MESSAGES
from maze_nb.model.states import TaskState
from maze_nb.projection.message_text import message_text
from maze_nb.sdk.run_index import RunIndex

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run


def outcome_of(run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what came of a run that has ended.

    Parameters
    ----------
    names
        The ids of the tasks by what the file calls them. Of tasks that are not among them, as they
        only make parts of results, nothing is told unless they fail.
    """
    index = RunIndex(run.log)
    index.refresh()
    final = {name: index.final.get(task_id) for name, task_id in names.items()}
    called = {task_id: name for name, task_id in names.items()}
    results = run.task_results
    return {
        "run_id": run.run_id,
        "status": str(run.status),
        "states": {
            name: str(TaskState.PENDING if message is None else FINAL_MESSAGES[message["type"]])
            for name, message in final.items()
        },
        "results": {
            name: dict(results[task_id]) for name, task_id in names.items() if task_id in results
        },
        "errors": {
            called.get(data["task_id"], data["task_name"]): data["error"]["message"]
            for data in (message["data"] for message in index.failed())
        },
        "skipped": {
            name: message_text(message).removeprefix("skipped: ")
            for name, message in final.items()
            if message is not None and message["type"] == "task_skipped"
        },
    }
