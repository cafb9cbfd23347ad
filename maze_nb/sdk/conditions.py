"""Conditions of tasks, as they are given when a workflow is made."""

from __future__ import annotations

from typing import Any

from maze_nb.errors import InputError, WorkflowError
from maze_nb.projection.bounded import one_line
from maze_nb.sdk.workflow_task import Either, Negated, OutputReference, WorkflowTask, references_in


def check_when(when: Any, where: str) -> None:
    """Raise InputError unless `when` is None, an output of a task, or ``not_`` of one.

    Parameters
    ----------
    where
        Names the task, such as ``"task 'train'"``.
    """
    if isinstance(when, OutputReference | Negated):
        reference = when.reference if isinstance(when, Negated) else when
        if not reference.artifact:
            return
        what = f"{reference!r}, a file: let a task look into it, and give an output of that"
    elif when is None:
        return
    elif isinstance(when, WorkflowTask):
        example = when.function.outputs[0] if when.function.outputs else "x"
        what = f"the task {when.name!r} itself: give one of its outputs, .outputs[{example!r}]"
    elif isinstance(when, Either):
        what = "either(…): give one output of a task, or not_() of one"
    else:
        what = (
            f"{one_line(when)}, a plain value: give an output of a task, or not_() of one; by what "
            f"is known already, decide with an ordinary if"
        )
    raise InputError(f"when= of {where} is {what}")


def refuse_unconditional(task: WorkflowTask, source: WorkflowTask) -> None:
    """Raise WorkflowError if a task would lose its condition with what it reads from another."""
    for reference in references_in(task.when):
        if reference.task is source:
            raise WorkflowError(
                f"task {task.name!r} runs only as output {reference.name!r} of {source.name!r} "
                f"says: take {task.name!r} out first"
            )
