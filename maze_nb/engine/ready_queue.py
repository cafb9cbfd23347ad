"""Ready tasks in buckets by demand, so that a finished task costs no scan of all that wait."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand
from maze_nb.engine.events import Key, Priority, TaskReady


@dataclass(slots=True)
class Waiting:
    """A ready task and since when it waits (seconds of the caller's clock)."""

    task: TaskReady
    since: float
    told: str = ""


@dataclass(slots=True)
class Bucket:
    """The ready tasks of one demand, best priority first; ``served`` is when one was placed."""

    demand: Demand
    heap: list[tuple[Priority, int, Key]] = field(default_factory=list)
    blocked: bool = False
    served: float = float("-inf")
    infeasible_since: float | None = None


@dataclass(slots=True)
class ReadyQueue:
    """All ready tasks. Responsibilities: order within a demand, removal by key."""

    buckets: dict[Demand, Bucket] = field(default_factory=dict)
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    _pushed: int = 0

    def push(self, task: TaskReady, now: float) -> None:
        """Add a task."""
        bucket = self.buckets.get(task.demand)
        if bucket is None:
            bucket = self.buckets[task.demand] = Bucket(task.demand)
        self._pushed += 1
        self.waiting[task.key] = Waiting(task, now)
        heapq.heappush(bucket.heap, (task.priority, self._pushed, task.key))

    def head(self, bucket: Bucket) -> Waiting | None:
        """Return the first task of `bucket`; drop the bucket when it is empty."""
        heap = bucket.heap
        while heap:
            found = self.waiting.get(heap[0][2])
            if found is not None and found.task.demand == bucket.demand:
                return found
            heapq.heappop(heap)
        self.buckets.pop(bucket.demand, None)
        return None

    def pop(self, bucket: Bucket) -> Waiting:
        """Remove and return the head of `bucket`, which must have one."""
        _, _, key = heapq.heappop(bucket.heap)
        return self.waiting.pop(key)

    def remove(self, key: Key) -> bool:
        """Forget a task wherever it stands; say whether it was here."""
        return self.waiting.pop(key, None) is not None

    def heads(self) -> Iterator[tuple[Bucket, Waiting]]:
        """Yield each bucket that has a task, with its first."""
        for bucket in list(self.buckets.values()):
            head = self.head(bucket)
            if head is not None:
                yield bucket, head
