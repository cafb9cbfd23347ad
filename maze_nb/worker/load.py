"""Loads the stored outputs of a task on a Dask worker: what Dask calls in place of the task."""

from __future__ import annotations

import socket
import time
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

from distributed import get_worker
from distributed.worker import Worker
from msgspec.structs import replace

from maze_nb.errors import ResultLostError, TaskCancelledError
from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import SuccessReport, TaskCall, decode_call, decode_outputs, encode
from maze_nb.wire.value_file import read_or_set_aside
from maze_nb.worker.describe import describe_failure
from maze_nb.worker.execute import REPORT
from maze_nb.worker.notices import notices_of

_AT_WORK = {"waiting", "ready", "constrained", "executing", "long-running", "memory"}


def forget_inputs(worker: Worker, keys: Iterable[Hashable]) -> None:
    """Have a worker forget what those tasks depended on whose outputs it is about to load.

    A worker that has met a task before never takes a dependency of it away: it would wait for what
    is nowhere any more.
    """
    unused: dict[Any, Any] = {}
    for key in keys:
        task = worker.state.tasks.get(key)  # type: ignore[call-overload]
        if task is None or task.state in _AT_WORK or task.previous in _AT_WORK:
            continue
        for source in task.dependencies:
            source.dependents.discard(task)
            source.waiters.discard(task)
            if source.state == "released" and not source.dependents:
                unused[source] = "forgotten"
        task.dependencies.clear()
        task.waiting_for_data.clear()
    if unused:
        worker.state._transitions(unused, stimulus_id="maze-cut")


def load_outputs(header: bytes, infos: bytes) -> dict[str, Any]:
    """Return the stored outputs of a task by name, packed, as a child process would make them.

    It is reported as any attempt at the task: a success with the same outputs, or a failure that
    says that they are missing.

    Parameters
    ----------
    header
        The encoded :class:`~maze_nb.wire.task_call.TaskCall` of the task.
    infos
        What is known of its outputs, encoded.

    Raises
    ------
    ResultLostError
        If one of them is not stored, or its file is gone or holds something else.
    """
    call, outputs = decode_call(header), decode_outputs(infos)
    worker: Worker = get_worker()
    key = worker.get_current_task()
    state = worker.state.tasks[key]
    notices = notices_of(worker)
    placed = (state.annotations or {}).get(REPORT, {})
    attempt, placement = placed.get("attempt", 1), placed.get("placement", 1)
    started, ticking = time.time(), time.perf_counter()
    notices.begin(key, placement, started, is_here=False)
    try:
        if state.state == "cancelled":
            raise TaskCancelledError(f"task {call.name!r} was cancelled before it began")
        found = {info.name: _load(info, call) for info in outputs}
    except ResultLostError as error:
        duration = time.perf_counter() - ticking
        report = describe_failure(error, call, attempt, started, duration)
        notices.fail(key, placement, encode(replace(report, is_missing=True)))
        raise
    finally:
        notices.end(key)
    state.metadata[REPORT] = encode(SuccessReport(started, time.perf_counter() - ticking, outputs))
    return found


def _load(info: OutputInfo, call: TaskCall) -> Packed:
    for file in info.files:
        if file.host == socket.gethostname() and not _is_whole(file):
            raise ResultLostError(
                f"{file.path}, which output {info.name!r} of task {call.name!r} stands for, is not "
                f"there any more, or was changed"
            )
    if info.inline is not None:
        return Packed(info.inline)
    if info.stored is None:
        raise ResultLostError(
            f"output {info.name!r} of task {call.name!r} was kept in memory only: run the task "
            f"again"
        )
    return read_or_set_aside(info.stored.path, info.stored.digest)


def _is_whole(file: StoredFile) -> bool:
    try:
        return Path(file.path).stat().st_size == file.nbytes
    except OSError:
        return False
