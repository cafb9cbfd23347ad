"""Takes runs in: new ones, those that were interrupted, and new ones from what old ones made."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from distributed.protocol.serialize import Serialized
from distributed.scheduler import Scheduler
from distributed.spans import SpanMetadata
from distributed.utils import offload

from maze_nb.errors import MazeError
from maze_nb.model.events import OutputInfo
from maze_nb.model.graph import reachable
from maze_nb.model.ids import TaskId
from maze_nb.model.states import TaskState
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.journal import lost_report
from maze_nb.scheduler.lost_results import LOST_WITH_SCHEDULER
from maze_nb.scheduler.rekey import rekey
from maze_nb.scheduler.restore import Restored, halt, restore
from maze_nb.scheduler.reuse import CACHE
from maze_nb.scheduler.run_record import RunRecord
from maze_nb.store.protocol import StoredRun
from maze_nb.wire.submission import Submission, decode_submission, encode


class DaskGraph(msgspec.Struct, frozen=True):
    """The Dask graph of a run as it came: what of it is to be kept, and the rank of each key."""

    graph: bytes
    keys: list[Any]
    order: list[Any]


class Admission:
    """Begins runs and takes them up again.

    Parameters
    ----------
    conductor
        Carries them through.
    archive
        What is known of the runs that were.
    """

    def __init__(self, scheduler: Scheduler, conductor: Conductor, archive: Archive) -> None:
        self._scheduler = scheduler
        self._conductor = conductor
        self._archive = archive
        self._under_way: dict[str, asyncio.Event] = {}

    async def submit(
        self, submission: bytes, graph: Any, keys: list[Any], order: list[Any]
    ) -> None:
        """Begin a run; it is on disk when this returns.

        Parameters
        ----------
        graph
            Its Dask graph, serialized.
        keys
            What of it is to be kept.
        order
            Every key of the graph with its rank; lower goes first.
        """
        decoded = decode_submission(submission)
        same = self._under_way.get(decoded.run_id)
        if same is not None:
            await same.wait()
        if decoded.run_id in self._conductor.runs:
            return
        done = self._under_way[decoded.run_id] = asyncio.Event()
        try:
            packed = await offload(_pack, graph, keys, order)
            await self._begin(decoded, packed, {}, "")
        finally:
            del self._under_way[decoded.run_id]
            done.set()

    async def resume(self, run_id: str) -> None:
        """Take up an interrupted run: what has no stored result is computed.

        Raises
        ------
        MazeError
            If it is not interrupted.
        """
        # Read before it is claimed: one that cannot be read is not this scheduler's from then on.
        submission, packed = await self._archive.submission(run_id)
        events = await self._archive.events(run_id)
        await self._archive.claim(run_id)
        events += await self._archive.events(run_id, len(events))
        started = (await self._archive.find(run_id)).started
        run = self._record(decode_submission(submission), started)
        run.events = [data for data, _ in events]
        run.written = len(run.events)
        found = restore(run.submission.graph, run.submission.fail_fast, (e for _, e in events))
        halt(found.progress)
        self._take_over(run, found)
        kept = len(found.outputs)
        self._conductor.runs.add(run)
        if not events:
            self._conductor.journal.run_started(run)
        self._conductor.journal.run_resumed(run, "its scheduler was lost", kept)
        self._reopen_lost(run)
        try:
            await self._hand_to_dask(run, packed)
        except Exception as error:
            self._fail(run, f"the run cannot go on: {type(error).__name__}: {error}")
            raise

    async def rerun(
        self, run_id: str, new_run_id: str, failed_only: bool, from_task: str | None
    ) -> None:
        """Begin a run of the same workflow, with the results of an earlier one as far as asked.

        Parameters
        ----------
        failed_only
            Whether only what has no stored result is computed.
        from_task
            A task that is computed again, with all that depends on it; what else has a stored
            result is not.
        """
        data, packed = await self._archive.submission(run_id)
        old = decode_submission(data)
        graph = old.graph
        taken: dict[TaskId, tuple[OutputInfo, ...]] = {}
        if failed_only or from_task is not None:
            events = await self._archive.events(run_id)
            taken = restore(graph, False, (event for _, event in events)).outputs
        if from_task is not None:
            start = TaskId(from_task)
            for task_id in [start, *reachable([start], graph.dependents())]:
                taken.pop(task_id, None)
        submission = msgspec.structs.replace(
            old, run_id=new_run_id, base=run_id if taken else "", again=()
        )
        packed = await offload(_rekeyed, packed, run_id, new_run_id)
        await self._begin(submission, packed, taken, f"run {run_id}")

    async def _begin(
        self,
        submission: Submission,
        packed: bytes,
        taken: Mapping[TaskId, tuple[OutputInfo, ...]],
        source: str,
    ) -> None:
        run_id, started = submission.run_id, time.time()
        graph = submission.graph
        await self._archive.create(
            StoredRun(
                run_id,
                graph.workflow_id,
                graph.name,
                started,
                submission.origin,
                uses=await self._archive.used(submission.base),
            ),
            encode(submission),
            packed,
        )
        run = self._record(submission, started)
        self._conductor.runs.add(run)
        self._conductor.journal.run_started(run)
        for task_id, outputs in taken.items():
            self._conductor.reused(run.tasks[task_id], outputs, source)
        try:
            await self._hand_to_dask(run, packed)
        except Exception:
            self._conductor.forget(run)
            await self._archive.forget([run.run_id])
            raise

    def _fail(self, run: RunRecord, text: str) -> None:
        """End a run of which there is more to keep than that it could not go on."""
        for task_id in run.progress.unfinished():
            task = run.tasks[task_id]
            run.progress.advance(task_id, TaskState.FAILED)
            self._conductor.journal.task_failed(task, lost_report(task, "MazeError", text, text))
        self._conductor.finish_if_done(run)

    def _record(self, submission: Submission, started: float) -> RunRecord:
        return RunRecord(submission, started, self._conductor.engine.durations)

    def _take_over(self, run: RunRecord, found: Restored) -> None:
        run.progress = found.progress
        for task_id, attempts in found.attempts.items():
            run.tasks[task_id].attempt = attempts
        for task_id, outputs in found.outputs.items():
            self._conductor.note_outputs(run.tasks[task_id], outputs)

    def _reopen_lost(self, run: RunRecord) -> None:
        """Have those tasks run again that succeeded and whose results cannot be had any more."""
        for task in run.tasks.values():
            if task.outputs and not task.is_stored and run.progress.reopen(task.spec.task_id):
                self._conductor.journal.task_retried(task, LOST_WITH_SCHEDULER)

    async def _hand_to_dask(self, run: RunRecord, packed: bytes) -> None:
        for task_id, entry in (await self._conductor.reuse.find_all(run)).items():
            self._conductor.reused(run.tasks[task_id], entry.outputs, CACHE)
        self._conductor.finish_if_done(run)
        if run.finished is not None:
            return
        for task in run.tasks.values():
            if run.progress.states[task.spec.task_id] == TaskState.SUCCEEDED:
                task.is_wanted = run.progress.is_needed(task.spec.task_id)
        dask_graph = msgspec.msgpack.decode(packed, type=DaskGraph)
        header, frames = await offload(pickle.loads, dask_graph.graph)
        alive = {task.key for task in run.tasks.values() if _is_of_use(run, task.spec.task_id)}
        keys: set[Any] = {tuple(key) for key in dask_graph.keys} & alive
        await self._scheduler.update_graph(
            client=run.holder,
            expr_ser=Serialized(header, frames),
            keys=keys,
            span_metadata=SpanMetadata(collections=[{"type": "maze-run"}]),
            internal_priority={tuple(key): rank for key, rank in dask_graph.order},
            submitting_task=None,
            stimulus_id=f"maze-submit-{run.run_id}",
        )
        if not run.progress.is_finished and not all(k in self._scheduler.tasks for k in alive):
            raise MazeError(
                f"the scheduler could not take the graph of run {run.run_id!r}; its log says why"
            )


def _is_of_use(run: RunRecord, task_id: TaskId) -> bool:
    state = run.progress.states[task_id]
    return state == TaskState.SUCCEEDED or not state.is_final


def _pack(graph: Any, keys: list[Any], order: list[Any]) -> bytes:
    data = pickle.dumps((graph.header, [bytes(frame) for frame in graph.frames]))
    return msgspec.msgpack.encode(DaskGraph(data, keys, order))


def _rekeyed(packed: bytes, run_id: str, new_run_id: str) -> bytes:
    found = msgspec.msgpack.decode(packed, type=DaskGraph)
    try:
        header, frames = pickle.loads(found.graph)
        graph = rekey(header, frames, run_id, new_run_id)
    except Exception as error:
        raise MazeError(
            f"the graph of run {run_id!r} cannot be read here ({type(error).__name__}: {error}), "
            f"as if other versions of Python or Dask had made it: run its workflow again"
        ) from error
    return msgspec.msgpack.encode(
        DaskGraph(
            pickle.dumps(graph),
            _renamed(found.keys, run_id, new_run_id),
            [(_renamed([key], run_id, new_run_id)[0], rank) for key, rank in found.order],
        )
    )


def _renamed(keys: Iterable[Any], run_id: str, new_run_id: str) -> list[Any]:
    return [(name.replace(run_id, new_run_id), rest) for name, rest in keys]
