"""The inputs of tasks that are called, not added: what has to be given, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from maze_nb.errors import InputError
from maze_nb.sdk.mapping import by_input
from maze_nb.sdk.task_function import TaskFunction


def check_all_given(function: TaskFunction, given: Collection[str], call: str) -> None:
    """Raise InputError if an input without a default is not given.

    Parameters
    ----------
    call
        How the call begins, such as ``"add("``.
    """
    signature = function.signature
    if not signature.is_open and not set(given) <= set(signature.inputs):
        return  # a misspelt one, as is said when the task is added
    for name in signature.inputs:
        if name not in given and name not in signature.optional:
            raise InputError(
                f"task {function.name!r} has no value for its input {name!r}: "
                f"give it in the call, as in {call}{name}=…)"
            )


def mapped_inputs(function: TaskFunction, over: Any, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a call of ``map`` maps over, by the inputs that take the items.

    Raises
    ------
    InputError
        If it cannot be told which input takes them, or another is not given.
    """
    lists = by_input(function, over, fixed, function.name, is_called=True)
    check_all_given(function, {*lists, *fixed}, f"{function.name}.map(over=…, ")
    return lists
