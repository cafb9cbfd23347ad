"""What one worker keeps in files of the tasks that it executes: big outputs, and summaries."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from maze_nb.config import home
from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import FailureReport, SuccessReport, TaskCall
from maze_nb.wire.value_file import write_value
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.describe import describe_output, pack_large
from maze_nb.worker.files.full_folder import warn_of_results
from maze_nb.worker.files.responses import write_summary
from maze_nb.worker.files.task_folder import LOG, value_file_name
from maze_nb.worker.files.task_log import append_to_log

_IN_MEMORY = "memory"


def results_folder(named: str) -> Path:
    """Return the folder for what tasks leave behind: the one that was named, or the usual one."""
    return Path(named).expanduser().absolute() if named else home() / "results"


class Results:
    """Writes files below one folder; a task does not fail since one cannot be written.

    Parameters
    ----------
    folder
        Where each run has a folder, and in it each task.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._host = socket.gethostname()

    def keep_values(
        self, call: TaskCall, task: CurrentTask, values: Mapping[str, Any]
    ) -> tuple[OutputInfo, ...]:
        """Return what is told of a task's outputs; those that are to be stored are, then.

        Raises
        ------
        SerializationError
            If a value cannot be pickled; none of them is stored then.
        """
        if call.keep == _IN_MEMORY:
            return tuple(describe_output(name, value, call) for name, value in values.items())
        found: list[OutputInfo] = []
        try:
            for name, value in values.items():
                info, packed = pack_large(name, value, call)
                found.append(info if packed is None else self._store(task, info, packed))
        except BaseException:
            _remove(found)
            raise
        return tuple(found)

    def keep_packed(
        self,
        call: TaskCall,
        task: CurrentTask,
        infos: tuple[OutputInfo, ...],
        packed: Mapping[str, Packed],
    ) -> tuple[OutputInfo, ...]:
        """Do the same for outputs that are packed and told of already."""
        if call.keep == _IN_MEMORY:
            return infos
        return tuple(
            info if info.inline is not None else self._store(task, info, packed[info.name])
            for info in infos
        )

    def succeeded(self, task: CurrentTask, report: SuccessReport, *, has_folder: bool) -> None:
        """Write the summary of an attempt that went well, if its task has a folder.

        Parameters
        ----------
        has_folder
            Whether the task asked for its folder, wherever it ran.
        """
        # Of an earlier attempt a summary may be there, which is not true any more.
        if has_folder or task.has_folder or task.attempt > 1:
            self._summarise(task, report)

    def failed(self, task: CurrentTask, report: FailureReport) -> None:
        """Write the end of the log, and the summary, of an attempt that failed."""
        append_to_log(task.folder / LOG, report.traceback)
        self._summarise(task, report)

    def _store(self, task: CurrentTask, info: OutputInfo, packed: Packed) -> OutputInfo:
        try:
            path = task.dir / value_file_name(info.name, task.attempt)
            digest, nbytes = write_value(path, packed)
        except (OSError, ValueError) as error:
            self._warn(error, "what tasks return is in the memory of the cluster only")
            return info
        stored = StoredFile(str(path), digest, nbytes, self._host, task.node_id)
        return replace(info, stored=stored)

    def _summarise(self, task: CurrentTask, report: SuccessReport | FailureReport) -> None:
        try:
            if task.folder.is_dir():
                write_summary(task, report)
        except (OSError, ValueError) as error:
            self._warn(error, "tasks are without summaries there")

    def _warn(self, error: Exception, what_then: str) -> None:
        # Not the error itself, whose traceback holds the value.
        warn_of_results(str(self.folder), f"{error}: {what_then}")


def _remove(infos: list[OutputInfo]) -> None:
    for info in infos:
        if info.stored is not None:
            with contextlib.suppress(OSError):
                Path(info.stored.path).unlink()
