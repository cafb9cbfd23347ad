"""What a task is, apart from its code: names, kind, resources."""

from __future__ import annotations

from dataclasses import dataclass, field

from maze_nb.model.ids import TaskId
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import TaskOptions


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
    options
        How it is to be run.
    """

    task_id: TaskId
    name: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    resources: Resources = field(default_factory=Resources)
    kind: str = "python"
    options: TaskOptions = field(default_factory=TaskOptions)

    @property
    def needs_child(self) -> bool:
        """Whether it runs in a child process: by choice, or for what a thread cannot give."""
        options = self.options
        if options.isolation != "auto":
            return options.isolation == "process"
        return options.timeout is not None or self.resources.gpu > 0 or self.resources.cpu_mem > 0
