"""Takes runs in: new ones, those that were interrupted, and new ones from what old ones made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from distributed.scheduler import Scheduler
from distributed.utils import offload

from maze_nb.errors import UnknownRunError
from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.model.states import TaskState
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.dask_graph import pack_graph, rekeyed, unpack_graph
from maze_nb.scheduler.growth import Growth
from maze_nb.scheduler.joining import Joining
from maze_nb.scheduler.lost_results import LOST_WITH_SCHEDULER
from maze_nb.scheduler.outflow import shown_by_task, shown_in
from maze_nb.scheduler.restore import Restored, halt, restore
from maze_nb.scheduler.reuse import CACHE
from maze_nb.scheduler.run_record import RunRecord
from maze_nb.store.protocol import StoredRun
from maze_nb.wire.submission import Submission, decode_submission, encode


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a run takes over from an earlier one, its ``source``.

    ``outputs`` are those of tasks, ``counts`` how many items maps have, ``shown`` the events of
    what tasks have shown, ``left`` the tasks that are not to run.
    """

    source: str = ""
    outputs: Mapping[TaskId, tuple[OutputInfo, ...]] = field(default_factory=dict)
    counts: Mapping[TaskId, int] = field(default_factory=dict)
    shown: Mapping[TaskId, list[bytes]] = field(default_factory=dict)
    left: Sequence[TaskId] = ()


class Admission:
    """Begins runs and takes them up again.

    Parameters
    ----------
    conductor
        Carries them through.
    archive
        What is known of the runs that were.
    """

    def __init__(
        self, scheduler: Scheduler, conductor: Conductor, archive: Archive, growth: Growth
    ) -> None:
        self._growth = growth
        self._conductor = conductor
        self._archive = archive
        self._under_way: dict[str, asyncio.Event] = {}
        self.joining = Joining(scheduler, conductor, archive)

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
            packed = await offload(pack_graph, graph, keys, order)
            await self._begin(decoded, packed, await self._taken_maps(decoded))
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
        run.away = found.away_until(time.time())
        halt(found.progress)
        self._take_over(run, found)
        self._conductor.outflow.take_up(run, events)
        kept = len(found.outputs)
        self._conductor.runs.add(run)
        if not events:
            self._conductor.journal.run_started(run)
        self._conductor.journal.run_resumed(run, "its scheduler was lost", kept)
        self._reopen_lost(run)
        try:
            await self.joining.begin(run)
            await self._hand_to_dask(run, packed)
        except Exception as error:
            self._conductor.fail_run(run, f"the run cannot go on: {type(error).__name__}: {error}")
            raise

    async def rerun(
        self,
        run_id: str,
        new_run_id: str,
        failed_only: bool,
        from_task: str | None,
        leave_failed: bool,
    ) -> None:
        """Begin a run of the same workflow, with the results of an earlier one as far as asked.

        Parameters
        ----------
        failed_only
            Whether only what has no stored result is computed.
        from_task
            A task that is computed again, with all that depends on it; what else has a stored
            result is not.
        leave_failed
            Whether what else did not succeed is left as it is, unless that task cannot do without.
        """
        data, packed = await self._archive.submission(run_id)
        old = decode_submission(data)
        earlier = Earlier()
        if failed_only or from_task is not None:
            events = await self._archive.events(run_id)
            found = restore(old.graph, False, (event for _, event in events))
            start = None if from_task is None else TaskId(from_task)
            again = found.made_again(start)
            left = found.left_out(start, again) if start and leave_failed else []
            if start and leave_failed:
                # Of a map only the items that did not succeed.
                again -= {*found.progress.items.get(start, ())} & found.outputs.keys()
            earlier = Earlier(
                f"run {run_id}",
                {key: value for key, value in found.outputs.items() if key not in again},
                found.counts_kept(again),
                shown_by_task(events),
                left,
            )
        submission = msgspec.structs.replace(
            old,
            run_id=new_run_id,
            base=run_id if earlier.outputs else "",
            again=(),
            taken={},
            # Who asks for a run again wants it computed, not taken from the result cache.
            refresh=not (failed_only or leave_failed),
        )
        packed = await offload(rekeyed, packed, run_id, new_run_id)
        await self._begin(submission, packed, earlier)

    async def _begin(self, submission: Submission, packed: bytes, earlier: Earlier) -> None:
        run_id, started = submission.run_id, time.time()
        graph = submission.graph
        await self._archive.create(
            StoredRun(
                run_id,
                graph.workflow_id,
                graph.name,
                started,
                submission.origin,
                uses=(
                    *await self._archive.used([submission.base, *submission.taken.values()]),
                    *submission.needs,
                ),
            ),
            encode(submission),
            packed,
        )
        run = self._record(submission, started)
        self._conductor.runs.add(run)
        self._conductor.journal.run_started(run)
        for map_id, count in earlier.counts.items():
            self._growth.expand(run, map_id, count)
        for task_id, outputs in earlier.outputs.items():
            again = shown_in(earlier.shown.get(task_id, ()))
            if task_id in run.tasks:
                self._conductor.reused(run.tasks[task_id], outputs, earlier.source, again)
        self._conductor.leave_out(run, earlier.left, f"it is left as it was in {earlier.source}")
        try:
            await self.joining.begin(run)
            await self._hand_to_dask(run, packed)
        except Exception:
            self._conductor.forget(run)
            await self._archive.forget([run.run_id])
            raise

    async def _taken_maps(self, submission: Submission) -> Earlier:
        """Return what a run takes of maps that have ended in another: their items come along."""
        taken = submission.taken
        sources = {taken[map_id] for map_id in submission.maps if map_id in taken}
        # One run is taken from where a notebook is resumed, and nowhere else are maps.
        if len(sources) != 1:
            return Earlier()
        (source,) = sources
        try:
            data, _ = await self._archive.submission(source)
            events = await self._archive.events(source)
        except UnknownRunError:
            return Earlier()
        found = restore(decode_submission(data).graph, False, (event for _, event in events))
        counts = {
            map_id: len(found.progress.items[map_id])
            for map_id in map(TaskId, submission.maps)
            if map_id in taken and map_id in found.outputs
        }
        kept = {*counts, *(item for map_id in counts for item in found.progress.items[map_id])}
        outputs = {task_id: found.outputs[task_id] for task_id in kept if task_id in found.outputs}
        return Earlier(f"run {source}", outputs, counts, shown_by_task(events))

    def _record(self, submission: Submission, started: float) -> RunRecord:
        return RunRecord(submission, started, self._conductor.engine.durations)

    def _take_over(self, run: RunRecord, found: Restored) -> None:
        run.adopt(found.progress)
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
            self._conductor.reused(run.tasks[task_id], entry.outputs, CACHE, entry.shown)
        self._conductor.finish_if_done(run)
        if run.finished is not None:
            return
        for task in run.tasks.values():
            if run.progress.states[task.spec.task_id] == TaskState.SUCCEEDED:
                task.is_wanted = self.joining.is_read(task)
        await self._growth.begin(run, unpack_graph(packed))
        await self.joining.follow(run)
