"""Takes the outputs of tasks from the result cache, and puts new ones there."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from maze_nb.model.events import OutputInfo
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.scheduler.call_thread import CallThread
from maze_nb.scheduler.eviction import are_here
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.store.cache_entry import CacheEntry, key_of, made_from, why
from maze_nb.store.result_cache import ResultCache
from maze_nb.wire.submission import CacheParts, PlannedTask, Submission

logger = logging.getLogger(__name__)

CACHE = "cache"
_NOT_ASKED = "not cached: it has no cache=True"

_CLOSE_SECONDS = 10.0

Digests = dict[tuple[str, str], str]
T = TypeVar("T")


@dataclass(slots=True)
class Found:
    """What the cache has for the tasks of a run, before any of them has run."""

    entries: dict[TaskId, CacheEntry] = field(default_factory=dict)
    digests: Digests = field(default_factory=dict)


class Reuse:
    """Looks tasks up in the result cache.

    Parameters
    ----------
    cache
        The result cache; None if there is none that can be used.
    """

    def __init__(self, cache: ResultCache | None) -> None:
        self._cache = cache
        # Its own, as who tidies up the cache may keep writers waiting, which events must not.
        self._thread = CallThread("maze-cache")

    async def find_all(self, run: RunRecord) -> dict[TaskId, CacheEntry]:
        """Return what is known of a run's tasks before any of them runs."""
        if self._cache is None or not run.submission.cached:
            return {}
        known = _digests(run.tasks.values())
        found = await self._ask(self._look_up_all, run.submission, known)
        return found.entries

    def find(self, task: TaskRecord) -> CacheEntry | None:
        """Return what is known of a task that is ready, now that its inputs are there."""
        parts = task.run.submission.cached.get(task.spec.task_id)
        if self._cache is None or parts is None or task.cut is not None or task.attempt:
            return None
        if not parts.upstream:
            # It was looked up before anything ran.
            return None
        key = _key(parts, _digests(task.run.tasks[task_id] for task_id in _read(parts)))
        entry = None if key is None else self._cache.get(key)
        return entry if entry is not None and are_here(entry.outputs) else None

    def keep(self, task: TaskRecord, duration: float) -> None:
        """Put what a task has made into the cache, soon and in another thread."""
        run = task.run
        parts = run.submission.cached.get(task.spec.task_id)
        if self._cache is None or parts is None or not task.is_stored:
            return
        digests = _digests(run.tasks[task_id] for task_id in _read(parts))
        key = _key(parts, digests)
        if key is None:
            return
        entry = CacheEntry(
            key,
            parts,
            made_from(parts, digests),
            task.outputs,
            task.spec.name,
            duration,
            time.time(),
            run.run_id,
            sum(output.nbytes for output in task.outputs),
        )
        self._thread.submit(self._cache.put, entry).add_done_callback(_log_fault)

    async def plan(self, submission: Submission) -> list[PlannedTask]:
        """Return for each task of a workflow whether it would run, and why."""
        return await self._ask(self._plan, submission)

    async def close(self) -> None:
        """Put into the cache what is not there yet, in bounded time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ask(lambda: None), _CLOSE_SECONDS)
        self._thread.end()

    async def _ask(self, call: Callable[..., T], *arguments: object) -> T:
        """Return what a call gives, once all that was to be kept before is."""
        return await asyncio.wrap_future(self._thread.submit(call, *arguments))

    def _plan(self, submission: Submission) -> list[PlannedTask]:
        found = self._look_up_all(submission, {})
        names: dict[str, str] = {task.task_id: task.name for task in submission.graph.tasks}
        return [
            self._planned(task.task_id, submission, found, names) for task in submission.graph.tasks
        ]

    def _planned(
        self, task_id: TaskId, submission: Submission, found: Found, names: Mapping[str, str]
    ) -> PlannedTask:
        entry, name = found.entries.get(task_id), names[task_id]
        if entry is not None:
            return PlannedTask(task_id, name, "cached", "", entry.duration, entry.nbytes)
        parts = submission.cached.get(task_id)
        if parts is None or self._cache is None:
            return PlannedTask(task_id, name, "runs", _NOT_ASKED)
        latest = self._cache.latest(parts.task)
        reason = why(parts, found.digests, latest, names)
        duration = None if latest is None else latest.duration
        return PlannedTask(task_id, name, "runs", reason, duration)

    def _look_up_all(self, submission: Submission, digests: Digests) -> Found:
        found = Found(digests=dict(digests))
        if self._cache is None:
            return found
        for task_id in _sources_first(submission.graph):
            parts = submission.cached.get(task_id)
            key = None if parts is None else _key(parts, found.digests)
            entry = None if key is None else self._cache.get(key)
            if entry is not None and are_here(entry.outputs):
                found.entries[task_id] = entry
                found.digests.update(_digests_of(task_id, entry.outputs))
        return found


def _log_fault(future: Future[bool]) -> None:
    error = future.exception()
    if error is not None:
        logger.error("What was to be kept in the result cache could not be: %r", error)


def _read(parts: CacheParts) -> set[TaskId]:
    """Return the tasks whose outputs a task reads."""
    return {TaskId(task_id) for outputs in parts.upstream.values() for task_id, _ in outputs}


def _key(parts: CacheParts, digests: Mapping[tuple[str, str], str]) -> str | None:
    try:
        return key_of(parts, digests)
    except KeyError:
        return None


def _digests(tasks: Iterable[TaskRecord]) -> Digests:
    found: Digests = {}
    for task in tasks:
        found.update(_digests_of(task.spec.task_id, task.outputs))
    return found


def _digests_of(task_id: TaskId, outputs: Iterable[OutputInfo]) -> Digests:
    found: Digests = {}
    for output in outputs:
        if output.inline is not None:
            found[task_id, output.name] = hashlib.sha256(output.inline).hexdigest()
        elif output.stored is not None:
            found[task_id, output.name] = output.stored.digest
    return found


def _sources_first(graph: Graph) -> list[TaskId]:
    """Return the tasks such that each comes after what it depends on."""
    waiting = {task.task_id: 0 for task in graph.tasks}
    for edge in graph.edges:
        waiting[edge.target] += 1
    order = [task_id for task_id, count in waiting.items() if count == 0]
    dependents = graph.dependents()
    for task_id in order:
        for target in dependents[task_id]:
            waiting[target] -= 1
            if waiting[target] == 0:
                order.append(target)
    return order
