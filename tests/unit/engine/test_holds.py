"""When nodes are kept at once for what goes first, and when not."""

from __future__ import annotations

import pytest

from maze_nb.engine.demand import demand_of
from maze_nb.engine.events import (
    Instruction,
    Order,
    PlaceTask,
    SlotJoined,
    TaskEnded,
    TaskReady,
    TaskWithdrawn,
)
from maze_nb.engine.placement import Placement
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Device, Slot
from maze_nb.model.resources import Resources

SMALL = Resources(cpu=1)
BIG = Resources(cpu=2)
ON_DEVICE = Resources(cpu=2, gpu=1)
URGENT = Order(critical=-9.0, is_urgent=True)


def engine(cpu: int = 2, devices: int = 0, nodes: int = 1) -> Placement:
    made = Placement()
    for node in range(nodes):
        offered = tuple(Device(index, 16000) for index in range(devices))
        name = f"n{node}"
        slot = Slot(SlotId(f"{name}-0"), NodeId(name), 8, Capacity(cpu, 8000, offered))
        made.handle(SlotJoined(slot), 0.0)
    return made


def ready(made: Placement, key: str, asked: Resources, order: Order | None = None) -> None:
    made.handle(TaskReady(key, demand_of(asked), order or Order(position=(1,)), "g"), 0.0)


def placed(found: list[Instruction]) -> list[object]:
    return [each.key for each in found if isinstance(each, PlaceTask)]


def end(made: Placement, key: str) -> list[object]:
    made.handle(TaskEnded(key, 5.0), 0.1)
    return placed(made.decide(0.1))


def full_of_small_ones(cpu: int = 2, devices: int = 0, nodes: int = 1) -> Placement:
    made = engine(cpu, devices, nodes)
    for number in range(cpu * nodes):
        ready(made, f"s{number}", SMALL)
    made.decide(0.0)
    return made


@pytest.mark.parametrize(
    ("asked", "order", "devices", "is_held"),
    [
        pytest.param(ON_DEVICE, Order(), 1, True, id="a device would idle"),
        pytest.param(BIG, URGENT, 0, True, id="the end of a run waits"),
        pytest.param(BIG, Order(critical=-9.0), 0, False, id="neither"),
    ],
)
def test_cores_are_kept_for_what_waits_first(
    asked: Resources, order: Order, devices: int, is_held: bool
) -> None:
    made = full_of_small_ones(devices=devices)
    ready(made, "first", asked, order)
    ready(made, "later", SMALL)
    assert placed(made.decide(0.0)) == []
    assert end(made, "s0") == ([] if is_held else ["later"])
    if is_held:
        assert end(made, "s1") == ["first"]
        assert end(made, "first") == ["later"]


def test_cores_are_not_kept_beside_devices_that_are_busy() -> None:
    made = engine(cpu=3, devices=1)
    ready(made, "device", Resources(cpu=1, gpu=1))
    ready(made, "s0", SMALL)
    ready(made, "s1", SMALL)
    made.decide(0.0)
    ready(made, "first", ON_DEVICE)
    ready(made, "later", SMALL)
    assert end(made, "s0") == ["later"]


def test_no_more_nodes_are_kept_than_tasks_wait() -> None:
    made = full_of_small_ones(nodes=3)
    ready(made, "first", BIG, URGENT)
    for number in range(2):
        ready(made, f"later{number}", SMALL)
    made.decide(0.0)
    assert len(made.fleet.reservations) == 1
    assert sum(bool(end(made, f"s{number}")) for number in (0, 2, 4)) == 2


def test_what_goes_before_takes_what_is_kept() -> None:
    made = full_of_small_ones()
    ready(made, "second", BIG, URGENT)
    ready(made, "third", SMALL)
    made.decide(0.0)
    ready(made, "first", SMALL, Order(rank=-1))
    assert end(made, "s0") == ["first"]
    assert end(made, "s1") == []
    assert end(made, "first") == ["second"]


def test_what_a_patient_task_was_promised_is_not_taken() -> None:
    made = full_of_small_ones()
    ready(made, "patient", BIG)
    made.handle(TaskReady("other", demand_of(SMALL), Order(position=(2,)), "g"), 0.0)
    for now in (0.0, 30.0):
        made.review(now)
    assert made.fleet.reservations.is_firm(demand_of(BIG))
    ready(made, "before", SMALL, Order(critical=-5.0))
    assert end(made, "s0") == []
    assert end(made, "s1") == ["patient"]


def test_nothing_is_kept_for_what_is_not_wanted_any_more() -> None:
    made = full_of_small_ones()
    ready(made, "first", BIG, URGENT)
    ready(made, "later", SMALL)
    made.decide(0.0)
    made.handle(TaskWithdrawn("first"), 0.0)
    assert end(made, "s0") == ["later"]
    made.review(0.2)
    assert not len(made.fleet.reservations)


def test_what_asks_for_nothing_that_lacks_passes() -> None:
    made = full_of_small_ones(cpu=4)
    made.handle(TaskEnded("s0", 5.0), 0.0)
    ready(made, "filler", Resources(cpu=1, cpu_mem=8000))
    made.decide(0.0)
    made.handle(TaskEnded("s1", 5.0), 0.0)
    ready(made, "first", Resources(cpu=1, cpu_mem=500), URGENT)
    ready(made, "later", Resources(cpu=0))
    assert placed(made.decide(0.0)) == ["later"]
