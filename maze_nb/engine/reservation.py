"""Nodes kept for tasks that were passed by, while what does not delay them may still pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from maze_nb.engine.demand import Demand
from maze_nb.engine.node_state import Grant, NodeState
from maze_nb.model.ids import NodeId


@dataclass(slots=True)
class Reservation:
    """A promise of one node to the next task of a demand.

    ``shadow`` is what of the node would be free now had the promised task begun; it is below zero
    where it could not begin yet. Others may take what is free there as well.
    """

    demand: Demand
    shadow: NodeState


@dataclass(slots=True)
class Reservations:
    """All promises; guards that there is at most one on each node.

    Those that are firm, at most one for each demand, stand until they are kept; the others give
    way to what goes first.
    """

    _on: dict[NodeId, Reservation] = field(default_factory=dict)
    _nodes: dict[Demand, dict[NodeId, None]] = field(default_factory=dict)
    _firm: dict[Demand, NodeId] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._on)

    def __contains__(self, node_id: NodeId) -> bool:
        return node_id in self._on

    def get(self, node_id: NodeId) -> Reservation | None:
        """Return the promise that was made of a node, if any."""
        return self._on.get(node_id)

    def against(self, node_id: NodeId, demand: Demand) -> Reservation | None:
        """Return the promise of a node that a task of this demand has to respect, if any."""
        found = self._on.get(node_id)
        return None if found is None or found.demand == demand else found

    def count(self, demand: Demand) -> int:
        """Return how many nodes are kept for a demand."""
        return len(self._nodes.get(demand, ()))

    def demands(self) -> Iterator[Demand]:
        """Yield what nodes are kept for."""
        yield from list(self._nodes)

    def is_firm(self, demand: Demand) -> bool:
        """Whether a node is kept for a demand whatever comes."""
        return demand in self._firm

    def make_firm(self, demand: Demand) -> bool:
        """Make one of the promises to a demand firm; say whether there is one."""
        nodes = self._nodes.get(demand)
        if nodes:
            self._firm.setdefault(demand, next(iter(nodes)))
        return bool(nodes)

    def loose(self, passed: Collection[Demand]) -> Iterator[NodeId]:
        """Yield the nodes that are kept, but not firmly, for other demands than those `passed`."""
        for demand, nodes in list(self._nodes.items()):
            if demand not in passed:
                firm = self._firm.get(demand)
                yield from [node_id for node_id in nodes if node_id != firm]

    def add(self, node: NodeState, demand: Demand) -> None:
        """Promise a node, of which nothing is promised yet, to a task of a demand."""
        self._on[node.node_id] = reserve(node, demand)
        self._nodes.setdefault(demand, {})[node.node_id] = None

    def drop(self, node_id: NodeId) -> None:
        """Forget what was promised of a node, if anything."""
        found = self._on.pop(node_id, None)
        if found is not None:
            del self._nodes[found.demand][node_id]
            if self._firm.get(found.demand) == node_id:
                del self._firm[found.demand]
            if not self._nodes[found.demand]:
                del self._nodes[found.demand]

    def drop_one(self, demand: Demand, at: NodeId | None = None) -> NodeId | None:
        """Forget one promise to a demand, that of the node `at` if there is one; say of which."""
        nodes = self._nodes.get(demand)
        if not nodes:
            return None
        node_id = at if at is not None and at in nodes else next(iter(nodes))
        self.drop(node_id)
        return node_id


def reserve(node: NodeState, demand: Demand) -> Reservation:
    """Promise `node`, whose whole capacity takes `demand`, to a task of it."""
    shadow = NodeState(node.node_id, node.capacity, node.tags)
    shadow.cpu_free, shadow.cpu_mem_free = node.cpu_free, node.cpu_mem_free
    shadow.devices = {index: replace(room) for index, room in node.devices.items()}
    able = [
        room
        for room in node.devices.values()
        if demand.gpu and room.device.memory - room.squeezed >= demand.gpu_mem
    ]
    able.sort(key=lambda room: (-room.share_free, -room.memory_left, room.device.index))
    chosen = tuple(sorted(room.device.index for room in able[: demand.device_count]))
    shadow.retake(Grant(demand, chosen))
    return Reservation(demand, shadow)
