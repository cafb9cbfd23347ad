"""Placement holds its promises whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from maze_nb.engine.demand import WHOLE, Demand, demand_of
from maze_nb.engine.events import (
    DevicesSqueezed,
    Fate,
    Instruction,
    NodeDrained,
    NodeUndrained,
    Order,
    PlaceTask,
    RecallTask,
    RejectTask,
    SlotJoined,
    SlotLeft,
    SlotPaused,
    SlotResumed,
    TaskEnded,
    TaskReady,
    TasksReordered,
    TaskWithdrawn,
)
from maze_nb.engine.placement import Placement
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Device, Slot
from maze_nb.model.resources import Resources

TAGS = {"gpu": ("fast",), "big": ("fast", "near")}
NODES = {
    "small": Capacity(1, 1000),
    "big": Capacity(4, 8000),
    "gpu": Capacity(4, 8000, (Device(0, 16000), Device(1, 16000))),
    "unknown": Capacity(2, 4000, (Device(0, 0),)),
}

resources = st.builds(
    lambda cpu, cpu_mem, gpu: Resources(cpu, cpu_mem, *gpu),
    st.sampled_from([0, 0.5, 1, 2, 4]),
    st.sampled_from([0, 0, 500, 4000]),
    st.sampled_from([(0, 0), (0, 0), (0.25, 0), (0.5, 6000), (1, 12000), (2, 8000), (1, 99999)]),
)

detached_or_tagged = st.sampled_from(
    [
        {},
        {},
        {"is_detached": True},
        {"tags": ("fast",)},
        {"prefer": ("near",)},
        {"tags": ("none",)},
        {"node": "big"},
        {"node": "gone"},
    ]
)
orders = st.builds(
    lambda rank, latest, critical, urgent: Order(rank, latest, critical, is_urgent=urgent),
    st.sampled_from([0, 0, 0, -5, 3]),
    st.sampled_from([float("inf"), float("inf"), 10.0, 20.0]),
    st.sampled_from([0.0, 0.0, -4.0]),
    st.booleans(),
)


class PlacementMachine(RuleBasedStateMachine):
    """Drives the engine with events in any order, and keeps the books a second time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.engine = Placement()
        self.next = 0
        self.slots: dict[SlotId, Slot] = {}
        self.demands: dict[int, Demand] = {}
        self.placed: dict[int, tuple[SlotId, tuple[int, ...]]] = {}
        self.waiting: set[int] = set()
        self.orders: dict[int, Order] = {}

    def tell(self, event: object) -> None:
        self.engine.handle(event, self.now)  # type: ignore[arg-type]

    def carry_out(self, instructions: Iterable[Instruction]) -> None:
        for instruction in instructions:
            match instruction:
                case PlaceTask(key=int() as key, slot_id=slot_id, gpu_ids=gpu_ids):
                    assert key in self.waiting
                    assert slot_id in self.slots
                    self.waiting.remove(key)
                    self.placed[key] = (slot_id, gpu_ids)
                case RejectTask(key=int() as key):
                    self.waiting.remove(key)
                case RecallTask(key=int() as key):
                    del self.placed[key]
                    self.tell(TaskEnded(key))
                    self.push(key)

    def push(self, key: int, group: str = "g", delay: float = 0.0) -> None:
        self.waiting.add(key)
        order = self.orders[key]._replace(position=(key,))
        self.tell(TaskReady(key, self.demands[key], order, group, not_before=self.now + delay))

    @rule(node=st.sampled_from(sorted(NODES)), threads=st.integers(1, 4))
    def slot_joins(self, node: str, threads: int) -> None:
        slot_id = SlotId(f"{node}-{self.next}")
        self.next += 1
        tags = TAGS.get(node, ())
        self.slots[slot_id] = Slot(slot_id, NodeId(node), threads, NODES[node], tags=tags)
        self.tell(SlotJoined(self.slots[slot_id]))

    @precondition(lambda self: self.slots)
    @rule(data=st.data())
    def slot_leaves(self, data: st.DataObject) -> None:
        slot_id = data.draw(st.sampled_from(sorted(self.slots)))
        del self.slots[slot_id]
        lost = [key for key, (place, _) in self.placed.items() if place == slot_id]
        self.tell(SlotLeft(slot_id))
        for key in lost:
            del self.placed[key]
            self.tell(TaskEnded(key))
            self.push(key)

    @precondition(lambda self: self.slots)
    @rule(data=st.data(), paused=st.booleans())
    def slot_pauses(self, data: st.DataObject, paused: bool) -> None:
        slot_id = data.draw(st.sampled_from(sorted(self.slots)))
        self.tell(SlotPaused(slot_id) if paused else SlotResumed(slot_id))

    @rule(node=st.sampled_from(sorted(NODES)), is_drained=st.booleans())
    def node_is_drained(self, node: str, is_drained: bool) -> None:
        self.tell(NodeDrained(NodeId(node)) if is_drained else NodeUndrained(NodeId(node)))

    @rule(taken=st.sampled_from([{}, {0: 5000.0}, {0: 16000.0, 1: 4000.0}, {0: 99999.0}]))
    def others_take_memory(self, taken: dict[int, float]) -> None:
        self.tell(DevicesSqueezed(NodeId("gpu"), taken))

    @rule(
        asked=resources,
        change=detached_or_tagged,
        order=orders,
        group=st.sampled_from("ab"),
        count=st.integers(1, 6),
        delay=st.sampled_from([0.0, 0.0, 3.0]),
    )
    def tasks_get_ready(
        self,
        asked: Resources,
        change: dict[str, object],
        order: Order,
        group: str,
        count: int,
        delay: float,
    ) -> None:
        for _ in range(count):
            key, self.next = self.next, self.next + 1
            self.demands[key] = demand_of(asked)._replace(**change)
            self.orders[key] = order
            self.push(key, group, delay)

    @precondition(lambda self: self.placed)
    @rule(
        data=st.data(),
        duration=st.sampled_from([0.001, 0.3, None]),
        fate=st.sampled_from([None, *Fate]),
    )
    def task_ends(self, data: st.DataObject, duration: float | None, fate: Fate | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.placed)))
        del self.placed[key]
        self.tell(TaskEnded(key, duration, fate))
        self.tell(TaskEnded(key, duration, fate))

    @precondition(lambda self: self.placed)
    @rule(data=st.data())
    def task_is_tried_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.placed)))
        del self.placed[key]
        self.tell(TaskEnded(key, 0.3, Fate.FAILED))
        self.push(key, delay=2.0)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def task_is_withdrawn(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.waiting)))
        self.waiting.remove(key)
        self.tell(TaskWithdrawn(key))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), critical=st.sampled_from([0.0, -1.0, -9.0]))
    def task_is_reordered(self, data: st.DataObject, critical: float) -> None:
        key = data.draw(st.sampled_from(sorted(self.waiting)))
        order = self.orders[key]._replace(critical=critical)
        self.orders[key] = order
        self.tell(TasksReordered({key: order._replace(position=(key,))}))

    @rule()
    def decide(self) -> None:
        self.carry_out(self.engine.decide(self.now))

    @rule(seconds=st.sampled_from([0.1, 1.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.carry_out(self.engine.review(self.now))

    @invariant()
    def nothing_is_over_committed(self) -> None:
        fleet = self.engine.fleet
        for node in fleet.nodes.values():
            assert node.cpu_free >= 0
            assert node.cpu_mem_free >= 0
            for room in node.devices.values():
                assert 0 <= room.share_free <= WHOLE
                assert room.memory_free >= 0
        for slot in fleet.slots.values():
            threads = [p for p in slot.running.values() if not p.demand.is_detached]
            assert len(threads) == slot.threads_busy <= slot.slot.threads

    @invariant()
    def what_is_taken_is_what_runs(self) -> None:
        fleet = self.engine.fleet
        for node_id, node in fleet.nodes.items():
            grants = [p.grant for s in fleet.slots_of[node_id] for p in s.running.values()]
            assert node.cpu_free == round(node.capacity.cpu * WHOLE) - sum(
                grant.demand.cpu for grant in grants
            )
            for index, room in node.devices.items():
                here = [g.demand for g in grants if index in g.gpu_ids]
                assert room.share_free == WHOLE - sum(d.device_share for d in here)
                assert room.memory_free == room.device.memory - sum(d.gpu_mem for d in here)
            for grant in grants:
                assert node.tags.issuperset(grant.demand.tags)
                assert grant.demand.node in ("", node.node_id)
                assert len(grant.gpu_ids) == grant.demand.device_count

    @invariant()
    def books_agree(self) -> None:
        assert set(self.engine.fleet.place_of) == set(self.placed)
        queue = self.engine.queue
        assert set(queue.waiting) | set(queue.delayed) == self.waiting
        assert not set(queue.waiting) & set(queue.delayed)

    def teardown(self) -> None:
        """Everything that can fit some node is placed in bounded time while tasks end."""
        for slot_id in self.slots:
            self.tell(SlotResumed(slot_id))
        for node in NODES:
            self.tell(NodeUndrained(NodeId(node)))
            self.tell(DevicesSqueezed(NodeId(node), {}))
        feasible = {
            key
            for key in self.waiting
            if self.slots and self.engine.fleet.prospect(self.demands[key]).cores > 0
        }
        for _ in range(4 * (len(self.waiting) + len(self.placed)) + 30):
            self.now += 30.0
            self.carry_out(self.engine.review(self.now))
            for key in sorted(self.placed):
                del self.placed[key]
                self.tell(TaskEnded(key, 0.3, Fate.DONE))
        assert not (feasible & self.waiting)
        for node in self.engine.fleet.nodes.values():
            assert node.cpu_free == round(node.capacity.cpu * WHOLE)
            assert all(room.share_free == WHOLE for room in node.devices.values())


PlacementMachine.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None
)
TestPlacement = PlacementMachine.TestCase
