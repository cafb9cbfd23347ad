"""The runs in the run store, those that go on and those that do not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import TypeVar

import msgspec

from maze_nb.errors import MazeError, UnknownRunError
from maze_nb.model.events import Event
from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.model.task_spec import TaskSpec
from maze_nb.scheduler.eviction import are_here
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.restore import Restored, restore
from maze_nb.scheduler.writer import StoreWriter
from maze_nb.store.protocol import StoredRun
from maze_nb.wire.event_bytes import decode_event, naming
from maze_nb.wire.submission import PlannedTask, RunSummary, decode_submission

_AT_ONCE = 5000
_STOOD = {TaskState.WAITING: "had not begun", TaskState.FAILED: "failed"}
T = TypeVar("T")


class Archive:
    """Reads the run store without blocking the event loop.

    Parameters
    ----------
    writer
        Through which the store is asked, after what is being written.
    live
        The runs of this scheduler, by id.
    """

    def __init__(self, writer: StoreWriter, live: LiveRuns) -> None:
        self._writer = writer
        self._store = writer.store
        self._live = live

    async def create(self, run: StoredRun, submission: bytes, graph: bytes) -> None:
        """Put a new run on disk."""
        if self._writer.trouble is not None:
            raise self._writer.trouble
        await self._writer.ask(self._store.create, run, submission, graph)

    async def summaries(self) -> list[RunSummary]:
        """Return all runs, oldest first."""
        return [self._summary(run) for run in await self.all()]

    async def all(self) -> list[StoredRun]:
        """Return all runs of the store, oldest first."""
        return await self._ask(self._store.runs)

    async def find(self, run_id: str) -> StoredRun:
        """Return a run of the store."""
        return await self._ask(self._store.run, run_id)

    async def submission(self, run_id: str) -> tuple[bytes, bytes]:
        """Return how a run was submitted, and its packed Dask graph.

        Raises
        ------
        MazeError
            If only the events of the run are in this store.
        """
        found = await self._ask(self._store.submission, run_id)
        if not found[0]:
            raise MazeError(
                f"of run {run_id!r} only the messages are kept here, as it ran elsewhere: "
                f"run its workflow again"
            )
        return found

    async def events_after(self, run_id: str, seq: int, limit: int) -> list[bytes]:
        """Return encoded events of a run that does not go on here."""
        return await self._ask(self._store.events_after, run_id, seq, limit)

    async def events(self, run_id: str, after: int = 0) -> list[tuple[bytes, Event]]:
        """Return all events of a run with numbers above `after`, encoded and decoded."""
        found: list[bytes] = []
        while more := await self.events_after(run_id, after + len(found), _AT_ONCE):
            found += more
        return await asyncio.to_thread(lambda: [(data, decode_event(data)) for data in found])

    async def events_about(
        self, run_id: str, task_ids: Collection[str]
    ) -> list[tuple[bytes, Event]]:
        """Return the events of a few tasks of a run, encoded and decoded; no others are decoded."""
        is_named = naming(task_ids)
        found: list[tuple[bytes, Event]] = []
        seq = 0
        while more := await self.events_after(run_id, seq, _AT_ONCE):
            seq += len(more)
            found += await asyncio.to_thread(
                lambda page: [(data, decode_event(data)) for data in filter(is_named, page)], more
            )
        return [each for each in found if getattr(each[1].body, "task_id", "") in task_ids]

    async def state_of(self, run_id: str, task_id: str) -> str:
        """Return where a task of a run stood last."""
        submission = decode_submission((await self.submission(run_id))[0])
        events = await self.events(run_id)
        found = restore(submission.graph, submission.fail_fast, (event for _, event in events))
        return found.progress.states[TaskId(task_id)].value

    async def plan(self, run_id: str) -> list[PlannedTask]:
        """Return what a run would do with each task if it were taken up, or run again as failed."""
        submission = decode_submission((await self.submission(run_id))[0])
        events = await self.events(run_id)
        found = restore(submission.graph, submission.fail_fast, (event for _, event in events))
        return await asyncio.to_thread(
            lambda: [_planned(task, found) for task in submission.graph.tasks]
        )

    async def claim(self, run_id: str) -> None:
        """Make this scheduler the one that carries an interrupted run through.

        Raises
        ------
        MazeError
            If the run has ended or goes on.
        """
        run = await self.find(run_id)
        if run.finished is not None:
            raise MazeError(
                f"run {run_id!r} has ended ({run.status}), so there is nothing to resume: "
                f"rerun(failed_only=True) computes in a new run what has no result"
            )
        if not await self._ask(self._store.claim, run_id):
            raise MazeError(f"run {run_id!r} goes on: there is nothing to resume")

    async def used(self, run_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the runs whose files a run refers to that takes over results of these."""
        bases = dict.fromkeys(filter(None, run_ids))
        return await self._ask(self._used, bases) if bases else ()

    async def forget(self, run_ids: list[str]) -> None:
        """Drop runs from the store."""
        await self._ask(self._store.forget, run_ids)

    def _used(self, bases: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for run_id in bases:
            # Of one that is forgotten nothing can be taken either.
            with suppress(UnknownRunError):
                found |= dict.fromkeys((run_id, *self._store.run(run_id).uses))
        return tuple(found)

    async def _ask(self, call: Callable[..., T], *arguments: object) -> T:
        return await self._writer.ask(call, *arguments)

    def _summary(self, run: StoredRun) -> RunSummary:
        live = self._live.get(run.run_id)
        if live is not None:
            ended = live.finished is not None
            status = live.progress.final_status() if ended else RunStatus.RUNNING
            return msgspec.structs.replace(
                run.summary(),
                status=status.value,
                finished=live.finished,
                counts=live.counts(),
                is_here=not ended,
            )
        return run.summary()


def _planned(task: TaskSpec, found: Restored) -> PlannedTask:
    items = found.progress.items.get(task.task_id)
    if items is not None:
        return _planned_map(task, [found.outputs.get(item) for item in items])
    outputs = found.outputs.get(task.task_id)
    if outputs is None:
        state = found.progress.states[task.task_id]
        reason = f"it {_STOOD.get(state, f'was {state.value}')}"
        return PlannedTask(task.task_id, task.name, "runs", reason)
    nbytes = sum(output.nbytes for output in outputs)
    if are_here(outputs):
        return PlannedTask(task.task_id, task.name, "stored", nbytes=nbytes)
    return PlannedTask(task.task_id, task.name, "runs", "its stored result is gone", None, nbytes)


def _planned_map(task: TaskSpec, items: list[tuple[OutputInfo, ...] | None]) -> PlannedTask:
    stored = [outputs for outputs in items if outputs is not None and are_here(outputs)]
    nbytes = sum(output.nbytes for outputs in stored for output in outputs)
    if len(stored) == len(items):
        return PlannedTask(task.task_id, task.name, "stored", nbytes=nbytes)
    missing = len(items) - len(stored)
    verb = "has" if missing == 1 else "have"
    fewer = f"{missing} of its {len(items)} items {verb} no stored result"
    return PlannedTask(task.task_id, task.name, "runs", fewer)
