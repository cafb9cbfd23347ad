"""Runs that grow: maps get the tasks of their items once it is known how many there are.

Of a map the client submits one template. Dask gets neither that nor what follows the map before
its items are known; then it gets them, with the nodes by which others read what the items make.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from distributed.scheduler import Scheduler
from distributed.utils import offload

from maze_nb.errors import MazeError
from maze_nb.model.ids import TaskId
from maze_nb.model.states import TaskState
from maze_nb.scheduler.conditions import Conditions
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.dask_graph import DaskGraph, hand_over
from maze_nb.scheduler.growing import Growing, growing_run
from maze_nb.scheduler.map_lists import gathered_output, length_of_map
from maze_nb.scheduler.map_nodes import (
    MapNodes,
    Nodes,
    item_nodes,
    reader_nodes,
    skipped_nodes,
    with_parts,
)
from maze_nb.scheduler.reuse import CACHE, task_digests
from maze_nb.scheduler.run_record import RunRecord, TaskRecord

logger = logging.getLogger(__name__)

_AT_ONCE = 1000
"""So many items are given to Dask in one call, so that the first run while others are made."""


class Growth:
    """Hands the tasks of runs to Dask, and those of the items of maps as they come to be known.

    Parameters
    ----------
    conductor
        Carries the runs through.
    """

    def __init__(self, scheduler: Scheduler, conductor: Conductor) -> None:
        self._scheduler = scheduler
        self._conductor = conductor
        self._conditions = Conditions(conductor, self._settle)
        self._at_work: set[asyncio.Task[None]] = set()
        conductor.made = self._made

    def expand(self, run: RunRecord, map_id: TaskId, count: int) -> list[TaskRecord]:
        """Give a map its items, of which Dask learns later; return their tasks."""
        items = run.expand(map_id, count)
        self._conductor.runs.grow(items)
        self._conductor.journal.task_expanded(run.tasks[map_id], count)
        self._note_digests(run, map_id)
        if not items:
            self._gathered(run, map_id)
        return items

    async def begin(self, run: RunRecord, graph: DaskGraph) -> None:
        """Hand a run to Dask, as far as it is known by now; the rest follows by itself."""
        self._conditions.begin(run)
        if run.finished is not None:
            return
        if not run.submission.maps:
            keys = {task.key for task in run.tasks.values() if _is_of_use(run, task)}
            await hand_over(self._scheduler, run, graph, keys, graph.ranks)
            return
        growing = await offload(growing_run, run, graph)
        run.growing = growing
        free = growing.withheld.free()
        for map_id in growing.maps:
            if map_id in run.progress.items or map_id in run.progress.chosen:
                self._note_digests(run, map_id)
                free += growing.withheld.settle(map_id)
            else:
                self._note_due(run, growing, map_id)
        growing.is_busy = True
        try:
            await self._hand(run, growing, free)
        finally:
            growing.is_busy = False
        self._grow_soon(run, growing)

    # What follows from what tasks have made

    def _made(self, task: TaskRecord) -> None:
        run, task_id = task.run, task.spec.task_id
        map_id = run.progress.map_of(task_id)
        if map_id is not None and run.progress.is_gathered(map_id):
            self._gathered(run, map_id)
        self._conditions.made(task)
        growing = run.growing
        if growing is not None:
            for follower in growing.after.get(task_id, ()):
                self._note_due(run, growing, follower)
            self._grow_soon(run, growing)

    def _gathered(self, run: RunRecord, map_id: TaskId) -> None:
        """Note that all items of a map have succeeded, and so has the map."""
        task, items = run.tasks[map_id], run.items_of(map_id)
        if not run.progress.advance(map_id, TaskState.SUCCEEDED):
            return
        self._conductor.note_outputs(
            task, tuple(gathered_output(name, items) for name in task.spec.outputs)
        )
        self._conductor.journal.task_gathered(task, run.expanded.get(map_id, time.time()))
        self._conductor.eviction.task_ended(task)
        self._made(task)
        self._conductor.finish_if_done(run)

    def _settle(self, task: TaskRecord) -> None:
        """Note that a map was skipped by its condition, so that it has no items."""
        growing = task.run.growing
        if growing is not None:
            growing.due.append(task.spec.task_id)
            self._grow_soon(task.run, growing)

    # Maps whose lists are there

    def _note_due(self, run: RunRecord, growing: Growing, map_id: TaskId) -> None:
        """Note that a map can be given its items, if all of its lists are there."""
        if run.progress.states[map_id].is_final:
            return
        over = run.submission.maps[map_id]
        made = [run.tasks[TaskId(task_id)] for task_id, _ in over.lists.values()]
        if all(run.progress.states[each.spec.task_id] == TaskState.SUCCEEDED for each in made):
            growing.due.append(map_id)

    def _grow_soon(self, run: RunRecord, growing: Growing) -> None:
        if growing.due and not growing.is_busy:
            growing.is_busy = True
            work = asyncio.get_running_loop().create_task(self._grow(run, growing))
            self._at_work.add(work)
            work.add_done_callback(self._at_work.discard)

    async def _grow(self, run: RunRecord, growing: Growing) -> None:
        try:
            while growing.due and run.finished is None:
                due, growing.due = growing.due, []
                free: list[TaskId] = []
                for map_id in dict.fromkeys(due):
                    if await self._is_expanded(run, map_id):
                        free += growing.withheld.settle(map_id)
                await self._hand(run, growing, free)
        except Exception as error:
            logger.exception("Run %s cannot go on", run.run_id)
            self._conductor.fail_run(run, f"the run cannot go on: {type(error).__name__}: {error}")
        finally:
            growing.is_busy = False

    async def _is_expanded(self, run: RunRecord, map_id: TaskId) -> bool:
        """Give a map its items; say whether what follows it can go on."""
        if map_id in run.progress.chosen:
            return True
        if run.progress.states[map_id].is_final or self._conditions.is_open(run, map_id):
            return False
        task, fault = run.tasks[map_id], ""
        count, fault = length_of_map(run, task)
        known = run.progress.items.get(map_id)
        if known is not None and count != len(known):
            fault = fault or (
                f"the list that task {task.spec.name!r} maps over had {len(known)} items when it "
                f"was first made, and has {count} now: let it be the same each time"
            )
        if fault:
            self._conductor.fail_unplaced(task, "InputError", fault)
            return False
        if known is None:
            items = self.expand(run, map_id, count)
            for item, entry in await self._conductor.reuse.find_items(items):
                if self._conductor.reused(item, entry.outputs, CACHE, entry.shown):
                    item.is_wanted = False
        return True

    # What Dask gets

    async def _hand(self, run: RunRecord, growing: Growing, free: Iterable[TaskId]) -> None:
        """Give Dask tasks, each after those it depends on, and the items of maps."""
        nodes: Nodes = {}
        for task_id in free:
            task, maps = run.tasks[task_id], growing.maps.get(task_id)
            if maps is None:
                if _is_of_use(run, task):
                    nodes[task.key] = growing.nodes[task.key]
            elif task_id in run.progress.chosen:
                growing.nodes |= skipped_nodes(maps)
            else:
                # What they depend on comes before them.
                await self._hand_nodes(run, growing, nodes, growing.ranks)
                nodes, items = {}, run.items_of(task_id)
                for first in range(0, len(items), _AT_ONCE):
                    await self._hand_items(run, growing, maps, items, first)
                readers = await offload(reader_nodes, maps, task, items)
                growing.ranks |= dict.fromkeys(readers, growing.ranks[task.key] + 1)
                growing.nodes |= readers
        await self._hand_nodes(run, growing, nodes, growing.ranks)
        if growing.withheld.is_over:
            growing.nodes, growing.ranks = {}, {}

    async def _hand_items(
        self,
        run: RunRecord,
        growing: Growing,
        maps: MapNodes,
        items: list[TaskRecord],
        first: int,
    ) -> None:
        some = items[first : first + _AT_ONCE]
        nodes = await offload(item_nodes, maps.template, some, first)
        rank = growing.ranks[maps.template.key]
        ranks = {item.key: rank + index / len(items) for index, item in enumerate(some, first)}
        for item in some:
            if run.progress.states[item.spec.task_id] == TaskState.SUCCEEDED:
                item.is_wanted = run.progress.is_needed(item.spec.task_id)
        of_use = {item.key: nodes[item.key] for item in some if _is_of_use(run, item)}
        await self._hand_nodes(run, growing, of_use, ranks)

    async def _hand_nodes(
        self,
        run: RunRecord,
        growing: Growing,
        nodes: Nodes,
        ranks: Mapping[Any, float],
    ) -> None:
        """Give Dask the nodes of tasks, with those that they depend on."""
        if run.finished is not None or not nodes:
            return
        whole = with_parts(growing.nodes, nodes, self._conductor.tasks)
        ranked = {key: growing.ranks[key] if key in growing.ranks else ranks[key] for key in whole}
        try:
            await hand_over(self._scheduler, run, whole, set(nodes), ranked)
        except MazeError:
            # Dask takes no graph at all of which something was given up while it read it.
            kept = {k: n for k, n in nodes.items() if _is_of_use(run, run.tasks[TaskId(k[1])])}
            if len(kept) == len(nodes):
                raise
            await self._hand_nodes(run, growing, kept, ranks)
            return
        # What was given up while Dask read the graph is not to stay there.
        ended = [run.tasks[TaskId(task_id)] for _, task_id in nodes]
        left = [task for task in ended if not _is_of_use(run, task)]
        if left:
            self._conductor.dispatch.release(run.holder, [task.key for task in left])

    def _note_digests(self, run: RunRecord, map_id: TaskId) -> None:
        """Keep what is known of the lists that a map goes over, as far as that is of use."""
        run.expanded.setdefault(map_id, time.time())
        if map_id not in run.submission.cached:
            return
        found = {}
        for name, (task_id, output) in run.submission.maps[map_id].lists.items():
            digests = task_digests(run.tasks[TaskId(task_id)])
            found[name] = digests.get((task_id, output), "")
        run.lists[map_id] = found


def _is_of_use(run: RunRecord, task: TaskRecord) -> bool:
    state = run.progress.states[task.spec.task_id]
    return (
        state == TaskState.SUCCEEDED
        or not state.is_final
        or (task.spec.task_id in run.progress.chosen and run.progress.is_needed(task.spec.task_id))
    )
