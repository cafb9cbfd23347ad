"""What a task is, apart from its code: names, kind, resources."""

from __future__ import annotations

from dataclasses import dataclass, field

from maze_nb.model.ids import TaskId
from maze_nb.model.resources import Resources


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task of a frozen workflow.

    Attributes
    ----------
    task_id
        Unique in its workflow.
    name
        What people call it; need not be unique.
    kind
        The runner that executes it.
    inputs, outputs
        Declared names, in order.
    resources
        What it asks for.
    """

    task_id: TaskId
    name: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    resources: Resources = field(default_factory=Resources)
    kind: str = "python"
