"""Python functions of a file as task functions, and what their inputs and outputs are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from maze_nb.errors import MazeError, nearest
from maze_nb.runners.recipe import Prepared
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task import as_task, task
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_file.functions import import_object
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.tasks import TaskPlan

_DICT_FORM = ("params",)


def read_function(plan: TaskPlan, folder: Path, problems: Problems) -> TaskFunction | None:
    """Return the function of a task, None if something is wrong with it, which is noted then."""
    node, path = plan.node.value["run"], f"{plan.path}.run"
    try:
        found = import_object(str(node.value), folder)
        if not callable(found):
            problems.add(node.place, path, f"{node.value} is {type(found).__name__}, no function")
            return None
        return _as_task(plan, found, problems)
    except MazeError as error:
        problems.add(node.place, path, str(error))
        return None


def _as_task(plan: TaskPlan, found: Callable[..., Any], problems: Problems) -> TaskFunction | None:
    outputs = plan.get("outputs")
    if outputs is not None and outputs.is_dict:
        problems.add(
            outputs.place, f"{plan.path}.outputs", "is a dict of files, as commands leave them: "
            "of a function list the names"
        )  # fmt: skip
        return None
    told = None if outputs is None else [str(name) for name in outputs.plain()]
    if isinstance(found, TaskFunction):
        if told is not None and outputs is not None and set(told) != set(found.outputs):
            problems.add(
                outputs.place,
                f"{plan.path}.outputs",
                f"the decorator of {found.name} says {', '.join(found.outputs) or 'none'}: "
                f"leave it out here",
            )
            return None
        return found
    return task(inputs=_dict_form(plan, found), outputs=told)(found)


def _dict_form(plan: TaskPlan, found: Callable[..., Any]) -> list[str] | None:
    """Return the inputs of a function that takes one dict of them; None for any other."""
    try:
        parameters = tuple(inspect.signature(found).parameters)
    except (TypeError, ValueError):
        return None
    inputs, over = plan.get("inputs"), plan.get("foreach")
    names = [str(name) for each in (inputs, over) if each is not None for name, _ in each.items()]
    return names if parameters == _DICT_FORM and parameters[0] not in names else None


def check_inputs(
    plan: TaskPlan, function: TaskFunction, over: Collection[str], problems: Problems
) -> None:
    """Note the inputs that a function does not have, and those that it is not given."""
    section = plan.get("inputs")
    given = dict(section.items()) if section is not None else {}
    for name in given:
        if section is not None and name not in function.inputs and not function.signature.is_open:
            hint = nearest(str(name), function.inputs)
            path = f"{plan.path}.inputs.{name}"
            problems.add(
                section.key_place(name), path, f"{function.name} has no such input: {hint}"
            )
    for name in function.inputs:
        if name not in given and name not in over and name not in function.signature.optional:
            place = section.place if section is not None else plan.place
            problems.add(
                place, f"{plan.path}.inputs", f"{function.name} needs {name!r}, which is not given"
            )


def with_recipes(
    function: TaskFunction, recipes: dict[str, Any], hidden: tuple[str, ...]
) -> TaskFunction:
    """Return a task whose inputs are made by recipes, also from inputs only these know."""
    if not recipes and not hidden:
        return function
    own = function.signature
    signature = Signature(own.style, (*own.inputs, *hidden), own.outputs, own.optional, own.is_open)
    prepared = Prepared(function.function, recipes, hidden)
    made = TaskFunction(prepared, signature, function.resources, function.options)
    made.name = function.name
    return made


def same(value: Any) -> Any:
    """Return what it is given: the function of the tasks that make parts of results and texts."""
    return value


def part_task(recipe: Any, hidden: tuple[str, ...] = ()) -> TaskFunction:
    """Return a task with the input ``value`` whose result is what a recipe makes of that."""
    return with_recipes(as_task(same), {"value": recipe}, hidden)
