"""A task goes where what it loads is still warm: same device, same slot."""

from __future__ import annotations

import pytest

from maze_nb.engine.demand import demand_of
from maze_nb.engine.events import Order, PlaceTask, SlotJoined, SlotLeft, TaskEnded, TaskReady
from maze_nb.engine.placement import Placement, Policy
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Device, Slot
from maze_nb.model.resources import Resources

CAPACITY = Capacity(8, 8000, (Device(0, 16000), Device(1, 16000)))


class Bench:
    """One node with two devices and two slots of two threads each."""

    def __init__(self) -> None:
        self.engine = Placement(Policy())
        self.now = 0.0
        for name in ("s0", "s1"):
            self.engine.handle(SlotJoined(Slot(SlotId(name), NodeId("a"), 2, CAPACITY)), 0.0)

    def start(self, key: str, group: str, **asked: float) -> tuple[str, tuple[int, ...]]:
        """Place a task at once; return its slot and devices."""
        self.now += 1
        demand = demand_of(Resources(**asked))
        if demand.gpu:
            demand = demand._replace(is_detached=True)
        self.engine.handle(TaskReady(key, demand, Order(), group), self.now)
        (found,) = (i for i in self.engine.decide(self.now) if isinstance(i, PlaceTask))
        return str(found.slot_id), found.gpu_ids

    def end(self, *keys: str) -> None:
        """End tasks."""
        for key in keys:
            self.now += 1
            self.engine.handle(TaskEnded(key, 1.0), self.now)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    # The first model is on device 0 in one slot, the second on device 1 in the other.
    assert made.start("m", "model", gpu=1, cpu=0) == ("s0", (0,))
    assert made.start("n", "other", gpu=1, cpu=0) == ("s1", (1,))
    made.end("m", "n")
    return made


@pytest.mark.parametrize(("group", "expected"), [("model", ("s0", (0,))), ("other", ("s1", (1,)))])
def test_the_same_device_and_slot_again(bench, group, expected) -> None:
    assert bench.start("t", group, gpu=1, cpu=0) == expected


def test_also_where_another_slot_has_less_to_do(bench) -> None:
    slot, _ = bench.start("busy", "cpu", cpu=1)
    assert slot == "s0"
    assert bench.start("t", "model", gpu=1, cpu=0) == ("s0", (0,))


def test_not_where_no_thread_could_begin_it(bench) -> None:
    for number, slot in enumerate(("s0", "s1", "s0")):
        assert bench.start(f"busy{number}", "cpu", cpu=1)[0] == slot
    assert bench.start("t", "model", gpu=1, cpu=0) == ("s1", (0,))


def test_fit_goes_before_warmth(bench) -> None:
    """A whole device is not broken up for a share that fits beside another."""
    assert bench.start("share", "third", gpu=0.5, cpu=0)[1] == (0,)
    assert bench.start("t", "other", gpu=0.5, cpu=0)[1] == (0,)


def test_a_slot_that_is_gone_is_no_place(bench) -> None:
    bench.engine.handle(SlotLeft(SlotId("s0")), bench.now)
    assert bench.start("t", "model", gpu=1, cpu=0) == ("s1", (0,))
