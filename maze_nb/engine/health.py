"""Which nodes fail task after task for reasons of their own, and so are set aside for a while.

A circuit breaker (Nygard, *Release It!*): closed; open for a time that doubles; then half open,
when one task is let through to try.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from maze_nb.engine.events import Fate, Key
from maze_nb.model.ids import NodeId

FAILURES = 3
"""So many tasks in a row have to fail on a node."""
FIRST_SECONDS = 30.0
MOST_SECONDS = 600.0
_GROUPS_KEPT = 10_000
_STREAK_KEPT = 4 * FAILURES
_SOUND_RATIO = 4
"""A group is sound if so many of its tasks succeed elsewhere for each that fails there."""


@dataclass(slots=True)
class _Record:
    """How a group of tasks fares: in all, and on each node."""

    done: Counter[NodeId] = field(default_factory=Counter)
    failed: Counter[NodeId] = field(default_factory=Counter)

    def is_sound_without(self, node_id: NodeId) -> bool:
        done = self.done.total() - self.done[node_id]
        failed = self.failed.total() - self.failed[node_id]
        return done > _SOUND_RATIO * failed


@dataclass(slots=True)
class _Breaker:
    """The failures in a row on one node, with the group of each, and how often it was opened."""

    streak: dict[Key, str] = field(default_factory=dict)
    broken: set[Key] = field(default_factory=set)
    opened: int = 0
    until: float = 0.0
    is_on_trial: bool = False


@dataclass(slots=True)
class Health:
    """The breakers of all nodes."""

    breakers: dict[NodeId, _Breaker] = field(default_factory=dict)
    records: OrderedDict[str, _Record] = field(default_factory=OrderedDict)

    def observe(self, node_id: NodeId, key: Key, group: str, fate: Fate, now: float) -> bool:
        """Learn how a task ended on a node; return whether that opened or closed its breaker."""
        record = self._record(group)
        if fate == Fate.DONE:
            record.done[node_id] += 1
            return self.breakers.pop(node_id, None) is not None
        record.failed[node_id] += 1
        breaker = self.breakers.setdefault(node_id, _Breaker())
        breaker.streak[key] = group
        if len(breaker.streak) > _STREAK_KEPT:
            oldest = next(iter(breaker.streak))
            del breaker.streak[oldest]
            breaker.broken.discard(oldest)
        if fate == Fate.BROKEN:
            breaker.broken.add(key)
        blamed = [
            failed
            for failed, its_group in breaker.streak.items()
            if failed in breaker.broken or self._record(its_group).is_sound_without(node_id)
        ]
        if len(blamed) < (1 if breaker.is_on_trial else FAILURES):
            return False
        breaker.until = now + min(FIRST_SECONDS * 2**breaker.opened, MOST_SECONDS)
        breaker.opened += 1
        breaker.is_on_trial = False
        breaker.streak.clear()
        breaker.broken.clear()
        return True

    def try_again(self, now: float) -> list[NodeId]:
        """Return the nodes whose time aside is over; from now on they are on trial."""
        found = []
        for node_id, breaker in self.breakers.items():
            if breaker.until and now >= breaker.until:
                breaker.until = 0.0
                breaker.is_on_trial = True
                found.append(node_id)
        return found

    def is_aside(self, node_id: NodeId) -> bool:
        """Whether a node gets no work for now."""
        breaker = self.breakers.get(node_id)
        return breaker is not None and breaker.until > 0

    def is_on_trial(self, node_id: NodeId) -> bool:
        """Whether a node gets one task at a time, to see whether it has recovered."""
        breaker = self.breakers.get(node_id)
        return breaker is not None and breaker.is_on_trial

    def until(self, node_id: NodeId) -> float:
        """Return until when a node is set aside (0: it is not)."""
        breaker = self.breakers.get(node_id)
        return 0.0 if breaker is None else breaker.until

    def forget(self, node_id: NodeId) -> None:
        """Forget a node that is gone."""
        self.breakers.pop(node_id, None)

    def _record(self, group: str) -> _Record:
        record = self.records.get(group)
        if record is None:
            record = self.records[group] = _Record()
            if len(self.records) > _GROUPS_KEPT:
                self.records.popitem(last=False)
        return record
