"""A workflow file read, checked, and made a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maze_nb.errors import WorkflowFileError
from maze_nb.sdk.workflow_file.build import Builder
from maze_nb.sdk.workflow_file.format import WorkflowEntry
from maze_nb.sdk.workflow_file.node import Node
from maze_nb.sdk.workflow_file.parameters import read_parameters, settle
from maze_nb.sdk.workflow_file.problems import Problem, Problems
from maze_nb.sdk.workflow_file.read_nodes import read_file
from maze_nb.sdk.workflow_file.references import Template
from maze_nb.sdk.workflow_file.settled import WRONG, Settling
from maze_nb.sdk.workflow_file.shape import check_shape
from maze_nb.sdk.workflow_file.tasks import read_tasks
from maze_nb.sdk.workflow_file.templates import Mapped, is_template, map_template
from maze_nb.sdk.workflow_graph import WorkflowGraph

_TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to be said of a file that was checked.

    Attributes
    ----------
    problems
        All that is wrong with it, in the order of the file.
    name
        What the workflow is called.
    tasks
        How many tasks it has, those that only make parts of results included.
    """

    problems: list[Problem]
    name: str
    tasks: int


def load_into(
    workflow: WorkflowGraph, path: str | Path, parameters: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Add the tasks of a file to a workflow, which is then called as the file says.

    Returns
    -------
    dict
        The ids of its tasks, by what the file calls them.

    Raises
    ------
    WorkflowFileError
        If something is wrong with it: all of it, each with its line.
    """
    problems = Problems(str(path))
    names = _load(workflow, Path(path), parameters or {}, problems, is_trial=False)
    problems.raise_if_any()
    return names


def check_file(path: str | Path, parameters: Mapping[str, Any] | None = None) -> Checked:
    """Check a file without running anything but the import of its modules.

    Parameters that have to be given and are not count as some value of their type.
    """
    problems, workflow = Problems(str(path)), WorkflowGraph()
    with suppress(WorkflowFileError):
        _load(workflow, Path(path), parameters or {}, problems, is_trial=True)
    return Checked(problems.found, workflow.name, workflow.task_count)


def _load(
    workflow: WorkflowGraph,
    path: Path,
    parameters: Mapping[str, Any],
    problems: Problems,
    *,
    is_trial: bool,
) -> dict[str, str]:
    """Add what is right in a file to a workflow; return the ids of its tasks by their names."""
    folder = path.resolve().parent
    workflow.name = path.stem
    file = read_file(path, problems)
    if not file.is_dict:
        problems.add(file.place, "", "has to be a dict with tasks")
        return {}
    declared = read_parameters(file, problems)
    values = settle(declared, parameters, file, problems, is_trial=is_trial)
    name = file.get("name")
    known = {"folder": str(folder), "name": str(name.value) if name is not None else path.stem}
    mapped = _settled(file, Settling(values, known, problems), problems)
    if mapped is None:
        return {}
    told = mapped.file.get("name")
    if told is not None and isinstance(told.value, str) and told.value.strip():
        workflow.name = told.value
    for word in ("name", "description"):
        _note_late(mapped.file, word, problems)
    # Of tasks that are not written as they have to be, no more is said.
    wrong = {each.path.split(".")[1] for each in problems.found if each.path.startswith("tasks.")}
    builder = Builder(workflow, folder, problems)
    for plan in read_tasks(mapped.file, mapped.paths, problems, wrong):
        builder.add(plan)
    for task, destination in mapped.destinations.items():
        builder.keep(task, destination)
    return {name: task.task_id for name, task in builder.tasks.items() if task is not None}


def _note_late(file: Node, word: str, problems: Problems) -> None:
    """Note what a name cannot be: empty, or known only in the run."""
    found = file.get(word)
    if found is None:
        return
    if isinstance(found.value, Template) and found.value != WRONG:
        told = next(found.value.refs()).told
        problems.add(found.place, word, f"{told} is known only in the run: write it out")
    elif word == "name" and isinstance(found.value, str) and not found.value.strip():
        problems.add(found.place, word, "is empty: give a name, or leave it out")


def _settled(file: Node, settling: Settling, problems: Problems) -> Mapped | None:
    """Return a file with its parameters in place, as a workflow; None if it has no tasks."""
    rest = {key: each for key, each in file.items() if key != "parameters"}
    settled = settling.settle(Node(rest, file.place, file.keys, file.size))
    whole = Node({**settled.value}, file.place, file.keys)
    if "parameters" in file.value:
        whole.value["parameters"] = Node({}, file.key_place("parameters"))
    if is_template(whole):
        mapped = map_template(whole, problems)
        whole = mapped.file
    else:
        mapped = Mapped(whole)
    check_shape(whole, WorkflowEntry, "", problems)
    tasks = whole.get(_TASKS)
    if tasks is None or not tasks.is_dict:
        return None
    if not tasks.value and not len(problems):
        what = "has none: give it one, as in tasks: {hello: {command: echo hello}}"
        problems.add(whole.key_place(_TASKS), _TASKS, what)
    return mapped
