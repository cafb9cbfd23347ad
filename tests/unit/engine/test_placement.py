"""Which task goes where: cases as tables."""

from __future__ import annotations

import pytest

from maze_nb.engine.demand import demand_of
from maze_nb.engine.events import (
    DevicesSqueezed,
    Instruction,
    NodeDrained,
    NodeUndrained,
    Order,
    PlaceTask,
    RecallTask,
    RejectTask,
    ReportPending,
    SlotJoined,
    TaskEnded,
    TaskReady,
    TasksReordered,
)
from maze_nb.engine.placement import Placement, Policy
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Device, Slot
from maze_nb.model.resources import Resources


def slot(
    node: str,
    cpu: float = 4,
    vram: tuple[int, ...] = (),
    threads: int = 4,
    tags: tuple[str, ...] = (),
) -> Slot:
    devices = tuple(Device(index, memory) for index, memory in enumerate(vram))
    capacity = Capacity(cpu, 8000, devices)
    return Slot(SlotId(f"{node}-0"), NodeId(node), threads, capacity, tags=tags)


def engine(*slots: Slot, policy: Policy | None = None) -> Placement:
    made = Placement(policy or Policy())
    for each in slots:
        made.handle(SlotJoined(each), 0.0)
    return made


def ready(made: Placement, key: str, now: float = 0.0, **asked: float) -> None:
    holders = {}
    group = "g"
    made.handle(TaskReady(key, demand_of(Resources(**asked)), Order(), group, holders), now)


def places(found: list[Instruction]) -> dict[object, tuple[str, tuple[int, ...]]]:
    return {i.key: (i.slot_id, i.gpu_ids) for i in found if isinstance(i, PlaceTask)}


@pytest.mark.parametrize(
    ("slots", "asked", "expected"),
    [
        pytest.param(
            [slot("a", vram=(16000,))],
            [{"gpu": 0.5}, {"gpu": 0.5}, {"gpu": 0.5}],
            [("a-0", (0,)), ("a-0", (0,)), None],
            id="two halves share a device and the third waits",
        ),
        pytest.param(
            [slot("a", vram=(16000, 16000))],
            [{"gpu": 0.5}, {"gpu": 0.5}, {"gpu": 1}],
            [("a-0", (1,)), ("a-0", (1,)), ("a-0", (0,))],
            id="shares go together so that a device stays whole",
        ),
        pytest.param(
            [slot("a", vram=(16000, 16000))],
            [{"gpu": 2, "gpu_mem": 8000}],
            [("a-0", (0, 1))],
            id="two devices of one node",
        ),
        pytest.param(
            [slot("a", vram=(16000,)), slot("b", vram=(80000,))],
            [{"gpu": 1, "gpu_mem": 12000}],
            [("a-0", (0,))],
            id="the device that fits best",
        ),
        pytest.param(
            [slot("a", vram=(16000,)), slot("b")],
            [{"cpu": 4}],
            [("b-0", ())],
            id="a CPU task leaves the GPU node alone",
        ),
        pytest.param(
            [slot("a", cpu=4)],
            [{"cpu": 3}, {"cpu": 2}, {"cpu": 1}],
            [("a-0", ()), None, ("a-0", ())],
            id="a smaller one passes one that does not fit",
        ),
        pytest.param(
            [slot("a", cpu=1, threads=1), slot("b", cpu=4, vram=(8000,))],
            [{"cpu": 1}, {"cpu": 1, "gpu": 1}],
            [("a-0", ()), ("b-0", (0,))],
            id="those with the least choice go first",
        ),
        pytest.param(
            [slot("a", vram=(0,))],
            [{"gpu": 1, "gpu_mem": 1}],
            [None],
            id="VRAM that is not known is not promised",
        ),
    ],
)
def test_where_tasks_go(
    slots: list[Slot],
    asked: list[dict[str, float]],
    expected: list[tuple[str, tuple[int, ...]] | None],
) -> None:
    made = engine(*slots)
    for number, resources in enumerate(asked):
        ready(made, f"t{number}", **resources)
    found = places(made.decide(0.0))
    assert [found.get(f"t{number}") for number in range(len(asked))] == expected


def test_a_slot_that_holds_the_inputs_is_preferred() -> None:
    made = engine(slot("a"), slot("b"))
    demand = demand_of(Resources())
    made.handle(TaskReady("t", demand, Order(), "g", {SlotId("b-0"): 10}), 0.0)
    assert places(made.decide(0.0)) == {"t": ("b-0", ())}


def test_short_tasks_are_placed_ahead_and_pass_their_resources_on() -> None:
    made = engine(slot("a", cpu=1, threads=1))
    for number in range(10):
        ready(made, f"t{number}")
    assert list(places(made.decide(0.0))) == ["t0"]
    made.handle(TaskEnded("t0", 0.001), 0.1)
    assert len(places(made.decide(0.1))) == 9
    assert made.fleet.nodes[NodeId("a")].cpu_free == 0
    for number in range(1, 10):
        made.handle(TaskEnded(f"t{number}", 0.001), 0.2)
    assert made.fleet.nodes[NodeId("a")].cpu_free == 1000


def test_what_is_placed_ahead_is_spread_evenly() -> None:
    made = engine(slot("a", cpu=1, threads=1), slot("b", cpu=1, threads=1))
    made.durations.observe("g", 0.001)
    for number in range(12):
        ready(made, f"t{number}")
    found = [slot_id for slot_id, _ in places(made.decide(0.0)).values()]
    assert found.count("a-0") == found.count("b-0") == 6


def test_what_is_placed_ahead_stays_with_its_inputs_while_that_is_fairly_even() -> None:
    made = engine(slot("a", cpu=1, threads=1), slot("b", cpu=1, threads=1))
    made.durations.observe("g", 0.001)
    for number in range(30):
        holders = {SlotId("b-0"): 10}
        demand = demand_of(Resources())
        made.handle(TaskReady(f"t{number}", demand, Order(position=(number,)), "g", holders), 0.0)
    found = [slot_id for slot_id, _ in places(made.decide(0.0)).values()]
    assert found.count("b-0") > found.count("a-0") >= 10


def test_long_tasks_are_not_placed_ahead() -> None:
    made = engine(slot("a", cpu=1, threads=1))
    ready(made, "t0")
    made.decide(0.0)
    made.handle(TaskEnded("t0", 2.0), 2.0)
    for number in range(1, 4):
        ready(made, f"t{number}", 2.0)
    assert list(places(made.decide(2.0))) == ["t1"]


def test_a_big_task_is_not_starved_by_small_ones() -> None:
    made = engine(slot("a", cpu=4))
    running = []
    for number in range(4):
        ready(made, f"s{number}")
        running.append(f"s{number}")
    made.decide(0.0)
    ready(made, "big", cpu=4)
    now, next_number, placed_at = 0.0, 4, None
    while now < 60 and placed_at is None:
        now += 0.5
        made.handle(TaskEnded(running.pop(0), 2.0), now)
        ready(made, f"s{next_number}", now)
        next_number += 1
        for key in places(made.review(now)):
            if key == "big":
                placed_at = now
            else:
                running.append(str(key))
    assert placed_at is not None
    assert placed_at < 15


@pytest.mark.parametrize(
    ("slots", "asked", "reason"),
    [
        ([], {"cpu": 1}, "the cluster has no node that takes tasks: start a worker"),
        (
            [slot("a", vram=(16000,))],
            {"gpu": 1, "gpu_mem": 20000},
            (
                "no node could ever fit it: needs 20000 MB VRAM on one device; best is node a, "
                "GPU 0, with 16000 MB free of 16000"
            ),
        ),
        (
            [slot("a", cpu=64), slot("b", vram=(16000, 16000))],
            {"gpu": 2, "gpu_mem": 16001},
            (
                "no node could ever fit it: needs 16001 MB VRAM on one device; best is node b, "
                "GPU 0, with 16000 MB free of 16000"
            ),
        ),
        (
            [slot("a", cpu=64), slot("b", vram=(16000, 16000))],
            {"gpu": 3},
            "no node could ever fit it: needs 3 GPUs; best is node b, with 2 free of 2",
        ),
        ([slot("a")], {"gpu": 1}, "no node could ever fit it: needs 1 GPU; node a has no GPU"),
        (
            [slot("a", cpu=4)],
            {"cpu": 9},
            "no node could ever fit it: needs 9 cores; best is node a, with 4 free of 4",
        ),
        (
            [slot("a")],
            {"cpu_mem": 9000},
            (
                "no node could ever fit it: needs 9000 MB memory; best is node a, "
                "with 8000 MB free of 8000"
            ),
        ),
    ],
)
def test_the_reason_of_a_task_that_cannot_be_placed(
    slots: list[Slot], asked: dict[str, float], reason: str
) -> None:
    made = engine(*slots)
    ready(made, "t", **asked)
    found = [i for i in made.review(1.0) if isinstance(i, ReportPending)]
    assert [i.reason for i in found] == [reason]
    assert made.explain("t", 1.0) == reason
    assert made.review(2.0) == []


def test_a_waiting_task_says_what_it_lacks() -> None:
    made = engine(slot("a", vram=(16000,)))
    ready(made, "first", gpu=0.5, gpu_mem=12000)
    made.decide(0.0)
    ready(made, "second", gpu=0.5, gpu_mem=12000)
    found = [i for i in made.review(1.0) if isinstance(i, ReportPending)]
    assert found == [
        ReportPending(
            "second",
            "needs 12000 MB VRAM on one device; best is node a, GPU 0, with 4000 MB free of 16000",
        )
    ]


def test_what_never_fits_is_rejected_after_the_grace() -> None:
    made = engine(slot("a"), policy=Policy(infeasible_grace=60))
    for key in ("t", "u"):
        ready(made, key, gpu=1)
    assert not [i for i in made.review(1.0) if isinstance(i, RejectTask)]
    rejected = [i.key for i in made.review(61.5) if isinstance(i, RejectTask)]
    assert rejected == ["t", "u"]
    assert not made.queue.waiting


def test_nothing_is_rejected_while_no_worker_is_there() -> None:
    made = engine(policy=Policy(infeasible_grace=60))
    ready(made, "t")
    made.review(1.0)
    assert not [i for i in made.review(600.0) if isinstance(i, RejectTask)]
    made.handle(SlotJoined(slot("a")), 601.0)
    assert list(places(made.decide(601.0))) == ["t"]


def test_a_required_tag_decides_and_a_preferred_one_is_taken_where_there_is_a_choice() -> None:
    made = engine(slot("a"), slot("b", tags=("fast", "ssd")), slot("c", tags=("fast",)))
    for key, change in {
        "must": {"tags": ("ssd",)},
        "may": {"prefer": ("ssd",)},
        "both": {"tags": ("fast",), "prefer": ("ssd",)},
    }.items():
        made.handle(TaskReady(key, demand_of(Resources())._replace(**change), Order()), 0.0)
    found = places(made.decide(0.0))
    assert {slot_id for slot_id, _ in found.values()} == {"b-0"}


def test_a_preferred_node_that_is_full_is_passed_by() -> None:
    made = engine(slot("a"), slot("b", cpu=1, tags=("ssd",)))
    demand = demand_of(Resources())._replace(prefer=("ssd",))
    for key in ("t0", "t1"):
        made.handle(TaskReady(key, demand, Order()), 0.0)
    assert sorted(places(made.decide(0.0)).values()) == [("a-0", ()), ("b-0", ())]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (("sdd",), "no node has the tag 'sdd': did you mean 'ssd'?"),
        (("slow", "ssd"), "no node has all of the tags 'slow', 'ssd'"),
    ],
)
def test_tags_that_no_node_has(tags: tuple[str, ...], reason: str) -> None:
    made = engine(slot("a", tags=("slow",)), slot("b", tags=("ssd",)))
    made.handle(TaskReady("t", demand_of(Resources())._replace(tags=tags), Order()), 0.0)
    assert made.review(0.1) == [ReportPending("t", reason)]


def test_what_other_programs_take_is_not_offered() -> None:
    made = engine(slot("a", vram=(16000, 16000)))
    made.handle(DevicesSqueezed(NodeId("a"), {0: 10000.0, 1: 6000.0}), 0.0)
    ready(made, "t", gpu=0.5, gpu_mem=8000)
    assert places(made.decide(0.0)) == {"t": ("a-0", (1,))}
    ready(made, "u", gpu=0.5, gpu_mem=8000)
    assert made.decide(0.0) == []
    assert made.explain("u", 0.0) == (
        "needs 8000 MB VRAM on one device; best is node a, GPU 0, with 6000 MB free of 16000 "
        "(10000 MB of it taken by other programs)"
    )
    made.handle(DevicesSqueezed(NodeId("a"), {}), 1.0)
    assert places(made.decide(1.0)) == {"u": ("a-0", (1,))}


def test_a_drained_node_gets_no_new_work_and_what_waits_there_is_taken_back() -> None:
    made = engine(slot("a", cpu=1, threads=1))
    made.durations.observe("g", 0.001)
    for number in range(4):
        ready(made, f"t{number}")
    assert len(places(made.decide(0.0))) == 4
    made.handle(NodeDrained(NodeId("a")), 0.1)
    assert [i.key for i in made.review(0.2) if isinstance(i, RecallTask)] == ["t1", "t2", "t3"]
    for number in range(4):
        made.handle(TaskEnded(f"t{number}"), 0.3)
    ready(made, "t1", 0.3)
    assert made.decide(0.3) == []
    assert made.explain("t1", 0.3) == "node a is being drained"
    made.handle(NodeUndrained(NodeId("a")), 0.4)
    assert places(made.decide(0.4)) == {"t1": ("a-0", ())}


def test_a_detached_task_needs_cores_but_no_thread() -> None:
    made = engine(slot("a", cpu=2, threads=1))
    demand = demand_of(Resources())._replace(is_detached=True)
    for key in ("t0", "t1", "t2"):
        made.handle(TaskReady(key, demand, Order()), 0.0)
    assert len(places(made.decide(0.0))) == 2


def test_a_task_waits_until_its_delay_is_over() -> None:
    made = engine(slot("a"))
    made.handle(TaskReady("t", demand_of(Resources()), Order(), not_before=5.0), 0.0)
    assert made.review(4.0) == []
    assert made.explain("t", 4.0) == "it is tried again in 1.0 s"
    assert places(made.review(5.0)) == {"t": ("a-0", ())}


def test_priority_then_deadline_then_critical_path_then_dasks_order() -> None:
    made = engine(slot("a", cpu=1, threads=1))
    orders = {
        "last": Order(position=(9,)),
        "first": Order(rank=-5),
        "third": Order(latest_start=20.0),
        "second": Order(latest_start=10.0),
        "fifth": Order(position=(1,)),
        "fourth": Order(critical=-7.0, position=(8,)),
    }
    for key, order in orders.items():
        made.handle(TaskReady(key, demand_of(Resources()), order), 0.0)
    found: list[object] = []
    while made.queue.waiting:
        (key,) = places(made.decide(0.0))
        found.append(key)
        made.handle(TaskEnded(key), 0.0)
    assert found == ["first", "second", "third", "fourth", "fifth", "last"]


def test_waiting_raises_priority() -> None:
    made = engine(slot("a", cpu=1, threads=1))
    made.handle(TaskReady("low", demand_of(Resources()), Order(rank=0)), 0.0)
    now, number, served = 0.0, 0, False
    while not served:
        made.handle(TaskReady(number, demand_of(Resources()), Order(rank=-3)), now)
        (key,) = places(made.review(now))
        served = key == "low"
        now, number = now + 5.0, number + 1
        made.handle(TaskEnded(key, 1.0), now)
        assert now < 100
    assert now > 20


def test_what_waits_can_be_reordered() -> None:
    made = engine(slot("a", cpu=1, threads=1))
    for number in range(3):
        made.handle(TaskReady(number, demand_of(Resources()), Order(position=(number,))), 0.0)
    made.handle(TasksReordered({2: Order(critical=-9.0, position=(2,)), 7: Order()}), 0.0)
    found = []
    for _ in range(3):
        (key,) = places(made.decide(0.0))
        found.append(key)
        made.handle(TaskEnded(key), 0.0)
    assert found == [2, 0, 1]
