"""What a task is, apart from its code: names, kind, resources."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from maze_nb.model.ids import TaskId
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import TaskOptions

MAP = "map"
"""The kind of a task that maps: it is not executed itself, but gathers what its items made."""

_INDEX = re.compile(r"\[\d+\]$")


@dataclass(frozen=True, slots=True)
class Condition:
    """A task runs only if an output of another is true; if `is_negated`, only if it is false."""

    task_id: TaskId
    output: str
    is_negated: bool = False


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
    group
        Which tasks are looked at as one: the id of the task that maps, for those of its items;
        for those of a sub-workflow its name, after those around it, such as ``"prepare/clean"``.
    when
        On what it depends whether it runs at all.
    cell
        The notebook's own id of the cell that it was made of; empty if there is none.
    """

    task_id: TaskId
    name: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    resources: Resources = field(default_factory=Resources)
    kind: str = "python"
    options: TaskOptions = field(default_factory=TaskOptions)
    group: str = ""
    when: Condition | None = None
    cell: str = ""

    @property
    def is_map(self) -> bool:
        """Whether it maps over a list, so that other tasks do its work."""
        return self.kind == MAP

    @property
    def family(self) -> str:
        """What it has in common with the other items of its map: its name without the number."""
        return family_of(self.name)

    @property
    def needs_child(self) -> bool:
        """Whether it runs in a child process: by choice, or for what a thread cannot give."""
        options = self.options
        if options.isolation != "auto":
            return options.isolation == "process"
        if options.timeout is not None or options.env or options.secrets:
            return True
        return self.resources.gpu > 0 or self.resources.cpu_mem > 0


def family_of(name: str) -> str:
    """Return the name of an item of a map without its number; any other name as it is."""
    return _INDEX.sub("", name)


def item_id(map_id: str, index: int) -> TaskId:
    """Return the id of the task of one item of a map."""
    return TaskId(f"{map_id}.{index}")


def index_of(task_id: str) -> int:
    """Return the number of an item of a map, given the id of its task."""
    return int(task_id.rpartition(".")[2])


def item_name(map_name: str, index: int) -> str:
    """Return the name of the task of one item of a map."""
    return f"{map_name}[{index}]"


def item_of(spec: TaskSpec, index: int) -> TaskSpec:
    """Return what the task of one item of a map is."""
    return replace(
        spec,
        task_id=item_id(spec.task_id, index),
        name=item_name(spec.name, index),
        kind="python",
        group=spec.task_id,
        when=None,
    )
