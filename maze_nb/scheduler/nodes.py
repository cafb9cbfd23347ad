"""The nodes as people see them: what they have, how they are doing, what their status is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from maze_nb.engine.demand import WHOLE
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.node_state import DeviceState, NodeState
from maze_nb.engine.slot_state import SlotState
from maze_nb.model.ids import NodeId
from maze_nb.scheduler.crew import Crew, Member
from maze_nb.wire.keys import task_behind
from maze_nb.wire.submission import (
    DeviceLoad,
    DeviceSummary,
    NodeSummary,
    RunningTask,
    SlotSummary,
)

_GONE_KEPT = 50
_RUNNING_TOLD = 32


@dataclass(slots=True)
class NodeList:
    """The list of nodes: those that are there, and the last of those that are gone."""

    crew: Crew
    fleet: Fleet
    _gone: deque[NodeSummary] = field(default_factory=lambda: deque(maxlen=_GONE_KEPT))

    def all(self) -> list[NodeSummary]:
        """Return all nodes by name, the workers that are none, and the nodes that are gone."""
        members: dict[str, list[Member]] = {node_id: [] for node_id in sorted(self.fleet.nodes)}
        for member in self.crew.members.values():
            members.setdefault(member.hello.node_id, []).append(member)
        here = [self._summary(node_id, members[node_id]) for node_id in sorted(self.fleet.nodes)]
        known = {node.node_id for node in here}
        unusable = [
            NodeSummary(
                member.hello.node_id,
                member.host,
                (member.hello.worker,),
                status="unusable",
                fault=member.hello.fault,
                version=member.hello.version,
                joined=member.joined,
            )
            for member in self.crew.members.values()
            if member.hello.fault
        ]
        return [*here, *unusable, *(node for node in self._gone if node.node_id not in known)]

    def is_gone(self, node_id: str) -> bool:
        """Whether a node was here and is gone."""
        return any(node.node_id == node_id for node in self._gone)

    def note_last_slot(self, worker: str, member: Member | None) -> NodeSummary | None:
        """Return what a node is now if `worker` is the last of it, so that it can be kept."""
        if member is None or member.hello.fault:
            return None
        node_id = NodeId(member.hello.node_id)
        slots = self.fleet.slots_of.get(node_id, ())
        if [slot.slot.slot_id for slot in slots] != [worker]:
            return None
        return self._summary(node_id, [member])

    def keep_gone(self, last: NodeSummary, how: str) -> None:
        """Keep a node that is gone in the list."""
        kept = [node for node in self._gone if node.node_id != last.node_id]
        self._gone.clear()
        is_drained = last.status == "draining"
        why = "it was drained, and its workers ended" if is_drained else how
        self._gone.extend([*kept, _gone_summary(last, why)])

    def _summary(self, node_id: NodeId, members: list[Member]) -> NodeSummary:
        node, slots = self.fleet.nodes[node_id], self.fleet.slots_of[node_id]
        latest = max(members, key=lambda member: member.heard or 0, default=None)
        beat = latest.beat if latest else None
        hello = latest.hello if latest else None
        loads = beat.devices if beat else ()
        return NodeSummary(
            node_id=node_id,
            host=slots[0].slot.host,
            workers=tuple(slot.slot.slot_id for slot in slots),
            cpu=node.capacity.cpu,
            cpu_free=node.cpu_free / WHOLE,
            cpu_mem=node.capacity.cpu_mem,
            cpu_mem_free=node.cpu_mem_free,
            devices=_devices(node, loads),
            status=self._status(node_id),
            fault=self._fault(node_id, latest.remark if latest else ""),
            tags=tuple(sorted(node.tags)),
            version=hello.version if hello else "",
            tasks=sum(len(slot.running) for slot in slots),
            load=beat.cpu if beat else None,
            memory_used=beat.memory if beat else None,
            joined=min((member.joined for member in members), default=None),
            heard=latest.heard if latest else None,
            ends=hello.ends if hello else None,
            results_dir=hello.results_dir if hello else "",
            slots=tuple(map(_slot, slots)),
        )

    def _fault(self, node_id: NodeId, remark: str) -> str:
        if not self.fleet.health.is_aside(node_id):
            return remark
        return f"task after task failed there{f'; {remark}' if remark else ''}"

    def _status(self, node_id: NodeId) -> str:
        if node_id in self.fleet.draining:
            return "draining"
        if self.fleet.health.is_aside(node_id):
            return "set aside"
        is_busy = any(slot.running for slot in self.fleet.slots_of[node_id])
        return "busy" if is_busy else "available"


def _gone_summary(last: NodeSummary, how: str) -> NodeSummary:
    """Return a node as it is once it is gone."""
    return NodeSummary(
        last.node_id,
        last.host,
        (),
        cpu=last.cpu,
        cpu_mem=last.cpu_mem,
        status="terminated",
        fault=how,
        tags=last.tags,
        version=last.version,
        joined=last.joined,
        heard=last.heard,
        ends=last.ends,
        results_dir=last.results_dir,
    )


def _slot(slot: SlotState) -> SlotSummary:
    keys = islice(slot.running, _RUNNING_TOLD)
    return SlotSummary(
        slot.slot.slot_id,
        slot.slot.threads,
        len(slot.running),
        tuple(_running(found) for found in map(task_behind, keys) if found is not None),
        len(slot.ahead),
        slot.is_paused,
    )


def _running(found: tuple[str, str, str]) -> RunningTask:
    name, run_id, task_id = found
    return RunningTask(run_id, task_id, name)


def _devices(node: NodeState, loads: Iterable[DeviceLoad]) -> tuple[DeviceSummary, ...]:
    load_of = {load.index: load for load in loads}
    return tuple(_device(room, load_of.get(room.device.index)) for room in node.devices.values())


def _device(room: DeviceState, load: DeviceLoad | None) -> DeviceSummary:
    device = room.device
    return DeviceSummary(
        device.index,
        device.name,
        device.uuid,
        device.driver,
        device.memory,
        room.memory_left,
        room.share_free / WHOLE,
        room.squeezed,
        load.used if load else None,
        load.load if load else None,
    )
