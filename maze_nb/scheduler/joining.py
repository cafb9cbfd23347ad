"""Tasks whose outputs are those of another run, which has them or still computes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from distributed.scheduler import Scheduler

from maze_nb.errors import UnknownRunError
from maze_nb.model.events import (
    STATE_AFTER,
    Event,
    EventBody,
    TaskEvent,
    TaskFailed,
    TaskFinished,
    TaskRetried,
)
from maze_nb.model.graph import reachable
from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.model.states import TaskState
from maze_nb.projection.humane import short_id
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.outflow import shown_by_task, shown_in
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.wire.event_bytes import decode_event, naming
from maze_nb.wire.shown import Shown
from maze_nb.wire.task_call import FailureReport

SUPERSEDED = "its cell was run again"

Place = tuple[str, TaskId]
"""A task of a run: the id of the run and its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a task ended in another run: with outputs, with a failure, or with neither."""

    outputs: tuple[OutputInfo, ...] | None = None
    shown: tuple[Shown, ...] = ()
    failure: FailureReport | None = None


class Joining:
    """Has tasks wait for those of other runs that compute the same, and share how they end.

    Such a task is not placed. Once its outputs are there it has them as if it had been found in
    the result cache, and if it fails there it fails alike. If nothing comes of it there, it is
    computed here.

    Parameters
    ----------
    conductor
        Carries the runs through.
    archive
        What is known of runs that do not go on here.
    """

    def __init__(self, scheduler: Scheduler, conductor: Conductor, archive: Archive) -> None:
        self._scheduler = scheduler
        self._conductor = conductor
        self._archive = archive
        self._waiting: dict[Place, list[TaskRecord]] = {}
        self._ended: list[Place] = []
        conductor.journal.hear = self._hear

    async def begin(self, run: RunRecord) -> None:
        """Take what other runs have for a run, and hold back what they still compute.

        Nothing of the run is told to Dask yet.
        """
        places = {
            task_id: (source, task_id)
            for task_id, source in _taken(run).items()
            if source != run.run_id and not run.progress.states[task_id].is_final
        }
        told = await self._told(places.values())
        for task_id, place in places.items():
            task = run.tasks[task_id]
            if run.progress.states[task_id].is_final:
                continue
            if self._computing(place) is None:
                self._conclude(task, place, told.get(place) or self._told_live(place))
            else:
                task.joined_to, task.is_wanted = place[0], False
                run.progress.advance(task_id, TaskState.PENDING)
                self._conductor.journal.task_pending(task, why_held(task))

    async def follow(self, run: RunRecord) -> None:
        """Let the tasks that are held back have what comes of them elsewhere, now and later.

        Dask has got the graph of the run.
        """
        places = {task.key: (task.joined_to, task.spec.task_id) for task in _held(run)}
        told = await self._told(places.values())
        for task in _held(run):
            place = places[task.key]
            if self._computing(place) is not None:
                self._waiting.setdefault(place, []).append(task)
            else:
                self._conclude(task, place, told.get(place) or self._told_live(place))

    def is_read(self, task: TaskRecord) -> bool:
        """Whether a task that has not ended, and is computed here, reads what this one made."""
        run = task.run
        if not run.submission.taken or not run.progress.is_needed(task.spec.task_id):
            return run.progress.is_needed(task.spec.task_id)
        edges = run.submission.graph.edges
        readers = (run.tasks[edge.target] for edge in edges if edge.source == task.spec.task_id)
        return any(
            not reader.joined_to and not run.progress.states[reader.spec.task_id].is_final
            for reader in readers
        )

    def supersede(self, run: RunRecord) -> None:
        """Cancel a run in whose place there is another, as far as nobody else waits for it."""
        wanted = {
            task_id
            for other in self._conductor.runs.values()
            for task_id, source in _taken(other).items()
            if source == run.run_id and not other.progress.states[task_id].is_final
        }
        kept = wanted.union(reachable(wanted, run.progress.sources))
        if kept.isdisjoint(run.progress.unfinished()):
            self._conductor.cancel(run, SUPERSEDED)
            return
        for task_id in run.progress.unfinished():
            if task_id not in kept:
                self._conductor.cancel_task(run.tasks[task_id], SUPERSEDED)

    def _hear(self, run: RunRecord, body: EventBody) -> None:
        state = STATE_AFTER.get(type(body))
        if not self._waiting or state is None or not state.is_final:
            return
        assert isinstance(body, TaskEvent)
        place = (run.run_id, TaskId(body.task_id))
        if place not in self._waiting:
            return
        if not self._ended:
            # What is told is in the midst of being done.
            asyncio.get_running_loop().call_soon(self._act)
        self._ended.append(place)

    def _act(self) -> None:
        ended, self._ended = self._ended, []
        try:
            for place in dict.fromkeys(ended):
                if self._computing(place) is not None:
                    continue  # its result was lost, and it is made again
                told = self._told_live(place)
                for task in self._waiting.pop(place, ()):
                    self._conclude(task, place, told)
        except Exception as error:  # noqa: BLE001 - an error here would stop these runs mutely
            self._conductor.fail_loudly(error)

    def _conclude(self, task: TaskRecord, place: Place, told: Told) -> None:
        """Have a task end as it has ended elsewhere, or compute it here."""
        task.joined_to = ""
        run, conductor = task.run, self._conductor
        if run.progress.states[task.spec.task_id].is_final:
            return
        if told.failure is not None:
            conductor.task_failed(task, told.failure)
        elif told.outputs is not None and conductor.reused(
            task, told.outputs, f"run {place[0]}", told.shown
        ):
            if self._is_with_dask(task) and self.is_read(task):
                conductor.lost_results.want(task)
            if run.finished is None:
                conductor.eviction.task_ended(task)
            conductor.finish_if_done(run)
        else:
            if self._is_with_dask(task):
                conductor.lost_results.want(task)
            task.is_wanted = True

    def _is_with_dask(self, task: TaskRecord) -> bool:
        return task.key in self._scheduler.tasks

    def _computing(self, place: Place) -> TaskRecord | None:
        """Return the task at a place, if it goes on here and has not ended."""
        run = self._conductor.runs.get(place[0])
        task = None if run is None else run.tasks.get(place[1])
        if run is None or task is None or run.progress.states[place[1]].is_final:
            return None
        return task

    def _told_live(self, place: Place) -> Told:
        """Return how a task of a run ended that this scheduler still has."""
        run = self._conductor.runs.get(place[0])
        task = None if run is None else run.tasks.get(place[1])
        if run is None or task is None:
            return Told()
        state = run.progress.states[place[1]]
        if state == TaskState.SUCCEEDED:
            return Told(task.outputs, self._conductor.outflow.shown(task))
        if state != TaskState.FAILED:
            return Told()
        for data in filter(naming([place[1]]), reversed(run.events)):
            body = decode_event(data).body
            if isinstance(body, TaskFailed) and body.task_id == place[1]:
                return Told(failure=_report(body))
        return Told()

    async def _told(self, places: Iterable[Place]) -> dict[Place, Told]:
        """Return how tasks of runs ended that this scheduler does not have any more."""
        wanted: dict[str, set[TaskId]] = {}
        for run_id, task_id in places:
            wanted.setdefault(run_id, set()).add(task_id)
        found: dict[Place, Told] = {}
        asked: set[str] = set()
        # A run may end, and leave, while others are asked for.
        while gone := wanted.keys() - asked - self._conductor.runs.keys():
            for run_id in gone:
                asked.add(run_id)
                try:
                    events = await self._archive.events_about(run_id, wanted[run_id])
                except UnknownRunError:
                    continue
                found |= {(run_id, t): v for t, v in _fates(events, wanted[run_id]).items()}
        return found


def why_held(task: TaskRecord) -> str:
    """Return why a task waits that another run computes."""
    return f"waits for run {short_id(task.joined_to)}, which computes it"


def _taken(run: RunRecord) -> Mapping[TaskId, str]:
    taken = run.submission.taken
    return {TaskId(task_id): source for task_id, source in taken.items() if task_id in run.tasks}


def _held(run: RunRecord) -> list[TaskRecord]:
    return [run.tasks[task_id] for task_id in _taken(run) if run.tasks[task_id].joined_to]


def _fates(events: Sequence[tuple[bytes, Event]], wanted: set[TaskId]) -> dict[TaskId, Told]:
    """Return how tasks ended last, by what the events of their run say."""
    found: dict[TaskId, Told] = {}
    shown = shown_by_task(events)
    for _, event in events:
        body = event.body
        if not isinstance(body, TaskEvent) or body.task_id not in wanted:
            continue
        task_id = TaskId(body.task_id)
        if isinstance(body, TaskFinished):
            found[task_id] = Told(body.outputs, shown_in(shown.get(task_id, ())))
        elif isinstance(body, TaskFailed):
            found[task_id] = Told(failure=_report(body))
        elif isinstance(body, TaskRetried):
            found.pop(task_id, None)
    return found


def _report(body: TaskFailed) -> FailureReport:
    return FailureReport(0.0, 0.0, body.result, body.error, body.usage)
