"""The summary of a task, as JSON beside the files that it left."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maze_nb.model.events import OutputInfo
from maze_nb.model.states import TaskState
from maze_nb.wire.task_call import FailureReport, SuccessReport
from maze_nb.wire.value_file import replacing
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.task_folder import LOG, SUMMARY, files_left

_SHOWN = 4096
_FILES = 1000
_PATIENCE = 1.0
_PAUSE = 0.01


def write_summary(task: CurrentTask, report: SuccessReport | FailureReport) -> None:
    """Write how an attempt went, unless a later attempt has done so.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder = task.folder
    text = json.dumps(_summary(task, folder, report), indent=1, allow_nan=False)
    with _alone_in(folder):
        if _attempt_in(folder / SUMMARY) <= task.attempt:
            with replacing(folder / SUMMARY) as file:
                file.write(text.encode("utf-8", "backslashreplace") + b"\n")


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


def _attempt_in(path: Path) -> int:
    try:
        return int(json.loads(path.read_bytes())["attempt"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other attempts from writing meanwhile, as far as the file system can."""
    number = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _lock(number) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(number)


def _lock(number: int) -> bool:
    """Return whether there is nobody to wait for any more."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
