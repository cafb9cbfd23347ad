"""What of a node is taken and what is free."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from maze_nb.engine.demand import WHOLE, Demand
from maze_nb.engine.events import TaskReady
from maze_nb.model.ids import NodeId
from maze_nb.model.node import Capacity, Device


class Grant(NamedTuple):
    """What one task holds of a node."""

    demand: Demand
    gpu_ids: tuple[int, ...]


@dataclass(slots=True)
class DeviceState:
    """What of one device is free: share in thousandths, memory in MB.

    ``squeezed`` is what other programs take of the memory; it is no reservation of ours.
    ``last_user`` is the slot and the group of the task that used it last: there, a process with
    what such tasks load may still be warm.
    """

    device: Device
    share_free: int = WHOLE
    memory_free: int = 0
    squeezed: int = 0
    last_user: tuple[str, str] = ("", "")

    @property
    def memory_left(self) -> int:
        """The MB that are neither reserved nor taken by other programs."""
        return max(self.memory_free - self.squeezed, 0)

    def has_room(self, demand: Demand) -> bool:
        """Whether a task's part on one device fits."""
        if self.share_free < demand.device_share:
            return False
        return demand.gpu_mem == 0 or self.memory_free - self.squeezed >= demand.gpu_mem


@dataclass(slots=True)
class NodeState:
    """The free part of one node's capacity; guards that it never goes below zero.

    Responsibilities: say whether a demand fits, choose devices, take, give back.
    """

    node_id: NodeId
    capacity: Capacity
    tags: frozenset[str] = frozenset()
    cpu_free: int = field(init=False)
    cpu_mem_free: int = field(init=False)
    devices: dict[int, DeviceState] = field(init=False)

    def __post_init__(self) -> None:
        self.cpu_free = round(self.capacity.cpu * WHOLE)
        self.cpu_mem_free = int(self.capacity.cpu_mem)
        self.devices = {
            device.index: DeviceState(device, memory_free=int(device.memory))
            for device in self.capacity.devices
        }

    def fits(self, demand: Demand, shadow: NodeState | None = None) -> bool:
        """Whether `demand` fits into what is free now, here and in `shadow` alike."""
        # A shadow may be below zero; what asks for nothing of that may pass all the same.
        if demand.cpu > max(self.cpu_free, 0) or demand.cpu_mem > max(self.cpu_mem_free, 0):
            return False
        if demand.tags and not self.tags.issuperset(demand.tags):
            return False
        # What stands for all nodes of a make has no name.
        if demand.node and self.node_id and demand.node != self.node_id:
            return False
        if shadow is not None and not shadow.fits(demand):
            return False
        return self.has_devices(demand, shadow)

    def has_devices(self, demand: Demand, shadow: NodeState | None = None) -> bool:
        """Whether the part of `demand` that is on devices fits."""
        wanted = demand.device_count
        return not wanted or len(self._with_room(demand, shadow)) >= wanted

    def take(self, demand: Demand, shadow: NodeState | None = None, group: str = "") -> Grant:
        """Reserve `demand`, which must fit, and say on which devices."""
        rooms = self.choose(demand, shadow, group) if demand.gpu else []
        grant = Grant(demand, tuple(sorted(room.device.index for room in rooms)))
        self.retake(grant)
        return grant

    def choose(self, demand: Demand, shadow: NodeState | None, group: str) -> list[DeviceState]:
        """Return the devices for a task of `group`, by best fit.

        These are those with the least share, then the least memory, left; among such, those that
        a task of the group used last.
        """
        rooms = self._with_room(demand, shadow)
        rooms.sort(
            key=lambda room: (
                room.share_free,
                room.memory_left,
                room.last_user[1] != group,
                room.device.index,
            )
        )
        return rooms[: demand.device_count]

    def warm_slots(self, task: TaskReady, shadow: NodeState | None) -> set[str]:
        """Return the slots where what a task loads may be warm, for the devices it would get."""
        if not task.demand.gpu:
            return set()
        rooms = self.choose(task.demand, shadow, task.group)
        return {room.last_user[0] for room in rooms if room.last_user[1] == task.group}

    def retake(self, grant: Grant) -> None:
        """Reserve exactly what `grant` names."""
        self._add(grant, -1)

    def give_back(self, grant: Grant) -> None:
        """Free what `grant` reserved."""
        self._add(grant, 1)

    def _with_room(self, demand: Demand, shadow: NodeState | None) -> list[DeviceState]:
        rooms = [room for room in self.devices.values() if room.has_room(demand)]
        if shadow is None:
            return rooms
        return [room for room in rooms if shadow.devices[room.device.index].has_room(demand)]

    def _add(self, grant: Grant, sign: int) -> None:
        demand = grant.demand
        self.cpu_free += sign * demand.cpu
        self.cpu_mem_free += sign * demand.cpu_mem
        for index in grant.gpu_ids:
            device = self.devices[index]
            device.share_free += sign * demand.device_share
            device.memory_free += sign * demand.gpu_mem
