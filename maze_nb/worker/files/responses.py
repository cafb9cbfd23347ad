"""The summary of a task, as JSON beside the files that it left."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
from pathlib import Path
from typing import Any

from maze_nb.model.output import OutputInfo
from maze_nb.model.states import TaskState
from maze_nb.wire.task_call import FailureReport, SuccessReport
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.files.attempt_file import write_attempt_file
from maze_nb.worker.files.task_folder import LOG, MANIFEST, SUMMARY, files_left

_SHOWN = 4096
_FILES = 1000


def write_summary(task: CurrentTask, report: SuccessReport | FailureReport) -> None:
    """Write how an attempt went, unless a later attempt has done so.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_attempt_file(task.folder / SUMMARY, _summary(task, task.folder, report))


def _summary(
    task: CurrentTask, folder: Path, report: SuccessReport | FailureReport
) -> dict[str, Any]:
    is_well = isinstance(report, SuccessReport)
    told: dict[str, Any] = {
        "run_id": task.run_id,
        "task_id": task.task_id,
        "task_name": task.name,
        "attempt": task.attempt,
        "status": TaskState.SUCCEEDED if is_well else TaskState.FAILED,
        "started": report.started,
        "duration": report.duration,
        "node_id": task.node_id,
        "worker": task.worker,
        "outputs": [_output(each) for each in report.outputs]
        if isinstance(report, SuccessReport)
        else [],
        "files": files_left(folder, _FILES),
    }
    if (folder / LOG).exists():
        told["log"] = LOG
    if (folder / MANIFEST).exists():
        told["manifest"] = MANIFEST
    if isinstance(report, SuccessReport) and report.location:
        told["result_location"] = report.location
    if isinstance(report, FailureReport):
        error = report.error
        told["error"] = {
            "type": error.type,
            "message": error.message,
            "traceback": report.traceback,
        }
    return told


def _output(info: OutputInfo) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": info.name,
        "type": info.type,
        "nbytes": info.nbytes,
        "summary": info.summary,
    }
    if info.stored is not None:
        told["file"] = Path(info.stored.path).name
        told["digest"] = info.stored.digest
    if info.inline is not None and len(info.inline) <= _SHOWN:
        with contextlib.suppress(Exception):
            value = _Plain(io.BytesIO(info.inline)).load()
            json.dumps(value, allow_nan=False)
            told["value"] = value
    return told


class _Plain(pickle.Unpickler):
    """Unpickles what is made of built-in types only, so that no code of anybody runs."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain")
