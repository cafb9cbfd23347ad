"""All nodes and slots: what is free, who holds what, which node suits a task best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from maze_nb.engine.demand import WHOLE, Demand
from maze_nb.engine.events import Key, TaskReady
from maze_nb.engine.node_state import NodeState
from maze_nb.engine.reservation import Reservation, reserve
from maze_nb.engine.slot_state import Placed, SlotState
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Slot


@dataclass(slots=True)
class Fleet:
    """The nodes with their slots; guards that grants are given back exactly once."""

    nodes: dict[NodeId, NodeState] = field(default_factory=dict)
    slots: dict[SlotId, SlotState] = field(default_factory=dict)
    slots_of: dict[NodeId, list[SlotState]] = field(default_factory=dict)
    place_of: dict[Key, SlotId] = field(default_factory=dict)
    reservations: dict[NodeId, Reservation] = field(default_factory=dict)
    dirty: set[NodeId] = field(default_factory=set)

    def join(self, slot: Slot) -> None:
        """Add a slot, and its node if it is the first there."""
        self.leave(slot.slot_id)
        if slot.node_id not in self.nodes:
            self.nodes[slot.node_id] = NodeState(slot.node_id, slot.capacity)
            self.slots_of[slot.node_id] = []
        state = SlotState(slot)
        self.slots[slot.slot_id] = state
        self.slots_of[slot.node_id].append(state)
        self.dirty.add(slot.node_id)

    def leave(self, slot_id: SlotId) -> list[Key]:
        """Remove a slot with all it held; return what was placed there."""
        state = self.slots.pop(slot_id, None)
        if state is None:
            return []
        lost = [*state.running, *state.ahead]
        state.ahead.clear()
        for key in list(state.running):
            self._free(state, key)
        for key in lost:
            self.place_of.pop(key, None)
        node_id = state.slot.node_id
        self.slots_of[node_id].remove(state)
        if not self.slots_of[node_id]:
            del self.slots_of[node_id], self.nodes[node_id]
            self.reservations.pop(node_id, None)
            self.dirty.discard(node_id)
        return lost

    def place(self, task: TaskReady, slot: SlotState) -> tuple[int, ...]:
        """Reserve a task's resources on a slot; return the devices it may use."""
        node_id = slot.slot.node_id
        reservation = self._against(node_id, task.key)
        grant = self.nodes[node_id].take(task.demand, _shadow(reservation))
        if reservation is not None:
            reservation.admit(task.key, grant)
        slot.running[task.key] = Placed(task.key, task.demand, task.group, grant)
        self.place_of[task.key] = slot.slot.slot_id
        self.unreserve(task.key)
        return grant.gpu_ids

    def place_ahead(self, task: TaskReady, slot: SlotState) -> None:
        """Queue a task on a slot behind what runs there."""
        slot.ahead[task.key] = (task.demand, task.group)
        self.place_of[task.key] = slot.slot.slot_id
        self.unreserve(task.key)

    def end(self, key: Key) -> str | None:
        """Free what a placed task held; return its group, or None if it was not placed."""
        slot_id = self.place_of.pop(key, None)
        if slot_id is None:
            return None
        slot = self.slots[slot_id]
        if key in slot.ahead:
            return slot.ahead.pop(key)[1]
        group = slot.running[key].group
        self._free(slot, key)
        return group

    def reserve(self, task: TaskReady) -> None:
        """Keep a node for a task: one that others need least, and with the most free."""
        able = [
            node
            for node_id, node in self.nodes.items()
            if node_id not in self.reservations and has_capacity(node, task.demand)
        ]
        if not able:
            return

        def suits(node: NodeState) -> tuple[float, ...]:
            free = sum(room.share_free for room in node.devices.values())
            return (free if task.demand.gpu else -len(node.devices), node.cpu_free)

        node = max(able, key=suits)
        self.reservations[node.node_id] = reserve(node, task.key, task.demand)

    def unreserve(self, key: Key) -> None:
        """Drop the reservation made for a task, if any."""
        for node_id, reservation in list(self.reservations.items()):
            if reservation.key == key:
                del self.reservations[node_id]
                self.dirty.add(node_id)

    def best_slot(
        self, task: TaskReady, candidates: Iterable[NodeId], *, pack: bool
    ) -> SlotState | None:
        """Return the slot that suits `task` best, or None if none can take it now.

        In this order: leave devices to those who need them, move the fewest bytes, fill fuller
        nodes first (`pack`) or emptier ones first.
        """
        best: tuple[tuple[float, ...], SlotState] | None = None
        for node_id in candidates:
            node = self.nodes.get(node_id)
            if node is None:
                continue
            reservation = self._against(node_id, task.key)
            if not node.fits(task.demand, _shadow(reservation)):
                continue
            for slot in self.slots_of[node_id]:
                if slot.has_thread():
                    score = _score(task, node, slot, pack=pack)
                    if best is None or score < best[0]:
                        best = (score, slot)
        return best[1] if best else None

    def is_feasible(self, demand: Demand) -> bool:
        """Whether some node, were it empty, could take `demand`."""
        return any(has_capacity(node, demand) for node in self.nodes.values())

    def choice_of(self, demand: Demand) -> float:
        """Return the cores of all nodes that, were they empty, could take `demand`."""
        able = [node for node in self.nodes.values() if has_capacity(node, demand)]
        return sum(node.capacity.cpu for node in able)

    def size_of(self, demand: Demand) -> float:
        """Return the largest part of any resource of the largest node that `demand` takes.

        Source: dominant share, Ghodsi et al., NSDI 2011.
        """
        shares = [0.0]
        for node in self.nodes.values():
            capacity = node.capacity
            gpus = len(capacity.devices)
            memory = max((device.memory for device in capacity.devices), default=0)
            shares.append(
                max(
                    _share(demand.cpu, capacity.cpu * WHOLE),
                    _share(demand.cpu_mem, capacity.cpu_mem),
                    _share(demand.gpu, gpus * WHOLE),
                    _share(demand.gpu_mem, memory) * _share(demand.gpu, gpus * WHOLE),
                )
            )
        return min((share for share in shares if share > 0), default=0.0)

    def _against(self, node_id: NodeId, key: Key) -> Reservation | None:
        reservation = self.reservations.get(node_id)
        return None if reservation is None or reservation.key == key else reservation

    def _free(self, slot: SlotState, key: Key) -> None:
        placed = slot.running.pop(key)
        node_id = slot.slot.node_id
        reservation = self.reservations.get(node_id)
        heir = next(iter(slot.ahead), None)
        if heir is not None:
            demand, group = slot.ahead.pop(heir)
            slot.running[heir] = Placed(heir, demand, group, placed.grant)
        else:
            self.nodes[node_id].give_back(placed.grant)
        if reservation is not None:
            reservation.release(key, heir)
        self.dirty.add(node_id)


def has_capacity(node: NodeState, demand: Demand) -> bool:
    """Whether the node, were it empty, could take `demand`."""
    return NodeState(node.node_id, node.capacity).fits(demand)


def _shadow(reservation: Reservation | None) -> NodeState | None:
    return None if reservation is None else reservation.shadow


def _share(asked: float, whole: float) -> float:
    return asked / whole if whole > 0 and asked <= whole else 0.0


def _score(task: TaskReady, node: NodeState, slot: SlotState, *, pack: bool) -> tuple[float, ...]:
    wasted = 0.0 if task.demand.gpu else float(len(node.devices))
    left = float(node.cpu_free - task.demand.cpu)
    if task.demand.gpu:
        left += sum(
            room.memory_free for room in node.devices.values() if room.has_room(task.demand)
        )
    held = task.holders.get(slot.slot.slot_id, 0)
    return (wasted, -held, left if pack or task.demand.gpu else -left, len(slot.running))
