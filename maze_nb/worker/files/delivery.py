"""Sees to the files that a task leaves, in the process in which it ran."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from maze_nb.model.states import TaskState
from maze_nb.wire.task_call import TaskCall
from maze_nb.worker.current_task import CurrentTask

if TYPE_CHECKING:
    from maze_nb.worker.files.parcel import Check


def delivered(
    call: TaskCall, task: CurrentTask, run: Callable[[], dict[str, Any]], check: Check | None = None
) -> dict[str, Any]:
    """Run a task that is the current one, and see to the files that it leaves.

    Parameters
    ----------
    run
        Runs it and returns its outputs.

    Returns
    -------
    dict
        The outputs, those that are files with the URLs where they are kept now, and those that
        every task has as far as somebody reads them.

    Raises
    ------
    ArtifactError
        If an output that somebody reads is not there.
    Exception
        Whatever the task raises.
    """
    try:
        outputs = run()
    except Exception:
        if has_files(task):
            from maze_nb.worker.files.parcel import Parcel

            Parcel(call, task, check).give_up()
        raise
    if call.automatic or has_files(task):
        # Most tasks leave no files.
        from maze_nb.worker.files.parcel import Parcel

        return Parcel(call, task, check).finish(outputs)
    return outputs


def has_files(task: CurrentTask) -> bool:
    """Return whether there may be files of a task; for one without it costs nothing to ask."""
    return task.has_folder or (task.attempt > 1 and task.folder.is_dir())


def note_loss(task: CurrentTask, status: TaskState) -> None:
    """Write which files there are of an attempt whose process was ended, and tidy up after it."""
    with suppress(OSError):
        if task.folder.is_dir():
            from maze_nb.runners.work_folder import remove_work
            from maze_nb.worker.files import parcel

            remove_work(task.folder)
            parcel.note_loss(task, status)
