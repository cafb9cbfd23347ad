"""Ready tasks in buckets by demand, so that a finished task costs no scan of all that wait."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from maze_nb.engine.demand import Demand
from maze_nb.engine.events import Key, Order, TaskReady

AGEING_SECONDS = 10.0
"""The least time without a task of a priority being placed that raises it by one."""


@dataclass(slots=True)
class Waiting:
    """A ready task and since when it waits (seconds of the caller's clock).

    ``number`` is that of its entry in its lane; entries with other numbers are out of date.
    """

    task: TaskReady
    since: float
    number: int
    told: str = ""


@dataclass(slots=True)
class Lane:
    """The ready tasks of one demand and priority, first in order first.

    ``served`` is when one of them was placed last, or when the first came.
    """

    rank: int
    served: float
    heap: list[tuple[Order, int, Key]] = field(default_factory=list)


@dataclass(slots=True)
class Level:
    """How many tasks of one priority wait, and when one of them was placed last."""

    served: float
    waiting: int = 0


@dataclass(slots=True)
class Bucket:
    """The ready tasks of one demand, in a lane for each priority; so many are ``waiting``."""

    demand: Demand
    waiting: int = 0
    lanes: dict[int, Lane] = field(default_factory=dict)
    is_blocked: bool = False
    infeasible_since: float | None = None


@dataclass(slots=True)
class ReadyQueue:
    """All ready tasks. Responsibilities: order within a demand, ageing, removal, delays.

    Attributes
    ----------
    ageing
        So many seconds without a task of a priority being placed raise that priority by one.
    """

    ageing: float = AGEING_SECONDS
    buckets: dict[Demand, Bucket] = field(default_factory=dict)
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    delayed: dict[Key, TaskReady] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)
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
        self._forget(task.key)
        bucket.waiting += 1
        self.waiting[task.key] = Waiting(task, now, self._pushed)
        self.levels.setdefault(task.order.rank, Level(now)).waiting += 1
        heapq.heappush(lane.heap, (task.order, self._pushed, task.key))

    def reorder(self, orders: Mapping[Any, Order]) -> None:
        """Give tasks that wait another order."""
        for key, order in orders.items():
            found = self.waiting.get(key)
            if found is None or found.task.order == order:
                continue
            found.task = replace(found.task, order=order)
            self._pushed += 1
            found.number = self._pushed
            lane = self.buckets[found.task.demand].lanes[order.rank]
            heapq.heappush(lane.heap, (order, self._pushed, key))

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
            lane = self.lane(bucket, now)
            while lane.heap:
                _, number, key = lane.heap[0]
                found = self.waiting.get(key)
                if found is not None and found.number == number:
                    return found
                heapq.heappop(lane.heap)
            del bucket.lanes[lane.rank]
        self.buckets.pop(bucket.demand, None)
        return None

    def pop(self, bucket: Bucket, now: float) -> Waiting:
        """Remove and return the head of `bucket`, which must have one."""
        lane = self.lane(bucket, now)
        lane.served = self.levels[lane.rank].served = now
        _, _, key = heapq.heappop(lane.heap)
        found = self._forget(key)
        assert found is not None
        return found

    def remove(self, key: Key) -> bool:
        """Forget a task wherever it stands; say whether it was here."""
        was_delayed = self.delayed.pop(key, None) is not None
        return self._forget(key) is not None or was_delayed

    def rank_at(self, rank: int, now: float) -> float:
        """Return a rank with what it has gained by waiting; lower goes first."""
        level = self.levels.get(rank)
        return float(rank) if level is None else rank - max(now - level.served, 0.0) // self.ageing

    def lane(self, bucket: Bucket, now: float) -> Lane:
        """Return the lane of `bucket` whose turn it is; there is at least one."""
        if len(bucket.lanes) == 1:
            return next(iter(bucket.lanes.values()))
        return min(
            bucket.lanes.values(), key=lambda lane: (self.rank_at(lane.rank, now), lane.rank)
        )

    def heads(self, now: float) -> Iterator[tuple[Bucket, Waiting]]:
        """Yield each bucket that has a task, with its first."""
        for bucket in list(self.buckets.values()):
            head = self.head(bucket, now)
            if head is not None:
                yield bucket, head

    def _forget(self, key: Key) -> Waiting | None:
        found = self.waiting.pop(key, None)
        if found is not None:
            rank = found.task.order.rank
            self.buckets[found.task.demand].waiting -= 1
            self.levels[rank].waiting -= 1
            if not self.levels[rank].waiting:
                del self.levels[rank]
        return found
