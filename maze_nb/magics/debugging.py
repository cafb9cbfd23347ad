"""A failed task in a cell of the notebook: what it was called with, and its mended version."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from maze_nb.errors import CellError, MazeError
from maze_nb.magics.session import Session
from maze_nb.magics.shell_cell import refuse_shell
from maze_nb.model.graph import reachable
from maze_nb.model.ids import TaskId
from maze_nb.projection.humane import typed_id
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.inputs import inputs_of, workflow_of
from maze_nb.sdk.run import Run
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow import Workflow
from maze_nb.sdk.workflow_task import WorkflowTask


@dataclass
class Patient:
    """A task of a run that is being mended.

    Attributes
    ----------
    run
        The run in which it is looked at.
    workflow, task
        What was run.
    cured
        The last text that ran without an error, without the line of the magic.
    """

    run: Run
    workflow: Workflow
    task: WorkflowTask
    cured: str | None = None

    @property
    def is_cell(self) -> bool:
        """Whether it is a task cell, not a function."""
        return isinstance(self.task.function.function, CellFunction)

    def inputs(self) -> dict[str, Any]:
        """Return, as copies, the data with which its code began, by the names it uses.

        Functions, classes and modules are left out: they are in the notebook already, and may be
        what has to be mended.
        """
        found = inputs_of(self.task, self.run)
        function = self.task.function.function
        if isinstance(function, CellFunction):
            found = function.namespace(found)
        return {name: value for name, value in found.items() if _is_data(name, value)}

    def results_kept(self) -> dict[str, str]:
        """Return the tasks whose results do not depend on this one, with the run that has them."""
        after = {task_id: self.workflow.successors(task_id) for task_id in self._task_ids()}
        changed = {self.task.task_id, *reachable([self.task.task_id], after)}
        return {
            task_id: self.run.run_id
            for task_id in self.run.task_results
            if task_id in after and task_id not in changed
        }

    def _task_ids(self) -> list[TaskId]:
        return [task.task_id for task in self.workflow.get_tasks()]

    def text(self) -> str:
        """Return its source as the text of a cell, with the lines where they were.

        Raises
        ------
        MazeError
            If the source is not known.
        """
        function = self.task.function.function
        if isinstance(function, CellFunction):
            return function.text.partition("\n")[2].rstrip()
        try:
            source = textwrap.dedent(inspect.getsource(function))
        except (OSError, TypeError):
            raise MazeError(
                f"the source of task {self.task.name!r} is not known here, so that it cannot be "
                f"put into a cell: define its function in a cell or a file"
            ) from None
        return f"{source.rstrip()}\n\n{self._call()}"

    def _call(self) -> str:
        """Return the call of a function, such as ``train(xs=xs, rate=rate)``."""
        name = self.task.function.name
        if self.task.function.signature.style == "dict":
            given = ", ".join(f"{key!r}: {key}" for key in self.task.inputs)
            return f"{name}({{{given}}})"
        return f"{name}({', '.join(f'{key}={key}' for key in self.task.inputs)})"


@dataclass
class Debugging:
    """The tasks that are being mended, by name.

    Parameters
    ----------
    session
        The state behind the magics.
    """

    session: Session
    patients: dict[str, Patient] = field(default_factory=dict)

    def take(self, name: str | None, run_id: str | None) -> Patient:
        """Look at a task of a run; by default the first that failed, in the latest run.

        Raises
        ------
        MazeError
            If there is no such run or task, none failed, it was not run from here, or is a
            command.
        """
        run = self.session.find_run(run_id)
        wanted = name or _first_failed(run)
        workflow = workflow_of(run)
        task = workflow.get_task(run.task_id_of(wanted))
        refuse_shell(
            task.function.kind,
            task.name,
            "which is no Python to be mended here: mend its own cell, and run it again",
        )
        found = Patient(run, workflow, task)
        self.patients[task.name] = found
        return found

    def known(self, name: str | None) -> Patient:
        """Return a task that was looked at; by default the last.

        Raises
        ------
        CellError
            If it was not.
        """
        if name is None and self.patients:
            return list(self.patients.values())[-1]
        if name is None or name not in self.patients:
            what = "no task" if name is None else f"task {name!r}"
            raise CellError(
                f"{what} is being mended: begin with %maze_debug {name or '[TASK]'}, which puts "
                f"what it was called with and its source into a cell"
            )
        return self.patients[name]


def mended_function(old: TaskFunction, made: Mapping[str, Any]) -> TaskFunction:
    """Return the mended version of a task's function out of what its cell has made.

    Raises
    ------
    CellError
        If there is none of this name, or it reads or makes other names than before.
    """
    found = made.get(old.name)
    if not callable(found):
        raise CellError(f"the cell does not define {old.name!r}, which is to be mended")
    if not isinstance(found, TaskFunction):
        return TaskFunction(found, old.signature, old.resources, old.options)
    if found.signature != old.signature:
        raise CellError(
            f"the mended {old.name!r} reads or makes other names than before ({found!r} in place "
            f"of {old!r}), so it does not fit into the workflow: keep them, or build it anew"
        )
    return found


def _first_failed(run: Run) -> str:
    failed = next((m for m in run.log.read() if m["type"] == "task_exception"), None)
    if failed is None:
        raise CellError(
            f"no task of run {typed_id(run.run_id)} has failed: say which TASK to look at"
        )
    return str(failed["data"]["task_id"])


def _is_data(name: str, value: Any) -> bool:
    is_code = isinstance(value, type | FunctionType | ModuleType | TaskFunction)
    return not is_code and not (name.startswith("__") and name.endswith("__"))
