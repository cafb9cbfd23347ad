"""Executes one task of a run on a Dask worker: what Dask itself calls, in a thread."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from distributed import get_worker
from distributed.worker import Worker
from distributed.worker import secede as leave_thread_pool
from distributed.worker_state_machine import TaskState as HeldTask
from msgspec.structs import replace

from maze_nb.artifacts.uses import using
from maze_nb.errors import ChildLostError, ChildStartError, TaskCancelledError, TaskFailedError
from maze_nb.model.attempt import Usage
from maze_nb.model.states import TaskState
from maze_nb.runners.items import narrowed
from maze_nb.runners.registry import runner_for
from maze_nb.wire.task_call import (
    FailureReport,
    SuccessReport,
    TaskCall,
    decode_call,
    decode_failure,
    decode_success,
    encode,
)
from maze_nb.worker.current_task import CurrentTask, running
from maze_nb.worker.describe import describe_failure
from maze_nb.worker.files.delivery import delivered, note_loss
from maze_nb.worker.import_errors import explain_import
from maze_nb.worker.kit import at_hand, packed_for_others
from maze_nb.worker.kits import kit_for
from maze_nb.worker.modules import ModulesInUseError
from maze_nb.worker.notices import Notices, notices_of

REPORT = "maze"
"""Under this name a task's report travels in Dask's own task metadata and annotations."""


def execute_task(header: bytes, code: bytes, constants: bytes, *dependencies: Any) -> Any:
    """Execute one task and return its outputs by name.

    How it went travels to the scheduler beside Dask's own message: a success in the task's
    metadata, a failure as a notice that is sent before Dask's. What a child process made comes
    back packed.

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
    task, placement = _current(call, worker, notices, placed), placed.get("placement", 1)
    notices.begin(key, placement, time.time(), is_here=not call.limits.in_child)
    try:
        if state.state == "cancelled":
            raise TaskCancelledError(f"task {call.name!r} was cancelled before it began")
        attempt = _Attempt(state, header, call, task, notices, placement)
        run = attempt.run_in_child if call.limits.in_child else attempt.run_here
        with using():
            report, outputs = run(code, constants, dependencies)
    finally:
        notices.end(key)
    state.metadata[REPORT] = encode(report)
    return outputs


class _Attempt:
    """One attempt at a task, wherever it runs."""

    def __init__(
        self,
        state: HeldTask,
        header: bytes,
        call: TaskCall,
        task: CurrentTask,
        notices: Notices,
        placement: int,
    ) -> None:
        self._key = key = state.key
        self._state = state
        self._header = header
        self._call = call
        self._task = task
        self._notices = notices
        self._placement = placement
        self._tell = partial(notices.tell, key)
        self._results = notices.results
        self._started = time.time()
        self._ticking = time.perf_counter()

    def run_here(
        self, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> tuple[SuccessReport, dict[str, Any]]:
        """Run the call in this thread."""
        call, task = self._call, self._task
        try:
            needed = narrowed(call, dependencies)
            kit = kit_for(call, self._results.folder, (constants, *needed))
            with at_hand(kit):
                with running(task, self._tell):
                    needed = (*needed, *kit.opened)
                    run = partial(runner_for(call.kind).run, call, code, constants, needed)
                    result = delivered(call, task, run, self._check)
                outputs = self._results.keep_values(call, task, result)
                result = packed_for_others(result, kit)
        except ModulesInUseError:
            return self.run_in_child(code, constants, dependencies)
        except BaseException as error:
            self._fail(self._describe(error, self._notices.usage(self._key)))
            if isinstance(error, Exception):
                raise
            # Dask would end the whole worker.
            raise TaskFailedError(f"task {call.name!r} raised {error!r}") from error
        usage = task.usage.over(self._notices.usage(self._key))
        report = SuccessReport(self._started, self._duration, outputs, usage, task.location)
        self._results.succeeded(task, report, has_folder=task.has_folder)
        return report, result

    def run_in_child(
        self, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> tuple[SuccessReport, dict[str, Any]]:
        """Run the call in a child process; this thread only watches over it."""
        # Whoever submits tasks imports this module, and runs none of them.
        from maze_nb.worker.children.isolate import IsolatedCall

        leave_thread_pool()
        children = self._notices.children
        isolated = IsolatedCall(self._header, self._call, self._task, children, self._tell)
        self._notices.may_stop(self._key, isolated.stop)
        try:
            needed = narrowed(self._call, dependencies)
            kit = kit_for(self._call, self._results.folder, (constants, *needed))
            answer, outputs = isolated.run(code, constants, needed, kit)
        except TaskCancelledError:
            note_loss(self._task, TaskState.CANCELLED)
            raise
        except Exception as error:
            note_loss(self._task, TaskState.FAILED)
            self._fail(self._describe(error, isolated.usage))
            raise
        if answer.is_well:
            report = self._store(decode_success(answer.report), outputs, isolated.usage)
            self._results.succeeded(self._task, report, has_folder=answer.has_folder)
            return report, outputs
        told = decode_failure(answer.report)
        failure = replace(
            told,
            started=self._started,
            duration=self._duration,
            usage=told.usage.over(isolated.usage),
        )
        self._fail(failure)
        # Not the exception itself: its type may need packages that the worker has not imported.
        raise TaskFailedError(f"task {self._call.name!r} failed:\n{failure.traceback.rstrip()}")

    def _store(self, report: SuccessReport, outputs: dict[str, Any], usage: Usage) -> SuccessReport:
        infos = self._results.keep_packed(self._call, self._task, report.outputs, outputs)
        used = report.usage.over(usage)
        return SuccessReport(self._started, self._duration, infos, used, report.location)

    def _check(self) -> None:
        """Give up if nobody wants to know how the task ends: a thread cannot be stopped."""
        if self._state.state == "cancelled":
            raise TaskCancelledError(f"task {self._call.name!r} was cancelled")

    @property
    def _duration(self) -> float:
        return time.perf_counter() - self._ticking

    def _describe(self, error: BaseException, usage: Usage) -> FailureReport:
        explain_import(error, self._task)
        report = describe_failure(
            error, self._call, self._task.attempt, self._started, self._duration
        )
        if isinstance(error, ChildLostError):
            is_broken = isinstance(error, ChildStartError)
            return replace(report, usage=usage, is_lost=not is_broken, is_broken=is_broken)
        return replace(report, usage=usage)

    def _fail(self, report: FailureReport) -> None:
        self._results.failed(self._task, report)
        self._notices.fail(self._key, self._placement, encode(report))


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
        results_dir=str(notices.results.folder),
    )
