"""Takes the outputs of tasks from the result cache, and puts new ones there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from maze_nb.model.ids import TaskId
from maze_nb.model.task_spec import index_of
from maze_nb.scheduler.cache_plan import (
    Digests,
    digests_of,
    item_parts,
    known_key,
    list_digests,
    look_up_all,
    plan_of,
)
from maze_nb.scheduler.call_thread import CallThread
from maze_nb.scheduler.eviction import are_here
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.store.cache_entry import CacheEntry, made_from
from maze_nb.store.result_cache import ResultCache
from maze_nb.wire.shown import Shown
from maze_nb.wire.submission import CacheParts, PlannedTask, Submission

logger = logging.getLogger(__name__)

CACHE = "cache"

_CLOSE_SECONDS = 10.0

T = TypeVar("T")


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
        if self._cache is None or not run.submission.cached or run.submission.refresh:
            return {}
        known = _digests(run.tasks.values())
        found = await self._ask(look_up_all, self._cache, run.submission, known)
        return found.entries

    async def find_items(self, items: Sequence[TaskRecord]) -> list[tuple[TaskRecord, CacheEntry]]:
        """Return what is known of the items of a map, as far as their other inputs are known."""
        if self._cache is None or not items or items[0].run.submission.refresh:
            return []
        first = _parts_of(items[0])
        if first is None:
            return []
        read = _digests(items[0].run.tasks[task_id] for task_id in _read(first))
        parts = [_parts_of(item) for item in items]
        keys = [None if each is None else known_key(each, read) for each in parts]
        entries = await self._ask(self._get_all, keys)
        found = zip(items, entries, strict=True)
        return [(item, entry) for item, entry in found if entry is not None]

    def _get_all(self, keys: Sequence[str | None]) -> list[CacheEntry | None]:
        assert self._cache is not None
        found = [None if key is None else self._cache.get(key) for key in keys]
        return [entry if entry is not None and are_here(entry.outputs) else None for entry in found]

    def find(self, task: TaskRecord) -> CacheEntry | None:
        """Return what is known of a task that is ready, now that its inputs are there."""
        parts = _parts_of(task)
        if self._cache is None or parts is None or task.cut is not None or task.attempt:
            return None
        if not parts.upstream or task.run.submission.refresh:
            # It was looked up before anything ran, or is not to be.
            return None
        key = known_key(parts, _digests(task.run.tasks[task_id] for task_id in _read(parts)))
        entry = None if key is None else self._cache.get(key)
        return entry if entry is not None and are_here(entry.outputs) else None

    def keep(
        self,
        task: TaskRecord,
        duration: float,
        shown: Callable[[TaskRecord], tuple[Shown, ...]],
    ) -> None:
        """Put what a task has made into the cache, soon and in another thread.

        Parameters
        ----------
        shown
            Gives what it has shown.
        """
        run = task.run
        parts = _parts_of(task)
        if self._cache is None or parts is None or not task.is_stored:
            return
        digests = _digests(run.tasks[task_id] for task_id in _read(parts))
        key = known_key(parts, digests)
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
            shown(task),
        )
        self._thread.submit(self._cache.put, entry).add_done_callback(_log_fault)

    async def plan(self, submission: Submission) -> list[PlannedTask]:
        """Return for each task of a workflow whether it would run, and why."""
        return await self._ask(plan_of, self._cache, submission)

    async def close(self) -> None:
        """Put into the cache what is not there yet, in bounded time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ask(lambda: None), _CLOSE_SECONDS)
        self._thread.end()

    async def _ask(self, call: Callable[..., T], *arguments: object) -> T:
        """Return what a call gives, once all that was to be kept before is."""
        return await asyncio.wrap_future(self._thread.submit(call, *arguments))


def _log_fault(future: Future[bool]) -> None:
    error = future.exception()
    if error is not None:
        logger.error("What was to be kept in the result cache could not be: %r", error)


def _read(parts: CacheParts) -> set[TaskId]:
    """Return the tasks whose outputs a task reads."""
    return {TaskId(task_id) for outputs in parts.upstream.values() for task_id, _ in outputs}


def _parts_of(task: TaskRecord) -> CacheParts | None:
    """Return what the outputs of a task depend on; None if they are not to be cached."""
    run, map_id = task.run, task.run.progress.map_of(task.spec.task_id)
    if map_id is None:
        return run.submission.cached.get(task.spec.task_id)
    parts, lists = run.submission.cached.get(map_id), run.lists.get(map_id, {})
    if parts is None or not all(lists.values()):
        return None
    return item_parts(parts, lists, index_of(task.spec.task_id))


def _digests(tasks: Iterable[TaskRecord]) -> Digests:
    found: Digests = {}
    for task in tasks:
        found.update(task_digests(task))
    return found


def task_digests(task: TaskRecord) -> Digests:
    """Return the digests of what a task made; of a map they are made of those of its items."""
    task_id = task.spec.task_id
    if not task.spec.is_map or not task.outputs:
        return digests_of(task_id, task.outputs)
    run = task.run
    if task_id not in run.digests:
        items = [digests_of(task_id, item.outputs) for item in run.items_of(task_id)]
        run.digests[task_id] = list_digests(items) or digests_of(task_id, task.outputs)
    return run.digests[task_id]
