"""The workers that can take tasks, and those that cannot, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from maze_nb.engine.demand import WHOLE
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.node_state import DeviceState
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Slot
from maze_nb.wire.submission import DeviceSummary, NodeSummary, WorkerHello

RESOURCE_OF = {"CPU": "cpu", "MEM": "cpu_mem", "GPU": "gpu", "VRAM": "gpu_mem"}
"""The Dask resources that Maze reads, by the name of what it calls them."""


@dataclass(slots=True)
class Crew:
    """What each worker said of itself when it joined."""

    members: dict[str, WorkerHello] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)

    def join(self, hello: WorkerHello, host: str, threads: int) -> Slot | None:
        """Note a worker; return the slot it offers, or None if it has a fault."""
        self.members[hello.worker] = hello
        self.hosts[hello.worker] = host
        if hello.fault:
            return None
        return Slot(
            slot_id=SlotId(hello.worker),
            node_id=NodeId(hello.node_id),
            threads=threads,
            capacity=Capacity(hello.cores, hello.memory, hello.devices),
            host=host,
        )

    def reject(self, worker: str, fault: str) -> None:
        """Note a worker that cannot take tasks."""
        self.members[worker] = WorkerHello(worker, "", fault=fault)

    def leave(self, worker: str) -> None:
        """Forget a worker."""
        self.members.pop(worker, None)
        self.hosts.pop(worker, None)

    def node_of(self, worker: str) -> tuple[str, str]:
        """Return the node id of a worker and the address of its machine."""
        hello = self.members.get(worker)
        return (hello.node_id if hello else "", self.hosts.get(worker, ""))

    def dask_resources(
        self, worker: str, resources: dict[str, float], gpus: int
    ) -> dict[str, float]:
        """Return what a task uses of the resources that the worker declared to Dask.

        So plain Dask work that asks for them is held back as well.
        """
        declared = self.members[worker].declared
        if not declared:
            return {}
        used = {name: resources[RESOURCE_OF[name]] for name in declared if name in RESOURCE_OF}
        if "VRAM" in used:
            used["VRAM"] *= max(gpus, 1)
        return {name: amount for name, amount in used.items() if amount > 0}

    def faults(self) -> list[str]:
        """Return why some workers cannot take tasks."""
        return [hello.fault for hello in self.members.values() if hello.fault]

    def summaries(self, fleet: Fleet) -> list[NodeSummary]:
        """Return all nodes, and the workers that are none."""
        found = [
            NodeSummary(
                node_id=node_id,
                host=fleet.slots_of[node_id][0].slot.host,
                workers=tuple(slot.slot.slot_id for slot in fleet.slots_of[node_id]),
                cpu=node.capacity.cpu,
                cpu_free=node.cpu_free / WHOLE,
                cpu_mem=node.capacity.cpu_mem,
                cpu_mem_free=node.cpu_mem_free,
                devices=tuple(_device(room) for room in node.devices.values()),
                status="busy" if any(s.running for s in fleet.slots_of[node_id]) else "available",
            )
            for node_id, node in fleet.nodes.items()
        ]
        found.extend(
            NodeSummary(
                hello.node_id,
                self.hosts.get(worker, ""),
                (worker,),
                status="unusable",
                fault=hello.fault,
            )
            for worker, hello in self.members.items()
            if hello.fault
        )
        return found


def _device(room: DeviceState) -> DeviceSummary:
    device = room.device
    return DeviceSummary(
        device.index,
        device.name,
        device.uuid,
        device.driver,
        device.memory,
        room.memory_free,
        room.share_free / WHOLE,
    )
