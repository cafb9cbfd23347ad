"""Which task of which run a request means, and the tasks of runs, page by page."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Any
from urllib.parse import quote

import msgspec

from maze_nb.artifacts.gateway import RESULTS
from maze_nb.errors import MazeError, UnknownRunError, UnknownTaskError, nearest
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.task_spec import TaskSpec, item_of
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.http.refusal import RefusedError
from maze_nb.scheduler.restore import restore
from maze_nb.scheduler.run_record import TaskRecord
from maze_nb.store.protocol import StoredRun
from maze_nb.wire.submission import decode_submission

_GRAPHS_KEPT = 64
_RUNS_KEPT = 8
_RUNS_LOOKED_AT = 100
_RUNS_A_PAGE = 50


class TaskRow(msgspec.Struct, frozen=True):
    """One task in a list of tasks; ``result`` is where its summary and its files are."""

    run_id: str
    task_id: str
    name: str
    kind: str
    status: str
    attempts: int = 0
    worker: str = ""
    result: str = ""


class Page(msgspec.Struct, frozen=True):
    """Some tasks, those of the newest run first; ``next`` asks for more, empty at the end."""

    tasks: list[TaskRow]
    next: str = ""


class TaskIndex:
    """Finds tasks by id among runs that go on and, slower, among those that are stored."""

    def __init__(self, conductor: Conductor, archive: Archive, link: Callable[[str], str]) -> None:
        self._link = link
        self._conductor = conductor
        self._archive = archive
        self._graphs: OrderedDict[str, dict[str, TaskSpec]] = OrderedDict()
        self._rows: OrderedDict[tuple[str, int], list[TaskRow]] = OrderedDict()

    async def run_of(self, task_id: str, run_id: str) -> str:
        """Return the run that is meant: the one that is named, or the only one with the task.

        Raises
        ------
        UnknownRunError, UnknownTaskError
            If there is none.
        RefusedError
            If no run is named and several have the task.
        """
        if run_id:
            return await self._checked(run_id, task_id)
        found = [run.run_id for run in self._conductor.runs.values() if task_id in run.tasks]
        stored = sorted(await self._archive.all(), key=lambda run: run.started, reverse=True)
        for run in islice(stored, _RUNS_LOOKED_AT):
            if run.run_id not in found and await self._has(run.run_id, task_id):
                found.append(run.run_id)
        if not found:
            raise UnknownTaskError(f"no run here has a task {task_id[:200]!r}")
        if len(found) > 1:
            shown = ", ".join(found[:5])
            raise RefusedError(
                409, f"{len(found)} runs have a task {task_id!r}: name one by run_id, as {shown}"
            )
        return found[0]

    async def page(self, run_id: str, status: str, after: str, limit: int) -> Page:
        """Return some tasks.

        Parameters
        ----------
        run_id, status
            Which tasks; empty: all.
        after
            What the page before said is next; empty for the first one.
        """
        runs = await self._runs(run_id)
        first, _, skipped = after.partition(":")
        if after and (not skipped.isdecimal() or len(skipped) > 12):
            raise RefusedError(400, "after has to be what the page before has under next")
        if first:
            ids = [each.run_id for each in runs]
            if first not in ids:
                raise UnknownRunError(f"there is no run {first[:64]!r} to go on after")
            runs = runs[ids.index(first) :]
        skip, tasks, looked = int(skipped or 0), list[TaskRow](), 0
        for run in runs:
            if looked == _RUNS_A_PAGE:
                return Page(tasks, f"{run.run_id}:0")
            # Its counts tell of what it has without being read.
            if status and run.run_id not in self._conductor.runs and not run.counts.get(status):
                skip = 0
                continue
            looked += 1
            for number, row in enumerate(await self.rows(run)):
                if number < skip or (status and row.status != status):
                    continue
                if len(tasks) == limit:
                    return Page(tasks, f"{run.run_id}:{number}")
                tasks.append(row)
            skip = 0
        return Page(tasks)

    async def one(self, run_id: str, task_id: str) -> TaskRow:
        """Return one task of a run."""
        live = self._conductor.runs.get(run_id)
        if live is not None:
            return self._live_row(run_id, live.tasks[TaskId(task_id)])
        for row in await self.rows(await self._archive.find(run_id)):
            if row.task_id == task_id:
                return row
        raise UnknownTaskError(f"run {run_id!r} has no task {task_id!r}")

    async def rows(self, run: StoredRun) -> list[TaskRow]:
        """Return the tasks of a run."""
        live = self._conductor.runs.get(run.run_id)
        if live is not None:
            return [self._live_row(run.run_id, task) for task in live.tasks.values()]
        mark = (run.run_id, run.last_seq)
        found = self._rows.get(mark)
        if found is None:
            found = await self._restored(run)
            self._rows[mark] = found
            if len(self._rows) > _RUNS_KEPT:
                self._rows.popitem(last=False)
        return found

    async def _restored(self, run: StoredRun) -> list[TaskRow]:
        specs = await self._specs(run.run_id)
        submission, events = await asyncio.gather(
            self._archive.submission(run.run_id), self._archive.events(run.run_id)
        )

        def rows() -> list[TaskRow]:
            told = decode_submission(submission[0])
            found = restore(told.graph, told.fail_fast, (event for _, event in events))
            return [
                self._row(
                    run.run_id,
                    _spec_of(specs, task_id),
                    state.value,
                    found.attempts.get(task_id, 0),
                    found.workers.get(task_id, ""),
                )
                for task_id, state in found.progress.states.items()
            ]

        return await asyncio.to_thread(rows)

    async def _runs(self, run_id: str) -> list[StoredRun]:
        if run_id:
            return [await self._archive.find(run_id)]
        found = await self._archive.all()
        return sorted(found, key=lambda run: (run.started, run.run_id), reverse=True)

    async def _checked(self, run_id: str, task_id: str) -> str:
        live = self._conductor.runs.get(run_id)
        known: Any = live.tasks if live is not None else await self._specs(run_id)
        if task_id not in known and not (live is None and _spec_of(known, task_id, None)):
            raise UnknownTaskError(
                f"run {run_id!r} has no task {task_id[:200]!r}: {nearest(task_id[:200], known)}"
            )
        return run_id

    async def _has(self, run_id: str, task_id: str) -> bool:
        try:
            return _spec_of(await self._specs(run_id), task_id, None) is not None
        except MazeError:
            # One that was forgotten meanwhile, or of which only the messages are kept.
            return False

    async def _specs(self, run_id: str) -> dict[str, TaskSpec]:
        found = self._graphs.get(run_id)
        if found is None:
            data, _ = await self._archive.submission(run_id)
            graph = await asyncio.to_thread(_graph_of, data)
            found = self._graphs[run_id] = {task.task_id: task for task in graph.tasks}
            if len(self._graphs) > _GRAPHS_KEPT:
                self._graphs.popitem(last=False)
        return found

    def _live_row(self, run_id: str, task: TaskRecord) -> TaskRow:
        state = task.run.progress.states[task.spec.task_id]
        return self._row(run_id, task.spec, state.value, task.attempt, task.slot_id or "")

    def _row(
        self, run_id: str, spec: TaskSpec, status: str, attempts: int, worker: str = ""
    ) -> TaskRow:
        path = f"{RESULTS}/{quote(spec.task_id, safe='')}?run_id={quote(run_id, safe='')}"
        named = (run_id, spec.task_id, spec.name, spec.kind)
        return TaskRow(*named, status, attempts, worker, self._link(path))


def _graph_of(data: bytes) -> Graph:
    return decode_submission(data).graph


def _spec_of(specs: dict[str, TaskSpec], task_id: str, *default: None) -> Any:
    """Return what a task is; the items of maps stand in no submission."""
    found = specs.get(task_id)
    if found is None:
        map_id, _, index = task_id.rpartition(".")
        of = specs.get(map_id)
        if of is not None and of.is_map and index.isdecimal() and len(index) < 10:
            found = item_of(of, int(index))
    if found is None and not default:
        raise UnknownTaskError(f"there is no task {task_id!r}")
    return found
