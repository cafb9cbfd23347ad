"""How well nodes and slots suit a task that they can take."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from maze_nb.engine.demand import Demand
from maze_nb.engine.events import TaskReady
from maze_nb.engine.node_index import Score
from maze_nb.engine.node_state import NodeState
from maze_nb.engine.slot_state import SlotState


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


def best_slot_of(slots: Iterable[SlotState], task: TaskReady, warm: Collection[str]) -> SlotState:
    """Return the slot of one node that suits a task best.

    In this order: what the task loads is warm there, most bytes of its inputs are there, it has
    least to do.
    """
    return min(
        slots,
        key=lambda slot: (
            slot.slot.slot_id not in warm,
            -task.holders.get(slot.slot.slot_id, 0),
            len(slot.running),
        ),
    )
