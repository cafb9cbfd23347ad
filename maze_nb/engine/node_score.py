"""How well a node suits a demand that it can take."""

from __future__ import annotations

from maze_nb.engine.demand import Demand
from maze_nb.engine.node_index import Score
from maze_nb.engine.node_state import NodeState


def with_bytes(score: Score, held: int) -> Score:
    """Return a score that counts the bytes of a task's inputs that the node holds."""
    wasted, unpreferred, *rest = score
    return (wasted, unpreferred, float(-held), *rest)


def score_of(demand: Demand, node: NodeState, *, pack: bool) -> Score:
    """Return how well a node that takes a demand suits it, lower is better.

    In this order: leave devices to those who need them, take a preferred node, (move the fewest
    bytes, see `with_bytes`), fill fuller nodes first (`pack`) or emptier ones first.
    """
    wasted = 0.0 if demand.gpu else float(len(node.devices))
    unpreferred = float(-len(node.tags.intersection(demand.prefer)))
    left = float(node.cpu_free - demand.cpu)
    if demand.gpu:
        left += sum(room.memory_left for room in node.devices.values() if room.has_room(demand))
    return (wasted, unpreferred, left if pack or demand.gpu else -left)
