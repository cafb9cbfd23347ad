"""Which outputs leave the cluster's memory: those that are stored and that no task waits for."""

from __future__ import annotations

from pathlib import Path

from maze_nb.model.output import OutputInfo
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.run_record import RunRecord, TaskRecord


class Eviction:
    """Has Dask drop outputs as soon as nothing in the cluster needs them."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    def task_ended(self, task: TaskRecord) -> None:
        """Drop what only this task still waited for, and its own outputs if nothing does."""
        run = task.run
        self._drop_if_unread(task)
        for source in run.progress.sources[task.spec.task_id]:
            self._drop_if_unread(run.tasks[source])

    def run_ended(self, run: RunRecord) -> list[TaskRecord]:
        """Return the tasks whose outputs stay in memory after the run."""
        return [task for task in run.tasks.values() if _stays(task)]

    def _drop_if_unread(self, task: TaskRecord) -> None:
        if task.spec.is_map:
            if not task.run.progress.is_needed(task.spec.task_id):
                for item in task.run.items_of(task.spec.task_id):
                    self._drop_if_unread(item)
            return
        is_big = any(output.stored is not None for output in task.outputs)
        if is_big and not _stays(task) and not task.run.progress.is_needed(task.spec.task_id):
            self._dispatch.drop(task)


def are_here(outputs: tuple[OutputInfo, ...]) -> bool:
    """Whether all of a task's outputs can be had from here: from events, or files in sight."""
    return all(output.is_stored and is_in_sight(output) for output in outputs)


def is_in_sight(output: OutputInfo) -> bool:
    """Whether the files of an output, if it has some, are there for this process."""
    stored = output.files if output.stored is None else (output.stored, *output.files)
    try:
        return all(Path(file.path).stat().st_size == file.nbytes for file in stored)
    except OSError:
        return False


def _stays(task: TaskRecord) -> bool:
    return bool(task.outputs) and (not task.is_stored or task.spec.options.keep != "store")
