"""Which of the outputs that every task has are read, so that they are made."""

from __future__ import annotations

from collections.abc import Iterable

from maze_nb.artifacts.automatic import AUTOMATIC
from maze_nb.model.ids import TaskId
from maze_nb.sdk.workflow_task import WorkflowTask, references_in

Asked = dict[TaskId, tuple[str, ...]]


def asked_of(tasks: Iterable[WorkflowTask]) -> Asked:
    """Return by task what others read of it that it does not declare; most have no entry."""
    read: dict[TaskId, set[str]] = {}
    for task in tasks:
        for value in task.values():
            for reference in references_in(value):
                if reference.is_automatic:
                    read.setdefault(reference.task.task_id, set()).add(reference.name)
    return {
        task_id: tuple(name for name in AUTOMATIC if name in names)
        for task_id, names in read.items()
    }
