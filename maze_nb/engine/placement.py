"""The placement engine: which ready task goes where, and when.

Ready tasks wait in one queue for each demand. Whenever something changed, the heads of the queues
are tried: higher priority first (waiting raises it), then what has to start earliest for its
deadline, then what the fewest cores could serve, then what the run waits for (critical path), then
the largest (best fit decreasing). What does not fit lets smaller ones pass (backfill), except on
nodes that are kept for it: at once, if a device would idle or the end of a run waits; else once no
task of its queue was placed for long, so that it starts in bounded time for as long as tasks end.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from maze_nb.engine.ahead import Ahead
from maze_nb.engine.demand import Demand
from maze_nb.engine.durations import Durations
from maze_nb.engine.events import (
    DevicesSqueezed,
    EngineEvent,
    FleetEvent,
    Instruction,
    Key,
    NodeDrained,
    NodeUndrained,
    PlaceTask,
    RejectTask,
    ReportPending,
    SlotJoined,
    SlotLeft,
    SlotPaused,
    SlotResumed,
    TaskEnded,
    TaskReady,
    TasksReordered,
    TaskWithdrawn,
)
from maze_nb.engine.explain import explain_pending
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.ready_queue import AGEING_SECONDS, Bucket, ReadyQueue, Waiting
from maze_nb.model.ids import SlotId

_HELD_MOST = 16
"""So many nodes are kept at once for one demand."""
_AGEING_TASKS = 4
"""A priority is raised by one after the time that so many of the longest tasks take."""


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
    _ahead: Ahead = field(init=False)

    def __post_init__(self) -> None:
        self._ahead = Ahead(self.fleet, self.queue, self.durations)

    def handle(self, event: EngineEvent, now: float) -> None:
        """Take note of one event at time `now` (seconds of any steady clock)."""
        match event:
            case TaskReady():
                self.queue.push(event, now)
            case TaskEnded():
                self._end(event, now)
            case TaskWithdrawn():
                self.queue.remove(event.key)
            case TasksReordered():
                self.queue.reorder(event.orders)
            case _:
                self._change_fleet(event)

    def _change_fleet(self, event: FleetEvent) -> None:
        match event:
            case SlotJoined():
                self.fleet.join(event.slot)
            case SlotLeft():
                self.fleet.leave(event.slot_id)
            case SlotPaused():
                self._set_paused(event.slot_id, paused=True)
            case SlotResumed():
                self._set_paused(event.slot_id, paused=False)
            case NodeDrained():
                self.fleet.drain(event.node_id)
            case NodeUndrained():
                self.fleet.undrain(event.node_id)
            case DevicesSqueezed():
                self.fleet.squeeze(event.node_id, event.taken)

    def decide(self, now: float) -> list[Instruction]:
        """Return what to do now; cheap when nothing changed."""
        found: list[Instruction] = []
        self.queue.admit_delayed(now)
        self._place_fitting(now, found)
        self._ahead.place(now, found)
        return found

    def review(self, now: float) -> list[Instruction]:
        """Return what follows from time passing; call it about twice a second."""
        found: list[Instruction] = []
        for node_id in self.fleet.health.try_again(now):
            self.fleet.changed(node_id)
        self._ahead.recall_stuck(now, self.policy.stall, found)
        for bucket, head in self.queue.heads(now):
            if self.fleet.nodes and not self.fleet.prospect(bucket.demand).cores:
                self._report_infeasible(bucket, head, now, found)
            else:
                bucket.infeasible_since = None
                self._report_waiting(head, now, found)
        self._reserve_for_the_patient(now)
        found.extend(self.decide(now))
        return found

    def explain(self, key: Key, now: float) -> str | None:
        """Return why a ready task waits, or None if it does not wait here."""
        delayed = self.queue.delayed.get(key)
        if delayed is not None:
            return f"it is tried again in {max(delayed.not_before - now, 0):.1f} s"
        waiting = self.queue.waiting.get(key)
        return explain_pending(self.fleet, waiting.task.demand, now) if waiting else None

    def _end(self, event: TaskEnded, now: float) -> None:
        slot_id = self.fleet.place_of.get(event.key)
        group = self.fleet.end(event.key)
        if slot_id is None or group is None:
            return
        slot = self.fleet.slots[slot_id]
        slot.last_change = now
        slot.is_stalled = False
        if event.duration is not None:
            self.durations.observe(group, event.duration)
        node_id = slot.slot.node_id
        if event.fate is not None and self.fleet.health.observe(
            node_id, event.key, group, event.fate, now
        ):
            self.fleet.changed(node_id)

    def _set_paused(self, slot_id: SlotId, *, paused: bool) -> None:
        slot = self.fleet.slots.get(slot_id)
        if slot is not None and slot.is_paused != paused:
            slot.is_paused = paused
            self.fleet.changed(slot.slot.node_id)

    def _rank(self, bucket: Bucket, head: Waiting, now: float) -> tuple[float, ...]:
        order = head.task.order
        rank = self.queue.rank_at(order.rank, now)
        cores, size = self.fleet.prospect(bucket.demand)
        return (rank, order.latest_start, cores, order.critical, -size, *order.position)

    def _longest(self) -> float:
        """Return the longest mean of what runs now."""
        groups = {
            placed.group for slot in self.fleet.slots.values() for placed in slot.running.values()
        }
        return self.durations.longest(groups)

    def _place_fitting(self, now: float, found: list[Instruction]) -> None:
        pack = any(bucket.is_blocked for bucket in self.queue.buckets.values())
        heads = list(self.queue.heads(now))
        order: list[tuple[tuple[float, ...], int, Bucket, Waiting]] = [
            (self._rank(bucket, head, now) if len(heads) > 1 else (), index, bucket, head)
            for index, (bucket, head) in enumerate(heads)
        ]
        heapq.heapify(order)
        passed: set[Demand] = set()
        while order:
            _, index, bucket, head = heapq.heappop(order)
            is_placed = self._place_head(bucket, head, now, found, pack=pack)
            if not is_placed and self.fleet.reservations:
                passed.add(bucket.demand)
                while not is_placed and self.fleet.yield_to(bucket.demand, passed):
                    is_placed = self._place_head(bucket, head, now, found, pack=pack)
            bucket.is_blocked = not is_placed
            if bucket.is_blocked:
                if order:
                    passed.add(bucket.demand)
                    self._hold(bucket, head)
                continue
            following = self.queue.head(bucket, now)
            if following is not None:
                # Alone in the heap it needs no rank.
                rank = self._rank(bucket, following, now) if order else ()
                heapq.heappush(order, (rank, index, bucket, following))

    def _hold(self, bucket: Bucket, head: Waiting) -> None:
        """Keep nodes from what goes later, if a device or the end of a run waits for this."""
        if bucket.demand.gpu:
            self.fleet.hold(bucket.demand, _HELD_MOST)
        elif head.task.order.is_urgent:
            self.fleet.hold(bucket.demand, min(bucket.waiting, _HELD_MOST))

    def _place_head(
        self, bucket: Bucket, head: Waiting, now: float, found: list[Instruction], *, pack: bool
    ) -> bool:
        slot = self.fleet.best_slot(head.task, pack=pack)
        if slot is None:
            return False
        self.queue.pop(bucket, now)
        gpu_ids = self.fleet.place(head.task, slot)
        found.append(PlaceTask(head.task.key, slot.slot.slot_id, gpu_ids))
        return True

    def _report_infeasible(
        self, bucket: Bucket, head: Waiting, now: float, found: list[Instruction]
    ) -> None:
        reason = explain_pending(self.fleet, bucket.demand, now)
        if bucket.infeasible_since is None:
            bucket.infeasible_since = now
        if now - bucket.infeasible_since < self.policy.infeasible_grace:
            self._tell(head, "infeasible", reason, found)
            return
        while self.queue.head(bucket, now) is not None:
            found.append(RejectTask(self.queue.pop(bucket, now).task.key, reason))

    def _report_waiting(self, head: Waiting, now: float, found: list[Instruction]) -> None:
        if now - head.since >= self.policy.report_after and head.told != "waiting":
            reason = explain_pending(self.fleet, head.task.demand, now)
            self._tell(head, "waiting", reason, found)

    def _tell(self, head: Waiting, topic: str, reason: str, found: list[Instruction]) -> None:
        if head.told != topic:
            head.told = topic
            found.append(ReportPending(head.task.key, reason))

    def _reserve_for_the_patient(self, now: float) -> None:
        heads = [
            (bucket, bucket.lanes[head.task.order.rank], head)
            for bucket, head in self.queue.heads(now)
        ]
        for demand in self.fleet.reservations.demands():
            if demand not in self.queue.buckets:
                while self.fleet.reservations.count(demand):
                    self.fleet.unreserve(demand)
        ranks = {rank: self.queue.rank_at(rank, now) for rank in self.queue.levels}
        first = min(ranks.values(), default=0.0)
        longest = self._longest()
        patience = self.policy.patience + longest
        self.queue.ageing = max(AGEING_SECONDS, _AGEING_TASKS * longest)
        for bucket, lane, head in heads:
            if ranks[lane.rank] > first or self.fleet.reservations.is_firm(bucket.demand):
                continue
            if now - max(head.since, lane.served) > patience:
                self.fleet.reserve(bucket.demand)
