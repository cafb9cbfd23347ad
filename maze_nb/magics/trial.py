"""Tries a mended version of a task where it failed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from maze_nb.dataflow import analyse_cell
from maze_nb.magics.capture import capture
from maze_nb.magics.debugging import Patient
from maze_nb.magics.failure import failure_of_run
from maze_nb.magics.mark import Notebook, python_of
from maze_nb.magics.names_behind import names_behind
from maze_nb.magics.session import Session
from maze_nb.model.parse_options import CheckedOptions, parse_options
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.inputs import inputs_of
from maze_nb.sdk.presenter import show_run
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import OutputReference


def run_there(session: Session, patient: Patient, cell: str, notebook: Notebook) -> None:
    """Run a version of a task on the node on which it failed, with the inputs of then.

    Raises
    ------
    TaskFailedError
        If it fails there too.
    """
    task = patient.task
    text = f"%%maze_debug {task.name}\n{cell}"
    source = python_of(text, notebook.transform)
    old = task.function.function
    notebook.variables.update(patient.inputs())
    data = _data(patient)
    inputs = {**_code(source, task.name, notebook, given=data.keys()), **data}
    prelude = old.prelude if isinstance(old, CellFunction) else ()
    function = CellFunction(task.name, source, text, prelude, (), is_strict=False)
    trial = TaskFunction(
        function, Signature("dict", tuple(inputs), ()), task.resources, _options(patient)
    )
    workflow = session.client.create_workflow(f"{task.name} · trial")
    workflow.add_task(trial, inputs, name=task.name)
    run = session.client.get_run(workflow.run())
    show_run(run)
    failure = failure_of_run(run)
    if failure is not None:
        raise failure


def _data(patient: Patient) -> dict[str, Any]:
    """Return the inputs of a function, or what a cell reads of other cells."""
    read = patient.task.inputs
    return {
        name: value
        for name, value in inputs_of(patient.task, patient.run).items()
        if not patient.is_cell or isinstance(read[name], OutputReference)
    }


def _code(source: str, name: str, notebook: Notebook, given: Collection[str]) -> dict[str, Any]:
    """Return what a cell reads of the notebook beside what is given."""
    names = analyse_cell(source, name=name)
    reads = names.reads | names.soft_reads
    behind = names_behind(reads, notebook.variables)
    wanted = {each for each in (reads | behind) - set(given) if notebook.has(each)}
    return dict(capture(wanted, notebook.variables, name, source, names).inputs)


def _options(patient: Patient) -> CheckedOptions:
    """Return the options of the task, but for one attempt, on its node, and not from the cache."""
    task = patient.task
    node = ""
    for message in patient.run.log.read():
        data = message["data"]
        if message["type"] == "start_task" and data["task_id"] == task.task_id:
            node = data["node_id"]
    given = {"node": node or None, "retries": 0, "cache": False, "deadline": None}
    return parse_options(
        given, base=task.options, resources=task.resources, where=f"task {task.name!r}"
    )
