"""All nodes and slots: what is free, who holds what, which node suits a task best."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from maze_nb.engine.capacity import Make, Makes, Prospect
from maze_nb.engine.demand import Demand
from maze_nb.engine.events import Key, TaskReady
from maze_nb.engine.health import Health
from maze_nb.engine.node_index import NodeIndex, Score
from maze_nb.engine.node_score import best_slot_of, score_of, with_bytes
from maze_nb.engine.node_state import NodeState
from maze_nb.engine.reservation import Reservation, Reservations
from maze_nb.engine.slot_state import Placed, SlotState
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Slot

_INDEXES_KEPT = 64


@dataclass(slots=True)
class Fleet:
    """The nodes with their slots; guards that grants are given back exactly once."""

    nodes: dict[NodeId, NodeState] = field(default_factory=dict)
    slots: dict[SlotId, SlotState] = field(default_factory=dict)
    slots_of: dict[NodeId, list[SlotState]] = field(default_factory=dict)
    place_of: dict[Key, SlotId] = field(default_factory=dict)
    reservations: Reservations = field(default_factory=Reservations)
    draining: set[NodeId] = field(default_factory=set)
    health: Health = field(default_factory=Health)
    makes: Makes = field(default_factory=Makes)
    _indexes: OrderedDict[tuple[Demand, str], NodeIndex] = field(default_factory=OrderedDict)

    def join(self, slot: Slot) -> None:
        """Add a slot, and its node if it is the first there."""
        self.leave(slot.slot_id)
        if slot.node_id not in self.nodes:
            node = NodeState(slot.node_id, slot.capacity, frozenset(slot.tags))
            self.nodes[slot.node_id] = node
            self.slots_of[slot.node_id] = []
            self.makes.add(node)
        state = SlotState(slot)
        self.slots[slot.slot_id] = state
        self.slots_of[slot.node_id].append(state)
        self.changed(slot.node_id)

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
            self.makes.remove(self.nodes[node_id])
            del self.slots_of[node_id], self.nodes[node_id]
            self.reservations.drop(node_id)
            self.draining.discard(node_id)
            self.health.forget(node_id)
        self.changed(node_id)
        return lost

    def drain(self, node_id: NodeId) -> None:
        """Give a node no new work."""
        if node_id in self.nodes:
            self.draining.add(node_id)
            self.reservations.drop(node_id)
            self.changed(node_id)

    def undrain(self, node_id: NodeId) -> None:
        """Give a node work again."""
        self.draining.discard(node_id)
        self.changed(node_id)

    def squeeze(self, node_id: NodeId, taken: Mapping[int, float]) -> None:
        """Note how many MB of each device other programs take."""
        node = self.nodes.get(node_id)
        if node is None:
            return
        reservation = self.reservations.get(node_id)
        for index, room in node.devices.items():
            room.squeezed = round(taken.get(index, 0))
            if reservation is not None:
                reservation.shadow.devices[index].squeezed = room.squeezed
        self.changed(node_id)

    def place(self, task: TaskReady, slot: SlotState) -> tuple[int, ...]:
        """Reserve a task's resources on a slot; return the devices it may use."""
        node_id = slot.slot.node_id
        reservation = self.reservations.against(node_id, task.demand)
        node = self.nodes[node_id]
        grant = node.take(task.demand, _shadow(reservation), task.group)
        for index in grant.gpu_ids:
            node.devices[index].last_user = (slot.slot.slot_id, task.group)
        if reservation is not None:
            reservation.shadow.retake(grant)
        slot.add(Placed(task.key, task.demand, task.group, grant))
        self.place_of[task.key] = slot.slot.slot_id
        if self.reservations:
            self.unreserve(task.demand, at=node_id)
        self.changed(node_id)
        return grant.gpu_ids

    def place_ahead(self, task: TaskReady, slot: SlotState) -> None:
        """Queue a task on a slot behind what runs there."""
        slot.ahead[task.key] = (task.demand, task.group)
        self.place_of[task.key] = slot.slot.slot_id
        if self.reservations:
            self.unreserve(task.demand)

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

    def reserve(self, demand: Demand) -> None:
        """Keep a node for a demand firmly: one that others need least, and with the most free."""
        if self.reservations.make_firm(demand):
            return
        able = [
            node
            for node_id, node in self.nodes.items()
            if node_id not in self.reservations
            and self._takes_work(node_id)
            and self.could_take(node, demand)
        ]
        if not able:
            return

        def suits(node: NodeState) -> tuple[float, ...]:
            free = sum(room.share_free for room in node.devices.values())
            return (free if demand.gpu else -len(node.devices), node.cpu_free)

        node = max(able, key=suits)
        self.reservations.add(node, demand)
        self.reservations.make_firm(demand)
        self.changed(node.node_id)

    def hold(self, demand: Demand, most: int) -> None:
        """Keep up to `most` nodes for a demand that lack nothing for it but cores or memory."""
        index = self._index(demand, "hold")
        while self.reservations.count(demand) < most:
            index.refresh(lambda node_id: self._rate_to_hold(node_id, demand))
            found = index.best()
            if found is None:
                return
            self.reservations.add(self.nodes[found[1]], demand)
            self.changed(found[1])

    def yield_to(self, demand: Demand, passed: Collection[Demand]) -> bool:
        """Give up one node that is kept for what goes later, if that lets `demand` start."""
        for node_id in self.reservations.loose(passed):
            if self.nodes[node_id].fits(demand) and self._takes_work(node_id):
                self.reservations.drop(node_id)
                self.changed(node_id)
                return True
        return False

    def unreserve(self, demand: Demand, at: NodeId | None = None) -> None:
        """Drop one of the reservations made for a demand, if any; that of node `at` if it can."""
        node_id = self.reservations.drop_one(demand, at)
        if node_id is not None:
            self.changed(node_id)

    def changed(self, node_id: NodeId) -> None:
        """Note that what a node can take may be different from now on."""
        for index in self._indexes.values():
            index.stale.add(node_id)

    def best_slot(self, task: TaskReady, *, pack: bool) -> SlotState | None:
        """Return the slot that suits `task` best, or None if none can take it now.

        In this order: leave devices to those who need them, take a preferred node, move the
        fewest bytes, fill fuller nodes first (`pack`) or emptier ones first.
        """
        demand = task.demand
        index = self._index(demand, "pack" if pack else "spread")
        if index.stale:
            index.refresh(lambda node_id: self._rate(node_id, demand, pack=pack))
        found = index.best()
        if found is None:
            return None
        if not task.holders:
            return self._slot_on(found[1], task)
        best = (with_bytes(found[0], 0), found[1])
        holding = {
            self.slots[slot_id].slot.node_id for slot_id in task.holders if slot_id in self.slots
        }
        for node_id in holding:
            score = self._rate(node_id, demand, pack=pack)
            if score is not None:
                held = max(task.holders.get(s.slot.slot_id, 0) for s in self._open(node_id))
                candidate = (with_bytes(score, held), node_id)
                best = min(best, candidate)
        return self._slot_on(best[1], task)

    def prospect(self, demand: Demand) -> Prospect:
        """Return what a demand can hope for from the whole fleet."""
        if demand.node:
            node = self.nodes.get(NodeId(demand.node))
            if node is None or not self.could_take(node, demand):
                return Prospect(0.0, 0.0)
        return self.makes.prospect(demand)

    def could_take(self, node: NodeState, demand: Demand) -> bool:
        """Whether a node, were it empty, could take a demand."""
        if demand.node and demand.node != node.node_id:
            return False
        return Make(node.capacity, node.tags) in self.makes.able(demand)

    def takes_more(self, node_id: NodeId) -> bool:
        """Whether tasks may be queued on a node behind what runs there."""
        return (
            self._takes_work(node_id)
            and node_id not in self.reservations
            and not self.health.is_on_trial(node_id)
        )

    def _rate(self, node_id: NodeId, demand: Demand, *, pack: bool) -> Score | None:
        node = self.nodes.get(node_id)
        if node is None or not self._takes_work(node_id):
            return None
        if not node.fits(demand, _shadow(self.reservations.against(node_id, demand))):
            return None
        if not any(slot.can_begin() for slot in self.slots_of[node_id]):
            return None
        return score_of(demand, node, pack=pack)

    def _rate_to_hold(self, node_id: NodeId, demand: Demand) -> Score | None:
        node = self.nodes.get(node_id)
        if node is None or node_id in self.reservations or not self._takes_work(node_id):
            return None
        if not self.could_take(node, demand) or not node.has_devices(demand):
            return None
        if all(slot.is_paused for slot in self.slots_of[node_id]):
            return None
        wasted = 0.0 if demand.gpu else float(len(node.devices))
        return (wasted, float(max(demand.cpu - node.cpu_free, 0)), float(-node.cpu_mem_free))

    def _takes_work(self, node_id: NodeId) -> bool:
        if node_id in self.draining or self.health.is_aside(node_id):
            return False
        return not (
            self.health.is_on_trial(node_id)
            and any(slot.running for slot in self.slots_of[node_id])
        )

    def _slot_on(self, node_id: NodeId, task: TaskReady) -> SlotState:
        open_slots = self._open(node_id)
        if len(open_slots) == 1:
            return open_slots[0]
        shadow = _shadow(self.reservations.against(node_id, task.demand))
        return best_slot_of(open_slots, task, self.nodes[node_id].warm_slots(task, shadow))

    def _open(self, node_id: NodeId) -> list[SlotState]:
        return [slot for slot in self.slots_of[node_id] if slot.can_begin()]

    def _index(self, demand: Demand, aim: str) -> NodeIndex:
        index = self._indexes.get((demand, aim))
        if index is None:
            index = self._indexes[demand, aim] = NodeIndex()
            index.mark(self.nodes)
            if len(self._indexes) > _INDEXES_KEPT:
                self._indexes.popitem(last=False)
        else:
            self._indexes.move_to_end((demand, aim))
        return index

    def _free(self, slot: SlotState, key: Key) -> None:
        placed = slot.remove(key)
        node_id = slot.slot.node_id
        reservation = self.reservations.get(node_id)
        heir = next(iter(slot.ahead), None)
        if heir is not None:
            demand, group = slot.ahead.pop(heir)
            slot.add(Placed(heir, demand, group, placed.grant))
        else:
            self.nodes[node_id].give_back(placed.grant)
            if reservation is not None:
                reservation.shadow.give_back(placed.grant)
            self.changed(node_id)


def _shadow(reservation: Reservation | None) -> NodeState | None:
    return None if reservation is None else reservation.shadow
