"""Machines and the worker processes on them."""

from __future__ import annotations

from dataclasses import dataclass

from maze_nb.model.ids import NodeId, SlotId

NODE_ID_VARIABLE = "MAZE_NODE_ID"
"""Worker processes in whose environment this has the same value share one node's capacity."""


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU: its index on the node and its memory in MB (0: unknown).

    ``driver`` is the version of its driver.
    """

    index: int
    memory: float = 0
    name: str = ""
    uuid: str = ""
    driver: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a node has to give: cores, memory in MB and GPU devices."""

    cpu: float
    cpu_mem: float
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """One worker process on a node.

    Attributes
    ----------
    slot_id
        The worker's Dask address.
    node_id
        Slots with the same node id share one capacity.
    threads
        How many tasks the process runs at once.
    capacity
        What the whole node has.
    host
        The address of the machine.
    tags
        What tasks can ask of the node by name.
    """

    slot_id: SlotId
    node_id: NodeId
    threads: int
    capacity: Capacity
    host: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """How one GPU is used at a time: ``load`` from 0 to 1 where it is told, memory in MB."""

    index: int
    load: float | None
    used: float
    total: float


@dataclass(frozen=True, slots=True)
class NodeUse:
    """How one node is used at a time: the load of its cores from 0 to 1, memory in MB."""

    node_id: str
    cpu: float
    memory: float
    total: float
    devices: tuple[DeviceUse, ...] = ()
