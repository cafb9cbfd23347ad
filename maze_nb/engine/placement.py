"""The placement engine: which ready task goes where, and when.

Ready tasks wait in one queue for each demand. Whenever something changed, the heads of the queues
are tried. Among equals in priority those go first that the fewest cores could serve, then the
largest (best fit decreasing); what does not fit lets smaller ones pass (backfill). When no task of
a queue was placed for long, its head gets a node reserved, so that it starts in bounded time for
as long as tasks end.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand
from maze_nb.engine.durations import Durations
from maze_nb.engine.events import (
    EngineEvent,
    Instruction,
    Key,
    PlaceTask,
    RecallTask,
    RejectTask,
    ReportPending,
    SlotJoined,
    SlotLeft,
    SlotPaused,
    SlotResumed,
    TaskEnded,
    TaskReady,
    TaskWithdrawn,
)
from maze_nb.engine.explain import explain_pending
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.ready_queue import Bucket, ReadyQueue, Waiting
from maze_nb.engine.slot_state import SlotState
from maze_nb.model.ids import NodeId, SlotId

_UNEVEN = 8
"""How many more tasks may wait on a slot that holds their inputs than on another one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The knobs of placement, all in seconds.

    Attributes
    ----------
    report_after
        A task that waits this long is told why.
    patience
        A queue that is passed by this long, and as long as the longest tasks, gets a node kept.
    infeasible_grace
        A task that no node could ever take is rejected after this long.
    stall
        Tasks placed ahead are taken back when nothing ended on their slot for this long.
    """

    report_after: float = 0.5
    patience: float = 2.0
    infeasible_grace: float = 60.0
    stall: float = 0.5


@dataclass(slots=True)
class Placement:
    """Places ready tasks on slots.

    Responsibilities: take events, keep the queue and the fleet in step, decide.
    """

    policy: Policy = field(default_factory=Policy)
    fleet: Fleet = field(default_factory=Fleet)
    queue: ReadyQueue = field(default_factory=ReadyQueue)
    durations: Durations = field(default_factory=Durations)
    _ranks: dict[Demand, tuple[float, float]] = field(default_factory=dict)

    def handle(self, event: EngineEvent, now: float) -> None:
        """Take note of one event at time `now` (seconds of any steady clock)."""
        match event:
            case TaskReady():
                self.queue.push(event, now)
            case TaskEnded():
                self._end(event, now)
            case TaskWithdrawn():
                self.queue.remove(event.key)
                self.fleet.unreserve(event.key)
            case SlotJoined():
                self.fleet.join(event.slot)
                self._ranks.clear()
            case SlotLeft():
                self.fleet.leave(event.slot_id)
                self._ranks.clear()
            case SlotPaused():
                self._set_paused(event.slot_id, paused=True)
            case SlotResumed():
                self._set_paused(event.slot_id, paused=False)

    def decide(self, now: float) -> list[Instruction]:
        """Return what to do now; cheap when nothing changed."""
        found: list[Instruction] = []
        self._place_fitting(now, found)
        self._place_ahead(now, found)
        return found

    def review(self, now: float) -> list[Instruction]:
        """Return what follows from time passing; call it about twice a second."""
        found: list[Instruction] = []
        self._recall_stalled(now, found)
        for bucket, head in self.queue.heads():
            if self.fleet.nodes and not self.fleet.is_feasible(bucket.demand):
                self._report_infeasible(bucket, head, now, found)
            else:
                bucket.infeasible_since = None
                self._report_waiting(head, now, found)
        self._reserve_for_the_patient(now)
        found.extend(self.decide(now))
        return found

    def explain(self, key: Key) -> str | None:
        """Return why a ready task waits, or None if it does not wait here."""
        waiting = self.queue.waiting.get(key)
        return explain_pending(self.fleet, waiting.task.demand) if waiting else None

    def _end(self, event: TaskEnded, now: float) -> None:
        slot_id = self.fleet.place_of.get(event.key)
        group = self.fleet.end(event.key)
        if slot_id is None or group is None:
            return
        if event.duration is not None:
            self.durations.observe(group, event.duration)
        slot = self.fleet.slots[slot_id]
        slot.last_change = now
        slot.is_stalled = False

    def _set_paused(self, slot_id: SlotId, *, paused: bool) -> None:
        slot = self.fleet.slots.get(slot_id)
        if slot is not None and slot.is_paused != paused:
            slot.is_paused = paused
            self.fleet.dirty.add(slot.slot.node_id)

    def _rank(self, head: Waiting) -> tuple[float, ...]:
        first, *rest = head.task.priority or (0.0,)
        return (first, *self._rank_of_demand(head.task.demand), *rest)

    def _rank_of_demand(self, demand: Demand) -> tuple[float, float]:
        rank = self._ranks.get(demand)
        if rank is None:
            rank = (self.fleet.choice_of(demand), -self.fleet.size_of(demand))
            self._ranks[demand] = rank
        return rank

    def _patience(self) -> float:
        return self.policy.patience + self.durations.longest()

    def _place_fitting(self, now: float, found: list[Instruction]) -> None:
        dirty = sorted(self.fleet.dirty)
        self.fleet.dirty.clear()
        everywhere = list(self.fleet.nodes)
        pack = any(bucket.blocked for bucket in self.queue.buckets.values())
        order: list[tuple[tuple[float, ...], int, Bucket]] = []
        for index, (bucket, head) in enumerate(self.queue.heads()):
            if dirty or not bucket.blocked:
                order.append((self._rank(head), index, bucket))
        heapq.heapify(order)
        while order:
            _, index, bucket = heapq.heappop(order)
            candidates = dirty if bucket.blocked else everywhere
            if self._place_head(bucket, candidates, found, pack=pack):
                bucket.served = now
                following = self.queue.head(bucket)
                if following is not None:
                    heapq.heappush(order, (self._rank(following), index, bucket))
            else:
                bucket.blocked = True

    def _place_head(
        self, bucket: Bucket, candidates: Iterable[NodeId], found: list[Instruction], *, pack: bool
    ) -> bool:
        head = self.queue.head(bucket)
        if head is None:
            return False
        slot = self.fleet.best_slot(head.task, candidates, pack=pack)
        if slot is None:
            return False
        self.queue.pop(bucket)
        gpu_ids = self.fleet.place(head.task, slot)
        found.append(PlaceTask(head.task.key, slot.slot.slot_id, gpu_ids))
        return True

    def _place_ahead(self, now: float, found: list[Instruction]) -> None:
        for bucket, _ in self.queue.heads():
            if bucket.demand.gpu or bucket.demand.cpu_mem:
                continue
            self._fill_ahead(bucket, self._slots_for_ahead(bucket.demand), now, found)

    def _slots_for_ahead(self, demand: Demand) -> list[SlotState]:
        return [
            slot
            for slot in self.fleet.slots.values()
            if not slot.is_stalled
            and slot.runs_only(demand)
            and slot.slot.node_id not in self.fleet.reservations
            and all(self.durations.is_short(placed.group) for placed in slot.running.values())
        ]

    def _fill_ahead(
        self, bucket: Bucket, slots: list[SlotState], now: float, found: list[Instruction]
    ) -> None:
        """Queue tasks evenly, so that no slot runs dry, and where their inputs are if it can be."""
        by_id = {slot.slot.slot_id: slot for slot in slots}
        order = [(len(slot.ahead), index) for index, slot in enumerate(slots)]
        heapq.heapify(order)
        while order and (head := self.queue.head(bucket)) is not None:
            queued, index = order[0]
            if queued != len(slots[index].ahead):
                heapq.heapreplace(order, (len(slots[index].ahead), index))
                continue
            depth = self.durations.depth(head.task.group)
            if queued >= depth:
                return
            most = min(depth, queued + _UNEVEN)
            slot = _holder(head.task, by_id, most) or slots[index]
            if not slot.ahead:
                slot.last_change = now
            self.queue.pop(bucket)
            self.fleet.place_ahead(head.task, slot)
            found.append(PlaceTask(head.task.key, slot.slot.slot_id))

    def _recall_stalled(self, now: float, found: list[Instruction]) -> None:
        for slot in self.fleet.slots.values():
            if slot.ahead and now - slot.last_change > self.policy.stall:
                slot.is_stalled = True
                found.extend(RecallTask(key) for key in slot.ahead)

    def _report_infeasible(
        self, bucket: Bucket, head: Waiting, now: float, found: list[Instruction]
    ) -> None:
        reason = explain_pending(self.fleet, bucket.demand)
        if bucket.infeasible_since is None:
            bucket.infeasible_since = now
        if now - bucket.infeasible_since < self.policy.infeasible_grace:
            self._tell(head, "infeasible", reason, found)
            return
        while self.queue.head(bucket) is not None:
            found.append(RejectTask(self.queue.pop(bucket).task.key, reason))

    def _report_waiting(self, head: Waiting, now: float, found: list[Instruction]) -> None:
        if now - head.since >= self.policy.report_after and head.told != "waiting":
            reason = explain_pending(self.fleet, head.task.demand)
            self._tell(head, "waiting", reason, found)

    def _tell(self, head: Waiting, topic: str, reason: str, found: list[Instruction]) -> None:
        if head.told != topic:
            head.told = topic
            found.append(ReportPending(head.task.key, reason))

    def _reserve_for_the_patient(self, now: float) -> None:
        kept_for = {reservation.key for reservation in self.fleet.reservations.values()}
        for bucket, head in self.queue.heads():
            passed_by = now - max(head.since, bucket.served)
            if passed_by > self._patience() and head.task.key not in kept_for:
                self.fleet.reserve(head.task)


def _holder(task: TaskReady, slots: Mapping[SlotId, SlotState], most: int) -> SlotState | None:
    """Return the slot with the most bytes of a task's inputs, if fewer than `most` wait there."""
    held = [
        (size, slot_id)
        for slot_id, size in task.holders.items()
        if slot_id in slots and len(slots[slot_id].ahead) < most
    ]
    return slots[max(held)[1]] if held else None
