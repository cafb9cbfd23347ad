"""Executes one task of a run inside a Dask worker's thread: what Dask itself calls."""

from __future__ import annotations

import time
from typing import Any

from distributed import get_worker
from distributed.worker import Worker

from maze_nb.runners.registry import runner_for
from maze_nb.wire.task_call import (
    FailureReport,
    SuccessReport,
    TaskCall,
    decode_call,
    encode,
)
from maze_nb.worker.current_task import CurrentTask, running
from maze_nb.worker.describe import describe_error, describe_output, traceback_text
from maze_nb.worker.notices import Notices, notices_of

REPORT = "maze"
"""Under this name a task's report travels in Dask's own task metadata and annotations."""


def execute_task(header: bytes, code: bytes, constants: bytes, *dependencies: Any) -> Any:
    """Execute one task and return its outputs by name.

    How it went travels to the scheduler beside Dask's own message: a success in the task's
    metadata, a failure as a notice that is sent before Dask's.

    Parameters
    ----------
    header
        The encoded :class:`~maze_nb.wire.task_call.TaskCall`.
    code, constants
        The task's packed code, and its packed inputs that no other task makes.
    dependencies
        What the tasks it depends on returned.
    """
    call = decode_call(header)
    worker: Worker = get_worker()
    key = worker.get_current_task()
    state = worker.state.tasks[key]
    notices = notices_of(worker)
    placed = (state.annotations or {}).get(REPORT, {})
    attempt = placed.get("attempt", 1)
    started = time.time()
    ticking = time.perf_counter()
    notices.begin(key, attempt, started)
    try:
        with running(_current(call, worker, notices, placed)):
            result = runner_for(call.kind).run(call, code, constants, dependencies)
        outputs = tuple(describe_output(name, value, call) for name, value in result.items())
    except BaseException as error:
        report = FailureReport(
            started,
            time.perf_counter() - ticking,
            traceback_text(error),
            describe_error(error, call, attempt),
        )
        notices.fail(key, attempt, encode(report))
        raise
    finally:
        notices.end(key)
    report_well = SuccessReport(started, time.perf_counter() - ticking, outputs)
    state.metadata[REPORT] = encode(report_well)
    return result


def _current(
    call: TaskCall, worker: Worker, notices: Notices, placed: dict[str, Any]
) -> CurrentTask:
    return CurrentTask(
        run_id=call.run_id,
        task_id=call.task_id,
        name=call.name,
        attempt=placed.get("attempt", 1),
        worker=worker.address,
        node_id=notices.node_id,
        gpu_ids=tuple(placed.get("gpu_ids", ())),
    )


def pick_output(outputs: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one of several outputs, so that the others need not move with it."""
    return {name: outputs[name]}


def drop_outputs(outputs: dict[str, Any]) -> None:
    """Stand for a task that another only runs after, so that none of its outputs moves."""
