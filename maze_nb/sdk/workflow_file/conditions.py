"""On what it depends whether a task runs: ``${check.ok}``, ``not ${check.ok}``."""

from __future__ import annotations

from maze_nb.errors import InputError
from maze_nb.sdk.task import as_task
from maze_nb.sdk.workflow_file.node import Node
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.python_task import part_task, same
from maze_nb.sdk.workflow_file.references import Template
from maze_nb.sdk.workflow_file.tasks import TaskPlan
from maze_nb.sdk.workflow_file.values import Value, Values, WrongItselfError
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference, When, not_

_NOT = ("not", "!")
_HOW = "write ${check.ok}, or not ${check.ok}; what more it takes, compute in a task"


def condition_of(
    plan: TaskPlan, values: Values, workflow: WorkflowGraph, problems: Problems
) -> When | None:
    """Return the condition of a task, None if it always runs.

    What is known already, or is a part of a result, is put into a task of its own. If it is written
    in another way, that is noted.
    """
    try:
        return _condition(plan, values, workflow)
    except WrongItselfError:
        raise
    except InputError as error:
        problems.add(plan.node.value["when"].place, f"{plan.path}.when", str(error))
        return None


def _condition(plan: TaskPlan, values: Values, workflow: WorkflowGraph) -> When | None:
    node = plan.get("when")
    if node is None or node.value is True:
        return None
    if node.value is False:
        return _made(plan, Value(False, None), workflow)
    template, is_negated = _read(node)
    value = values.make(Node(template, node.place))
    if isinstance(value.given, dict):
        raise InputError("is all results of a task: name one of them")
    is_output = value.recipe is None and isinstance(value.given, OutputReference)
    output = value.given if is_output else _made(plan, value, workflow)
    return not_(output) if is_negated else output


def _read(node: Node) -> tuple[Template, bool]:
    parts = node.value.parts if isinstance(node.value, Template) else ()
    if len(parts) == 2 and isinstance(parts[0], str) and parts[0].strip() in _NOT:
        return Template(parts[1:]), True
    if len(parts) != 1:
        raise InputError(f"is no condition: {_HOW}")
    return Template(parts), False


def _made(plan: TaskPlan, value: Value, workflow: WorkflowGraph) -> OutputReference:
    made = workflow.add_task(
        as_task(same) if value.recipe is None else part_task(value.recipe),
        {"value": value.given},
        name=f"{plan.name}.when",
    )
    return made.outputs["result"]
