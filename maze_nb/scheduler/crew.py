"""The workers: what they said of themselves, how they are doing, how they ended."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from msgspec.structs import replace

from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Device, Slot
from maze_nb.model.resources import Resources
from maze_nb.wire.submission import Heartbeat, WorkerHello

RESOURCE_OF = {"CPU": "cpu", "MEM": "cpu_mem", "GPU": "gpu", "VRAM": "gpu_mem"}
"""The Dask resources that Maze reads, by the name of what it calls them."""
_ENDS_KEPT = 1000
_WALLTIME_SLACK = 60.0


@dataclass(slots=True)
class Member:
    """One worker: its greeting, its machine, when it joined and when it was heard last.

    ``remark`` is what people should know of what it offers; ``nanny`` is the address of who
    will tell how its process ended. ``is_leaving``: it is being stopped in good order. ``slot`` is
    its number among the workers of its node, from 0 on: the lowest that was free when it joined.
    """

    hello: WorkerHello
    host: str = ""
    joined: float = field(default_factory=time.time)
    beat: Heartbeat | None = None
    heard: float | None = None
    remark: str = ""
    nanny: str = ""
    is_leaving: bool = False
    slot: int = 0


@dataclass(slots=True)
class Crew:
    """All workers that are there, and how those ended that are not."""

    members: dict[str, Member] = field(default_factory=dict)
    _ends: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _last_of: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _exits: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def join(self, hello: WorkerHello, host: str, threads: int, *, nanny: str = "") -> Slot | None:
        """Note a worker; return the slot it offers, or None if it has a fault.

        A device that was only probed is offered by the first node that came with it.
        """
        devices, remark = self._not_offered_yet(hello)
        hello = replace(hello, devices=devices)
        slot = self._free_number(hello)
        self.members[hello.worker] = Member(hello, host, remark=remark, nanny=nanny, slot=slot)
        if nanny:
            _keep(self._last_of, nanny, hello.worker)
        if hello.fault:
            return None
        return Slot(
            slot_id=SlotId(hello.worker),
            node_id=NodeId(hello.node_id),
            threads=threads,
            capacity=Capacity(hello.cores, hello.memory, hello.devices),
            host=host,
            tags=hello.tags,
        )

    def reject(self, worker: str, fault: str) -> None:
        """Note a worker that cannot take tasks."""
        self.members[worker] = Member(WorkerHello(worker, "", fault=fault))

    def leaving(self, worker: str) -> None:
        """Note that a worker is being stopped in good order."""
        member = self.members.get(worker)
        if member is not None:
            member.is_leaving = True

    def is_leaving(self, worker: str) -> bool:
        """Whether a worker that is there is being stopped in good order."""
        member = self.members.get(worker)
        return member is not None and member.is_leaving

    def leave(self, worker: str) -> Member | None:
        """Note that a worker is gone; return what was known of it."""
        member = self.members.pop(worker, None)
        if member is not None:
            _keep(self._ends, worker, _loss_of(member))
            if not member.nanny:
                _keep(self._exits, worker, "")
        return member

    def exited(self, nanny: str, how: str) -> None:
        """Note what a nanny says of how its worker ended, which it may not know by address yet."""
        worker = self._last_of.pop(nanny, None)
        if worker is not None:
            _keep(self._exits, worker, how)

    def is_end_known(self, worker: str) -> bool:
        """Whether all is known of how a worker ended that will ever be."""
        return worker in self._exits

    def end_of(self, death: str) -> str:
        """Return how the lost worker of an address ended; anything else is returned as it is.

        Dask tells of the loss of its tasks first, and then that the worker is gone.
        """
        member = self.members.get(death)
        end = _loss_of(member) if member else self._ends.get(death, death)
        how = self._exits.get(death)
        return f"{end}: {how}" if how else end

    def beat(self, heartbeat: Heartbeat) -> str | None:
        """Note how a worker is doing; return its node, or None if it is not known."""
        member = self.members.get(heartbeat.worker)
        if member is None:
            return None
        member.beat, member.heard = heartbeat, time.time()
        return member.hello.node_id

    def of_node(self, node_id: str) -> list[Member]:
        """Return the workers of a node."""
        return [member for member in self.members.values() if member.hello.node_id == node_id]

    def node_of(self, worker: str) -> tuple[str, str]:
        """Return the node id of a worker and the address of its machine."""
        member = self.members.get(worker)
        return (member.hello.node_id, member.host) if member else ("", "")

    def number_of(self, worker: str) -> int | None:
        """Return the number of a worker on its node, None if it is not known."""
        member = self.members.get(worker)
        return member.slot if member else None

    def dask_resources(self, worker: str, resources: Resources, gpus: int) -> dict[str, float]:
        """Return what a task uses of the resources that the worker declared to Dask.

        So plain Dask work that asks for them is held back as well.
        """
        declared = self.members[worker].hello.declared
        if not declared:
            return {}
        asked = resources.as_dict()
        used = {name: asked[RESOURCE_OF[name]] for name in declared if name in RESOURCE_OF}
        if "VRAM" in used:
            used["VRAM"] *= max(gpus, 1)
        return {name: amount for name, amount in used.items() if amount > 0}

    def faults(self) -> list[str]:
        """Return why some workers cannot take tasks."""
        return [member.hello.fault for member in self.members.values() if member.hello.fault]

    def _free_number(self, hello: WorkerHello) -> int:
        known = self.members.get(hello.worker)
        if known is not None and known.hello.node_id == hello.node_id:
            return known.slot
        taken = {member.slot for member in self.of_node(hello.node_id)}
        return next(number for number in range(len(taken) + 1) if number not in taken)

    def _not_offered_yet(self, hello: WorkerHello) -> tuple[tuple[Device, ...], str]:
        if "GPU" in hello.declared or not any(device.uuid for device in hello.devices):
            return hello.devices, ""
        owner_of = {
            device.uuid: member.hello.node_id
            for member in self.members.values()
            for device in member.hello.devices
            if device.uuid and member.hello.node_id != hello.node_id
        }
        taken = [device for device in hello.devices if device.uuid in owner_of]
        if not taken:
            return hello.devices, ""
        owners = ", ".join(sorted({owner_of[device.uuid] for device in taken}))
        return tuple(device for device in hello.devices if device.uuid not in owner_of), (
            f"its GPUs {', '.join(str(device.index) for device in taken)} are offered by node "
            f"{owners} already: start the workers of one machine together with maze-nb worker, "
            f"or declare what each has with --resources"
        )


def _loss_of(member: Member) -> str:
    who = f"worker {member.hello.worker} of node {member.hello.node_id}"
    if member.is_leaving:
        return f"{who} was stopped"
    ends = member.hello.ends
    is_late = ends is not None and time.time() > ends - _WALLTIME_SLACK
    why = " as its walltime was up" if is_late else ""
    return f"{who} was lost{why}"


def _keep(known: OrderedDict[str, str], name: str, text: str) -> None:
    known[name] = text
    known.move_to_end(name)
    if len(known) > _ENDS_KEPT:
        known.popitem(last=False)
