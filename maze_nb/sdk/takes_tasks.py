"""What a workflow offers to those that add tasks of special kinds to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Unpack

from maze_nb.model.parse_options import OptionWords
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import When, WorkflowTask


class TakesTasks(Protocol):
    """A workflow, as far as tasks are added to it."""

    def add_task(
        self,
        task_func: Callable[..., Any] | TaskFunction,
        inputs: Mapping[str, Any] | None = None,
        *,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        when: When | None = None,
        **options: Unpack[OptionWords],
    ) -> WorkflowTask:
        """Add a task."""
        ...
