"""The nodes that can take one demand now, best first, kept up as nodes change.

So that placing a task does not look at every node.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from maze_nb.model.ids import NodeId

Score = tuple[float, ...]
Rate = Callable[[NodeId], Score | None]
"""Gives how well a node suits, lower is better; None if it cannot take the demand now."""


@dataclass(slots=True)
class NodeIndex:
    """A heap of scores with lazy deletion, and the nodes whose scores are to be looked at again."""

    scores: dict[NodeId, Score] = field(default_factory=dict)
    stale: set[NodeId] = field(default_factory=set)
    _heap: list[tuple[Score, NodeId]] = field(default_factory=list)

    def refresh(self, rate: Rate) -> None:
        """Look again at the nodes that have changed."""
        for node_id in self.stale:
            score = rate(node_id)
            if score is None:
                self.scores.pop(node_id, None)
            elif self.scores.get(node_id) != score:
                self.scores[node_id] = score
                heapq.heappush(self._heap, (score, node_id))
        self.stale.clear()
        if len(self._heap) > 4 * len(self.scores) + 64:
            self._heap = [(score, node_id) for node_id, score in self.scores.items()]
            heapq.heapify(self._heap)

    def best(self) -> tuple[Score, NodeId] | None:
        """Return the best node with its score, or None if none can take the demand."""
        heap = self._heap
        while heap:
            score, node_id = heap[0]
            if self.scores.get(node_id) == score:
                return score, node_id
            heapq.heappop(heap)
        return None

    def mark(self, node_ids: Iterable[NodeId]) -> None:
        """Note that nodes have changed."""
        self.stale.update(node_ids)
