"""Notebooks as tasks of a workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maze_nb.errors import InputError, OptionError, nearest
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import TaskOptions
from maze_nb.runners.notebook import OUTPUT_NOTEBOOK, as_parameter
from maze_nb.runners.references import Secret, replace_nested
from maze_nb.sdk.notebook_file import NotebookFile
from maze_nb.sdk.notebook_parameters import mismatch
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import Either, OutputReference, WorkflowTask

_OUTPUTS = (OutputReference, Either, WorkflowTask)


def notebook_task(
    found: NotebookFile,
    given: Mapping[str, Any],
    outputs: Sequence[str],
    label: str,
    *,
    mapped: Mapping[str, Any] | None = None,
) -> TaskFunction:
    """Return a notebook that was read as a task that can be given these inputs.

    Parameters
    ----------
    mapped
        Of those inputs that differ from item to item, the lists of what they take.

    Raises
    ------
    InputError
        If it has no such parameter, or one of another type, or a value cannot be written into a
        notebook.
    """
    signature = _signature(found, [*given, *(mapped or {})], outputs, label)
    for key, value in given.items():
        _check_input(found, key, value, f"input {key!r} of task {label!r}")
    for key, values in (mapped or {}).items():
        # Those of a range are all of one type.
        few = values[:1] if isinstance(values, range) else values
        for number, value in enumerate(few if isinstance(few, list | tuple | range) else ()):
            what = f"item {number} that task {label!r} maps over for its input {key!r}"
            _check_input(found, key, value, what)
    base = CheckedOptions(TaskOptions(isolation="process"))
    function = TaskFunction(found.notebook, signature, Resources(), base)
    function.name = label
    return function


def refuse_thread(options: Mapping[str, Any], where: str) -> None:
    """Raise OptionError if the options of a notebook ask for a thread."""
    if options.get("isolation") == "thread":
        raise OptionError(
            f"{where} is a notebook, which runs in a process of its own: leave isolation out"
        )


def _check_input(found: NotebookFile, name: str, value: Any, what: str) -> None:
    """Raise InputError unless a notebook can be given a value, and its parameter is of that type.

    Of what has outputs of tasks in it the worker checks the type, before the notebook runs.
    """
    plain = check_parameter(value, what)
    wrong = mismatch(found.typed[name], plain) if name in found.typed else ""
    if wrong and not _has_outputs(value):
        raise InputError(f"{what} does not fit: the parameter of {found.notebook.name} {wrong}")


def _has_outputs(value: Any) -> bool:
    """Return whether outputs of tasks are in a value."""
    outputs: list[Any] = []

    def noted(leaf: Any) -> Any:
        if isinstance(leaf, _OUTPUTS):
            outputs.append(leaf)
        return leaf

    replace_nested(value, noted)
    return bool(outputs)


def check_parameter(value: Any, what: str) -> Any:
    """Return a value as a notebook is given it, None in the place of outputs of tasks.

    Parameters
    ----------
    what
        Names the value in an error.

    Raises
    ------
    InputError
        If it cannot be given to a notebook.
    """

    def checked(leaf: Any) -> Any:
        if isinstance(leaf, Secret):
            raise InputError(
                f"{what} is the secret {leaf.name!r}, which would stand in the notebook for all to "
                f"read: give secrets={leaf.name!r} instead, and read os.environ in the notebook"
            )
        # Nothing is known of it yet.
        return None if isinstance(leaf, _OUTPUTS) else leaf

    return as_parameter(replace_nested(value, checked), what)


def _signature(
    found: NotebookFile, given: Sequence[str], outputs: Sequence[str], label: str
) -> Signature:
    for name in given:
        if not str(name).isidentifier():
            raise InputError(f"input {name!r} of task {label!r} cannot be the name of a parameter")
    named: tuple[Any, ...] = () if isinstance(outputs, str) else tuple(outputs)
    if isinstance(outputs, str) or not all(isinstance(each, str) and each for each in named):
        raise InputError(
            f"the outputs of task {label!r} must be a list of the names that its notebook records, "
            f"not {outputs!r}"
        )
    if len({*named, OUTPUT_NOTEBOOK}) <= len(named):
        taken = next(each for each in named if each == OUTPUT_NOTEBOOK or named.count(each) > 1)
        why = "the path of the executed notebook" if taken == OUTPUT_NOTEBOOK else "there twice"
        raise InputError(f"output {taken!r} of task {label!r} is {why}: record it as another name")
    made = (*named, OUTPUT_NOTEBOOK)
    if found.parameters is None:
        return Signature("dict", tuple(given), made, is_open=True)
    for name in given:
        if name not in found.parameters:
            raise InputError(
                f"{found.notebook.name} has no parameter {name!r} in its cell tagged "
                f"'parameters': {nearest(name, found.parameters)}"
            )
    return Signature("dict", found.parameters, made, frozenset(found.parameters))
