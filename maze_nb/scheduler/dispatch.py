"""The engine and Dask side by side: what is told to the one, and carried out on the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.config import infeasible_grace
from maze_nb.engine.events import (
    EngineEvent,
    Instruction,
    PlaceTask,
    RecallTask,
    RejectTask,
    ReportPending,
    SlotLeft,
    SlotPaused,
    SlotResumed,
    TaskEnded,
    TaskReady,
    TasksReordered,
)
from maze_nb.engine.placement import Placement, Policy
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.scheduler.binding import Binding
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.lineage import Lineage
from maze_nb.scheduler.run_record import TaskRecord
from maze_nb.wire.keys import DaskKey

Verdict = Callable[[TaskRecord, str], None]
"""Takes a task and the reason why it waits, or why it is to fail."""


class Dispatch:
    """Tells the engine, and acts on its instructions once each turn of the event loop.

    Parameters
    ----------
    lineage
        Cuts nodes of Dask's graph off, of which the conclusions are drawn here.
    pending, reject
        Called with a task that waits, and with one that no node could ever take.
    broken
        Called with an error that nobody expected.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        crew: Crew,
        tasks: dict[DaskKey, TaskRecord],
        lineage: Lineage,
        *,
        pending: Verdict,
        reject: Verdict,
        broken: Callable[[Exception], None],
    ) -> None:
        self.engine = Placement(Policy(infeasible_grace=infeasible_grace()))
        self.binding = Binding(scheduler)
        self._scheduler = scheduler
        self._crew = crew
        self._tasks = tasks
        self._lineage = lineage
        self._pending = pending
        self._reject = reject
        self._broken = broken
        self._to_release: list[tuple[str, list[DaskKey]]] = []
        self._to_tell: list[tuple[SlotId, dict[str, Any]]] = []
        self._to_drop: list[TaskRecord] = []
        self._is_due = False
        lineage.wake = self.wake

    def tell(self, event: EngineEvent) -> None:
        """Tell the engine, and act soon."""
        self.engine.handle(event, time.monotonic())
        self.wake()

    def wake(self) -> None:
        """Act once in the coming turn of the event loop."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._act)

    def ready(self, task: TaskRecord) -> None:
        """Queue a task for which Dask finds no worker, as its gate is shut."""
        state = self._scheduler.tasks[task.key]
        order = task.run.order.order_of(task.spec, tuple(state.priority or ()), self._totals())
        holders = self.binding.holders(task.key) if task.cut is None else self._near(task)
        self.tell(TaskReady(task.key, task.asks, order, task.spec.family, holders, task.not_before))

    def _near(self, task: TaskRecord) -> dict[SlotId, int]:
        """Return the bytes of a task's stored outputs that are on each worker's machine."""
        found: dict[SlotId, int] = {}
        for stored in (output.stored for output in task.outputs):
            if stored is not None:
                for member in self._crew.of_node(stored.node_id):
                    slot_id = SlotId(member.hello.worker)
                    found[slot_id] = found.get(slot_id, 0) + stored.nbytes
        return found

    def task_over(self, task: TaskRecord) -> None:
        """Let the order of a run's waiting tasks follow from what was learned from one."""
        run = task.run
        if not run.order.task_ended(task.spec.task_id):
            return
        totals, waiting = self._totals(), self.engine.queue.waiting
        orders = {
            other.key: run.order.order_of(
                other.spec, waiting[other.key].task.order.position, totals
            )
            for other in run.tasks.values()
            if other.key in waiting
        }
        if orders:
            self.tell(TasksReordered(orders))

    def release(self, holder: str, keys: list[DaskKey]) -> None:
        """Let Dask drop keys in the coming turn."""
        self._to_release.append((holder, keys))
        self.wake()

    def reject(self, task: TaskRecord, error: Exception) -> None:
        """Let Dask fail a task that has failed before it was placed, with all that reads it."""
        if not self.binding.reject(task, error):
            # What it reads was lost meanwhile, and it waits until that has been made again.
            readers = task.run.progress.after([task.spec.task_id])
            keys = [task.run.tasks[task_id].key for task_id in (task.spec.task_id, *readers)]
            self.release(task.run.holder, keys)

    def drop(self, task: TaskRecord) -> None:
        """Have Dask drop the outputs of a task from memory in the coming turn."""
        self._to_drop.append(task)
        self.wake()

    def tell_worker(self, slot_id: SlotId, message: dict[str, Any]) -> None:
        """Send a worker a message in the coming turn, after what Dask sends it by then."""
        self._to_tell.append((slot_id, message))
        self.wake()

    def review(self) -> None:
        """Do what follows from time passing."""
        with suppress(ValueError):  # a setting that makes no sense leaves it as it was
            self.engine.policy = replace(self.engine.policy, infeasible_grace=infeasible_grace())
        for slot_id, slot in self.engine.fleet.slots.items():
            running = self._scheduler.workers.get(slot_id) in self._scheduler.running
            if running == slot.is_paused:
                self.tell(SlotResumed(slot_id) if running else SlotPaused(slot_id))
        self._carry_out(self.engine.review(time.monotonic()))

    def is_running(self, task: TaskRecord) -> bool:
        """Whether a task was placed and holds resources, not placed ahead of them."""
        slot = self.engine.fleet.slots.get(task.slot_id or SlotId(""))
        return slot is not None and task.key in slot.running

    def _totals(self) -> tuple[float, float]:
        makes = self.engine.fleet.makes
        return (makes.total("cpu"), makes.total("gpu"))

    def _act(self) -> None:
        self._is_due = False
        try:
            released, self._to_release = self._to_release, []
            for holder, keys in released:
                self.binding.release(keys, holder)
            dropped, self._to_drop = self._to_drop, []
            self.binding.drop(task.key for task in dropped if not task.is_wanted)
            self._lineage.settle()
            told, self._to_tell = self._to_tell, []
            for slot_id, message in told:
                self.binding.tell_worker(slot_id, message)
            self._carry_out(self.engine.decide(time.monotonic()))
        except Exception as error:  # noqa: BLE001 - an error here would stop all runs mutely
            self._broken(error)

    def _carry_out(self, instructions: Iterable[Instruction]) -> None:
        placed: list[tuple[TaskRecord, dict[str, float]]] = []
        recalled: list[DaskKey] = []
        for instruction in instructions:
            task = self._tasks.get(instruction.key)  # type: ignore[call-overload]
            if task is None:
                continue
            match instruction:
                case PlaceTask(slot_id=slot_id, gpu_ids=gpu_ids):
                    task.place(slot_id, gpu_ids)
                    self._free_devices(task)
                    self._forget_inputs(task)
                    placed.append((task, self._used(task, slot_id)))
                case RecallTask():
                    recalled.append(task.key)
                case ReportPending(reason=reason):
                    self._pending(task, reason)
                case RejectTask(reason=reason):
                    self._reject(task, reason)
        for task in self.binding.place(placed):
            self._take_back(task)
        self.binding.recall(recalled)

    def _used(self, task: TaskRecord, slot_id: SlotId) -> dict[str, float]:
        if task.cut is not None:
            return {}
        return self._crew.dask_resources(slot_id, task.spec.resources, len(task.gpu_ids))

    def _free_devices(self, task: TaskRecord) -> None:
        """Have the other slots of the node end what they keep warm on a task's devices."""
        if not task.gpu_ids or task.slot_id is None:
            return
        node_id = NodeId(self._crew.node_of(task.slot_id)[0])
        for slot in self.engine.fleet.slots_of.get(node_id, ()):
            if slot.slot.slot_id != task.slot_id:
                message = {"op": "maze-yield", "gpu_ids": list(task.gpu_ids)}
                self.binding.tell_worker(slot.slot.slot_id, message)

    def _forget_inputs(self, task: TaskRecord) -> None:
        """Tell a slot, before it is sent a task, that this is to be loaded and reads nothing."""
        if task.cut is not None and task.slot_id is not None:
            self.binding.tell_worker(task.slot_id, {"op": "maze-cut", "keys": [task.key]})

    def _take_back(self, task: TaskRecord) -> None:
        """Queue again what Dask would not send: its worker is pausing, closing or gone."""
        slot_id = task.slot_id or SlotId("")
        self.tell(TaskEnded(task.key))
        if slot_id not in self._scheduler.workers:
            self.tell(SlotLeft(slot_id))
        elif self._scheduler.workers[slot_id] not in self._scheduler.running:
            self.tell(SlotPaused(slot_id))
        state = self._scheduler.tasks.get(task.key)
        if state is not None and state.state == "no-worker":
            self.ready(task)
