"""With what a task of a run was called, as far as this process knows."""

from __future__ import annotations

from typing import Any

from maze_nb.errors import MazeError
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow import Workflow, made_here
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask
from maze_nb.wire.code import dump_value, load_value


def workflow_of(run: Run) -> Workflow:
    """Return the workflow of a run.

    Raises
    ------
    MazeError
        If it was not made in this process, or is gone.
    """
    started = run.log.wait(0)[0]["data"]
    found = made_here(started["workflow_id"])
    if found is None:
        raise MazeError(
            f"run {run.run_id} was started elsewhere, or before this kernel was: what its tasks "
            f"were called with is known only where it was started; start it again here first"
        )
    return found


def inputs_of(task: WorkflowTask, run: Run) -> dict[str, Any]:
    """Return the inputs with which a task was called in a run, as copies.

    Parameters
    ----------
    task
        The task in the workflow that was run.

    Raises
    ------
    MazeError
        If one of them was not made in the run.
    """
    results = run.task_results

    def value_of(leaf: Any) -> Any:
        if not isinstance(leaf, OutputReference):
            return leaf
        outputs = results.get(leaf.task.task_id)
        if outputs is None:
            raise MazeError(
                f"task {task.name!r} was not called in run {run.run_id}: it reads {leaf.name!r} of "
                f"task {leaf.task.name!r}, which did not succeed; look at that one first"
            )
        return leaf.of(outputs)

    found = {name: replace_nested(value, value_of) for name, value in task.inputs.items()}
    copies: dict[str, Any] = load_value(dump_value(found, f"the inputs of task {task.name!r}"))
    return copies
