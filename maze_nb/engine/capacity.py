"""What the nodes of a fleet, were they empty, could take: the same for all nodes of one make."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from maze_nb.engine.demand import WHOLE, Demand
from maze_nb.engine.node_state import NodeState
from maze_nb.model.ids import NodeId
from maze_nb.model.node import Capacity


class Make(NamedTuple):
    """What nodes can have in common."""

    capacity: Capacity
    tags: frozenset[str]


class Prospect(NamedTuple):
    """What a demand can hope for from the whole fleet.

    Attributes
    ----------
    cores
        Those of all nodes that, were they empty, could take it; 0: there is no such node.
    size
        The largest part of any resource of the largest node that it takes.
        Source: dominant share, Ghodsi et al., NSDI 2011.
    """

    cores: float
    size: float


@dataclass(slots=True)
class Makes:
    """How many nodes of each make there are; remembers what each demand can hope for."""

    counts: Counter[Make] = field(default_factory=Counter)
    _able: dict[Demand, frozenset[Make]] = field(default_factory=dict)
    _prospects: dict[Demand, Prospect] = field(default_factory=dict)

    def add(self, node: NodeState) -> None:
        """Count a node."""
        self.counts[Make(node.capacity, node.tags)] += 1
        self._forget()

    def remove(self, node: NodeState) -> None:
        """Stop counting a node."""
        make = Make(node.capacity, node.tags)
        self.counts[make] -= 1
        if not self.counts[make]:
            del self.counts[make]
        self._forget()

    def able(self, demand: Demand) -> frozenset[Make]:
        """Return the makes whose nodes, were they empty, could take a demand."""
        found = self._able.get(demand)
        if found is None:
            found = frozenset(make for make in self.counts if _has_capacity(make, demand))
            self._able[demand] = found
        return found

    def prospect(self, demand: Demand) -> Prospect:
        """Return what a demand can hope for."""
        found = self._prospects.get(demand)
        if found is None:
            able = self.able(demand)
            cores = sum(make.capacity.cpu * self.counts[make] for make in able)
            if able:
                cores = max(cores, 1e-9)
            shares = [_dominant_share(make.capacity, demand) for make in self.counts]
            size = min((share for share in shares if share > 0), default=0.0)
            found = self._prospects[demand] = Prospect(cores, size)
        return found

    def total(self, name: str) -> float:
        """Return the cores (``"cpu"``) or devices (``"gpu"``) of all nodes."""
        return sum(
            (make.capacity.cpu if name == "cpu" else len(make.capacity.devices)) * count
            for make, count in self.counts.items()
        )

    def _forget(self) -> None:
        self._able.clear()
        self._prospects.clear()


def _has_capacity(make: Make, demand: Demand) -> bool:
    return NodeState(NodeId(""), make.capacity, make.tags).fits(demand)


def _dominant_share(capacity: Capacity, demand: Demand) -> float:
    gpus = len(capacity.devices)
    memory = max((device.memory for device in capacity.devices), default=0)
    return max(
        _share(demand.cpu, capacity.cpu * WHOLE),
        _share(demand.cpu_mem, capacity.cpu_mem),
        _share(demand.gpu, gpus * WHOLE),
        _share(demand.gpu_mem, memory) * _share(demand.gpu, gpus * WHOLE),
    )


def _share(asked: float, whole: float) -> float:
    return asked / whole if whole > 0 and asked <= whole else 0.0
