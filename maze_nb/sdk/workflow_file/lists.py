"""The lists for whose items a task runs, as a file says it under ``foreach``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from maze_nb.errors import InputError
from maze_nb.runners.recipe import others_in
from maze_nb.sdk.workflow_file.node import Node, below
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.python_task import part_task
from maze_nb.sdk.workflow_file.ranges import parse_range
from maze_nb.sdk.workflow_file.references import Template
from maze_nb.sdk.workflow_file.tasks import TaskPlan
from maze_nb.sdk.workflow_file.values import Values, WrongItselfError
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

_ITEM = "item"


@dataclass(slots=True)
class Lists:
    """The lists of one task.

    Attributes
    ----------
    over
        Each by the input that takes its items; None if the task runs once.
    items
        Those inputs by what the file calls their items; an empty name for ``item`` itself.
    hidden
        Those of which only recipes know.
    """

    over: dict[str, Any] | None = None
    items: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    takes_free: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs that take items."""
        return tuple(self.over or ())

    def rename(self, taken: Collection[str]) -> None:
        """Have the hidden input called as none of these is."""
        name = _ITEM
        while name in taken:
            name += "_"
        self.over = {name: (self.over or {})[self.hidden[0]]}
        self.items, self.hidden = {"": name}, [name]

    def take(self, free: list[str]) -> None:
        """Have the only free input take the items of a list for which the file names none.

        Raises
        ------
        InputError
            If there are several, or none.
        """
        if len(free) != 1:
            told = f"several could ({', '.join(free)})" if free else "there is none left"
            raise InputError(
                f"it maps over a list, but no input takes its items: {told}; "
                f"write one as ${{item}}, or foreach as {{input: list}}"
            )
        self.over = {free[0]: (self.over or {})[_ITEM]}
        self.takes_free = False

    def read_by(self, recipe: Any) -> list[str]:
        """Return the inputs with items that a recipe reads."""
        return sorted(others_in(recipe) & set(self.names))


def lists_of(
    plan: TaskPlan,
    tasks: Mapping[str, WorkflowTask | None],
    workflow: WorkflowGraph,
    problems: Problems,
) -> Lists:
    """Return what a task maps over; what is wrong with it is noted."""
    section, path = plan.get("foreach"), below(plan.path, "foreach")
    if section is None:
        return Lists()
    reader = _Reader(plan, Values(tasks), workflow, problems)
    if section.is_dict:
        if not section.value:
            problems.add(section.place, path, "is empty: give lists by the inputs that take items")
        found = {
            str(name): reader.read(each, below(path, name), str(name))
            for name, each in section.items()
        }
        inputs = plan.get("inputs")
        for name in found:
            if inputs is not None and name in inputs.value:
                problems.add(
                    section.key_place(name), below(path, name), "is given under inputs too"
                )
        _check_lengths(found, section, path, problems)
        return Lists(found, {name: name for name in found})
    whole = reader.read(section, path, _ITEM)
    if not plan.says_item():
        return Lists({_ITEM: whole}, {"": _ITEM}, takes_free=True)
    direct = _taking_whole(plan)
    if direct is not None:
        return Lists({direct: whole}, {"": direct})
    return Lists({_ITEM: whole}, {"": _ITEM}, [_ITEM])


def _taking_whole(plan: TaskPlan) -> str | None:
    """Return the input that takes the items as they are, if there is one."""
    inputs = plan.get("inputs")
    for name, node in inputs.items() if inputs is not None else ():
        ref = node.value.whole if isinstance(node.value, Template) else None
        if ref is not None and ref.root == _ITEM and not ref.path and isinstance(name, str):
            return name
    return None


def _check_lengths(found: Mapping[str, Any], section: Node, path: str, problems: Problems) -> None:
    known = {name: len(each) for name, each in found.items() if isinstance(each, list | range)}
    if len(set(known.values())) > 1:
        shown = ", ".join(f"{name} has {count}" for name, count in known.items())
        problems.add(section.place, path, f"one item of each is taken at a time, but {shown}")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what one task maps over."""

    plan: TaskPlan
    values: Values
    workflow: WorkflowGraph
    problems: Problems

    def read(self, node: Node, path: str, name: str) -> Any:
        """Return a list, or an output that is one; a task of its own makes a part of a result."""
        try:
            if isinstance(node.value, str):
                return parse_range(node.value)
            if not node.is_list and not (isinstance(node.value, Template) and node.value.whole):
                raise InputError("is no list: write one, a range as 1..100, or one reference")
            value = self.values.make(node)
        except WrongItselfError:
            raise
        except InputError as error:
            self.problems.add(node.place, path, str(error))
            return []
        if isinstance(value.given, dict):
            self.problems.add(node.place, path, "is all results of a task: name one of them")
            return []
        if value.recipe is None:
            return value.given
        label = f"{self.plan.name}.{name}"
        made = self.workflow.add_task(part_task(value.recipe), {"value": value.given}, name=label)
        return made.outputs["result"]
