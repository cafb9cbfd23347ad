"""Short tasks queued on slots behind what runs there, so that no slot waits for the scheduler."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from maze_nb.engine.demand import Demand
from maze_nb.engine.durations import Durations
from maze_nb.engine.events import Instruction, PlaceTask, RecallTask, TaskReady
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.ready_queue import Bucket, ReadyQueue
from maze_nb.engine.slot_state import SlotState
from maze_nb.model.ids import SlotId

_UNEVEN = 8
"""How many more tasks may wait on a slot that holds their inputs than on another one."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Places tasks behind those that run, and takes back what got stuck there."""

    fleet: Fleet
    queue: ReadyQueue
    durations: Durations

    def place(self, now: float, found: list[Instruction]) -> None:
        """Queue what is known to be short behind others of the same demand."""
        for bucket, head in self.queue.heads(now):
            demand = bucket.demand
            if demand.gpu or demand.cpu_mem or demand.is_detached:
                continue
            if self.durations.is_short(head.task.group):
                self._fill(bucket, self._slots_for(demand), now, found)

    def recall_stuck(self, now: float, stall: float, found: list[Instruction]) -> None:
        """Take back what waits where nothing has ended for `stall` seconds."""
        for slot in self.fleet.slots.values():
            if not slot.ahead:
                continue
            is_late = now - slot.last_change > stall
            if is_late or not self.fleet.takes_more(slot.slot.node_id):
                slot.is_stalled = True
                found.extend(RecallTask(key) for key in slot.ahead)

    def _slots_for(self, demand: Demand) -> list[SlotState]:
        return [
            slot
            for slot in self.fleet.slots.values()
            if not slot.is_stalled
            and slot.runs_only(demand)
            and self.fleet.takes_more(slot.slot.node_id)
            and all(self.durations.is_short(placed.group) for placed in slot.running.values())
        ]

    def _fill(
        self, bucket: Bucket, slots: list[SlotState], now: float, found: list[Instruction]
    ) -> None:
        """Queue tasks evenly, so that no slot runs dry, and where their inputs are if it can be."""
        by_id = {slot.slot.slot_id: slot for slot in slots}
        order = [(len(slot.ahead), index) for index, slot in enumerate(slots)]
        heapq.heapify(order)
        while order and (head := self.queue.head(bucket, now)) is not None:
            queued, index = order[0]
            if queued != len(slots[index].ahead):
                heapq.heapreplace(order, (len(slots[index].ahead), index))
                continue
            depth = self.durations.depth(head.task.group)
            if queued >= depth:
                return
            most = min(depth, queued + _UNEVEN)
            slot = (head.task.holders and _holder(head.task, by_id, most)) or slots[index]
            if not slot.ahead:
                slot.last_change = now
            self.queue.pop(bucket, now)
            self.fleet.place_ahead(head.task, slot)
            found.append(PlaceTask(head.task.key, slot.slot.slot_id))
            heapq.heapreplace(order, (len(slots[index].ahead), index))


def _holder(task: TaskReady, slots: Mapping[SlotId, SlotState], most: int) -> SlotState | None:
    """Return the slot with the most bytes of a task's inputs, if fewer than `most` wait there."""
    held = [
        (size, slot_id)
        for slot_id, size in task.holders.items()
        if slot_id in slots and len(slots[slot_id].ahead) < most
    ]
    return slots[max(held)[1]] if held else None
