"""How long tasks of a group take, and so how many may be placed ahead."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

AHEAD_SECONDS = 0.05
"""How much expected work may wait on a slot behind what runs there."""
AHEAD_MOST = 32
SHORT_SECONDS = 0.02
_WEIGHT = 0.3
_GROUPS_KEPT = 10_000


@dataclass(slots=True)
class Durations:
    """Exponentially weighted mean duration of each group of tasks, in seconds."""

    means: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def observe(self, group: str, duration: float) -> None:
        """Learn from one finished task."""
        mean = self.means.get(group)
        self.means[group] = duration if mean is None else mean + _WEIGHT * (duration - mean)
        self.means.move_to_end(group)
        if len(self.means) > _GROUPS_KEPT:
            self.means.popitem(last=False)

    def is_short(self, group: str) -> bool:
        """Whether tasks of `group` are known to be short."""
        return self.means.get(group, SHORT_SECONDS) < SHORT_SECONDS

    def depth(self, group: str) -> int:
        """How many tasks of `group` may wait on a slot behind those that run."""
        mean = self.means.get(group, SHORT_SECONDS)
        if mean >= SHORT_SECONDS:
            return 0
        return min(AHEAD_MOST, int(AHEAD_SECONDS / max(mean, 1e-6)))

    def longest(self, groups: Iterable[str]) -> float:
        """Return the longest mean of these groups (0 when nothing is known)."""
        return max((self.means.get(group, 0.0) for group in groups), default=0.0)
