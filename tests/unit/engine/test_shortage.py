"""What ready tasks wait for, in one word, as the words of the reason have it."""

from __future__ import annotations

import pytest

from maze_nb.engine.demand import demand_of
from maze_nb.engine.events import Order, SlotJoined, TaskReady
from maze_nb.engine.explain import explain_pending
from maze_nb.engine.placement import Placement
from maze_nb.engine.shortage import SHORTAGES, shortage
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Device, Slot
from maze_nb.model.resources import Resources

NODES = {
    "small": (Capacity(2, 4000), ()),
    "gpu": (Capacity(4, 8000, (Device(0, 16000), Device(1, 16000))), ("fast",)),
}
# What runs already: on `small` both cores, on `gpu` half of each device with most of its memory.
TAKEN = [
    (Resources(2, 0, 0, 0), {"node": "small"}),
    (Resources(0, 7000, 2, 12000), {"node": "gpu"}),
]
CASES = [
    (Resources(1, 0, 0, 0), {"node": "small"}, "CPU", "core"),
    (Resources(1, 0, 1, 0), {}, "GPU", "GPU"),
    (Resources(1, 0, 0.5, 8000), {}, "GPU", "GPU"),
    (Resources(1, 3000, 0, 0), {"tags": ("fast",)}, "memory", "MB memory"),
    (Resources(1, 0, 0, 0), {"tags": ("slow",)}, "tags", "no node has the tag 'slow'"),
    (Resources(1, 0, 0, 0), {"node": "gone"}, "a node", "node 'gone' is not here"),
    (Resources(9, 0, 0, 0), {}, "CPU", "9 cores"),
    (Resources(1, 0, 1, 99999), {}, "VRAM", "VRAM"),
    (Resources(1, 0, 0, 0), {"node": "gpu"}, "a free thread", "every thread"),
]


def _engine() -> Placement:
    engine = Placement()
    for at, (name, (capacity, tags)) in enumerate(NODES.items()):
        engine.handle(
            SlotJoined(Slot(SlotId(f"tcp://{at}"), NodeId(name), 1, capacity, "h", tags)), 0
        )
    for at, (resources, more) in enumerate(TAKEN):
        demand = demand_of(resources)._replace(**more)
        engine.handle(TaskReady(f"taken-{at}", demand, Order()), 0)
    engine.decide(0)
    return engine


@pytest.mark.parametrize(("resources", "more", "expected", "reason"), CASES)
def test_what_a_task_waits_for(resources, more, expected, reason) -> None:
    engine = _engine()
    demand = demand_of(resources)._replace(**more)
    assert shortage(engine.fleet, demand) == expected
    assert expected in SHORTAGES
    assert reason in explain_pending(engine.fleet, demand, 0)


def test_a_shared_device_lacks_memory() -> None:
    engine = Placement()
    capacity = Capacity(4, 8000, (Device(0, 16000),))
    engine.handle(SlotJoined(Slot(SlotId("tcp://1"), NodeId("gpu"), 4, capacity)), 0)
    engine.handle(TaskReady("one", demand_of(Resources(1, 0, 0.5, 12000)), Order()), 0)
    engine.decide(0)
    assert shortage(engine.fleet, demand_of(Resources(1, 0, 0.5, 8000))) == "VRAM"


def test_nothing_can_be_had_of_no_worker() -> None:
    assert shortage(Placement().fleet, demand_of(Resources(1, 0, 0, 0))) == "workers"
