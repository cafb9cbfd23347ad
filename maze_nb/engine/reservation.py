"""A node kept for tasks that were passed by, while what does not delay them may still pass."""

from __future__ import annotations

from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand
from maze_nb.engine.events import Key
from maze_nb.engine.node_state import Grant, NodeState


@dataclass(slots=True)
class Reservation:
    """A promise of one node to the next task of a demand.

    ``shadow`` is the node as if it were empty but for the promised task and those admitted since:
    whatever fits there as well leaves room for the promised task once the older ones have ended.
    """

    demand: Demand
    shadow: NodeState
    admitted: dict[Key, Grant] = field(default_factory=dict)

    def admit(self, key: Key, grant: Grant) -> None:
        """Count a task that was placed on the node meanwhile."""
        self.shadow.retake(grant)
        self.admitted[key] = grant

    def release(self, key: Key, heir: Key | None = None) -> None:
        """Stop counting a task that ended; its grant passes to `heir` if there is one."""
        grant = self.admitted.pop(key, None)
        if grant is None:
            return
        if heir is None:
            self.shadow.give_back(grant)
        else:
            self.admitted[heir] = grant


def reserve(node: NodeState, demand: Demand) -> Reservation:
    """Promise `node`, whose whole capacity takes `demand`, to a task of it."""
    shadow = NodeState(node.node_id, node.capacity, node.tags)
    for index, room in node.devices.items():
        shadow.devices[index].squeezed = room.squeezed
    able = [
        room
        for room in node.devices.values()
        if demand.gpu and shadow.devices[room.device.index].has_room(demand)
    ]
    able.sort(key=lambda room: (-room.share_free, -room.memory_left, room.device.index))
    chosen = tuple(sorted(room.device.index for room in able[: demand.device_count]))
    shadow.retake(Grant(demand, chosen))
    return Reservation(demand, shadow)
