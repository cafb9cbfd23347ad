"""Ready tasks in buckets by demand, so that a finished task costs no scan of all that wait."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand
from maze_nb.engine.events import Key, Order, TaskReady

AGEING_SECONDS = 10.0
"""Waiting so long without one of its like being placed counts as much as one more priority."""


@dataclass(slots=True)
class Waiting:
    """A ready task and since when it waits (seconds of the caller's clock)."""

    task: TaskReady
    since: float
    told: str = ""


@dataclass(slots=True)
class Lane:
    """The ready tasks of one demand and priority, first in order first.

    ``served`` is when one of them was placed last, or when the first came.
    """

    rank: int
    served: float
    heap: list[tuple[Order, int, Key]] = field(default_factory=list)

    def rank_at(self, now: float) -> float:
        """Return the rank with what it has gained by waiting; lower goes first."""
        return self.rank - max(now - self.served, 0.0) // AGEING_SECONDS


@dataclass(slots=True)
class Bucket:
    """The ready tasks of one demand, in a lane for each priority."""

    demand: Demand
    lanes: dict[int, Lane] = field(default_factory=dict)
    is_blocked: bool = False
    infeasible_since: float | None = None

    def lane(self, now: float) -> Lane:
        """Return the lane whose turn it is; there is at least one."""
        if len(self.lanes) == 1:
            return next(iter(self.lanes.values()))
        return min(self.lanes.values(), key=lambda lane: (lane.rank_at(now), lane.rank))


@dataclass(slots=True)
class ReadyQueue:
    """All ready tasks. Responsibilities: order within a demand, removal by key, delays."""

    buckets: dict[Demand, Bucket] = field(default_factory=dict)
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    delayed: dict[Key, TaskReady] = field(default_factory=dict)
    _delays: list[tuple[float, int, Key]] = field(default_factory=list)
    _pushed: int = 0

    def push(self, task: TaskReady, now: float) -> None:
        """Add a task."""
        self._pushed += 1
        self.delayed.pop(task.key, None)
        if task.not_before > now:
            self.delayed[task.key] = task
            heapq.heappush(self._delays, (task.not_before, self._pushed, task.key))
            return
        bucket = self.buckets.get(task.demand)
        if bucket is None:
            bucket = self.buckets[task.demand] = Bucket(task.demand)
        lane = bucket.lanes.get(task.order.rank)
        if lane is None:
            lane = bucket.lanes[task.order.rank] = Lane(task.order.rank, now)
        self.waiting[task.key] = Waiting(task, now)
        heapq.heappush(lane.heap, (task.order, self._pushed, task.key))

    def admit_delayed(self, now: float) -> None:
        """Let those wait for a place whose delay is over."""
        while self._delays and self._delays[0][0] <= now:
            due, _, key = heapq.heappop(self._delays)
            task = self.delayed.get(key)
            if task is not None and task.not_before == due:
                self.push(task, now)

    def head(self, bucket: Bucket, now: float) -> Waiting | None:
        """Return the first task of `bucket`; drop the bucket when it is empty."""
        while bucket.lanes:
            lane = bucket.lane(now)
            while lane.heap:
                found = self.waiting.get(lane.heap[0][2])
                if found is not None and found.task.demand == bucket.demand:
                    return found
                heapq.heappop(lane.heap)
            del bucket.lanes[lane.rank]
        self.buckets.pop(bucket.demand, None)
        return None

    def pop(self, bucket: Bucket, now: float) -> Waiting:
        """Remove and return the head of `bucket`, which must have one."""
        lane = bucket.lane(now)
        lane.served = now
        _, _, key = heapq.heappop(lane.heap)
        return self.waiting.pop(key)

    def remove(self, key: Key) -> bool:
        """Forget a task wherever it stands; say whether it was here."""
        was_delayed = self.delayed.pop(key, None) is not None
        return self.waiting.pop(key, None) is not None or was_delayed

    def heads(self, now: float) -> Iterator[tuple[Bucket, Waiting]]:
        """Yield each bucket that has a task, with its first."""
        for bucket in list(self.buckets.values()):
            head = self.head(bucket, now)
            if head is not None:
                yield bucket, head
