"""What of a run goes first: deadlines and the critical path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maze_nb.engine.durations import Durations
from maze_nb.engine.events import Order
from maze_nb.engine.run_order import STEP, RunOrder
from maze_nb.model.graph import Edge, Graph
from maze_nb.model.ids import TaskId, WorkflowId
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import Deadline, TaskOptions
from maze_nb.model.task_spec import TaskSpec


def spec(name: str, **options: object) -> TaskSpec:
    return TaskSpec(TaskId(name), name, options=TaskOptions(**options))  # type: ignore[arg-type]


def order_of(
    graph: Graph, durations: Durations, cores: float, devices: float = 0
) -> dict[str, Order]:
    made = RunOrder(graph, durations, 1000.0)
    return {task.name: made.order_of(task, (), (cores, devices)) for task in graph.tasks}


def chain_and_leaves(leaves: int) -> Graph:
    tasks = [spec(f"c{n}") for n in range(4)] + [spec(f"leaf{n}") for n in range(leaves)]
    edges = [Edge(TaskId(f"c{n}"), TaskId(f"c{n + 1}")) for n in range(3)]
    return Graph(WorkflowId("w"), "w", tuple(tasks), tuple(edges))


def test_the_critical_path_goes_first() -> None:
    found = order_of(chain_and_leaves(4), Durations(), cores=4)
    assert found["c0"].critical == -(STEP**3)
    assert found["leaf0"].critical == -1.0
    assert found["c0"] < found["c1"] < found["c2"] < found["leaf0"]


@pytest.mark.parametrize(
    ("seconds", "first"), [({"a": 12.0, "b": 16.0}, "a"), ({"a": 12.0, "b": 20.0}, "b")]
)
def test_where_about_as_much_work_hangs_dasks_order_decides(
    seconds: dict[str, float], first: str
) -> None:
    graph = Graph(WorkflowId("w"), "w", (spec("a"), spec("b")))
    durations = Durations()
    for name, duration in seconds.items():
        durations.observe(name, duration)
    made = RunOrder(graph, durations, 1000.0)
    orders = {task.name: made.order_of(task, (n,), (4, 0)) for n, task in enumerate(graph.tasks)}
    assert min(orders, key=lambda name: orders[name]) == first


def test_a_task_is_urgent_once_the_other_work_is_done() -> None:
    graph = chain_and_leaves(400)
    made = RunOrder(graph, Durations(), 1000.0)
    assert not made.order_of(graph.tasks[0], (), (4, 0)).is_urgent
    for number in range(399):
        made.task_ended(TaskId(f"leaf{number}"))
    assert made.order_of(graph.tasks[0], (), (4, 0)).is_urgent


def feeders(fed: int) -> Graph:
    """Many tasks that lead to a device, one that is two steps from it, and one with no device."""
    device = {"resources": Resources(gpu=1)}
    tasks = [spec(name) for name in ("far", "near", "aside")]
    tasks += [replace(spec(f"device{n}"), **device) for n in range(fed)]
    edges = [("far", "near"), *(("near", f"device{n}") for n in range(fed))]
    return Graph(
        WorkflowId("w"),
        "w",
        tuple(tasks),
        tuple(Edge(TaskId(source), TaskId(target)) for source, target in edges),
    )


def test_what_leads_to_a_scarce_device_soonest_goes_first() -> None:
    found = order_of(feeders(40), Durations(), cores=4, devices=1)
    assert [found[name].critical for name in ("device0", "near", "far")] == [0.0, 1.0, 2.0]
    assert found["device0"] < found["near"] < found["far"] < found["aside"]


@pytest.mark.parametrize(("fed", "devices"), [(40, 100.0), (2, 1.0)])
def test_else_what_more_work_hangs_on_goes_first(fed: int, devices: float) -> None:
    found = order_of(feeders(fed), Durations(), cores=4, devices=devices)
    assert found["far"] < found["near"] < found["device0"]


def test_a_new_kind_is_learned_of_at_once() -> None:
    tasks = tuple(replace(spec("leaf"), task_id=TaskId(f"leaf{n}")) for n in range(30))
    graph = Graph(WorkflowId("w"), "w", (*tasks, replace(spec("other"), task_id=TaskId("o"))))
    durations = Durations()
    made = RunOrder(graph, durations, 1000.0)
    found = []
    for number in range(20):
        durations.observe("leaf", 3.0)
        found.append(made.task_ended(TaskId(f"leaf{number}")))
    assert [number for number, is_changed in enumerate(found) if is_changed] == [0, 16]
    assert made.hanging[TaskId("leaf29")] == 3.0


def test_one_very_long_kind_does_not_make_the_unknown_look_long() -> None:
    graph = chain_and_leaves(4)
    durations = Durations()
    for name, seconds in (("c0", 900.0), ("leaf0", 2.0), ("leaf1", 3.0)):
        durations.observe(name, seconds)
    made = RunOrder(graph, durations, 1000.0)
    assert made.hanging[TaskId("leaf3")] == 3.0


def test_durations_are_learned_while_the_run_goes_on() -> None:
    graph = chain_and_leaves(40)
    durations = Durations()
    made = RunOrder(graph, durations, 1000.0)
    durations.observe("c1", 100.0)
    for number in range(20):
        made.task_ended(TaskId(f"leaf{number}"))
    assert made.hanging[TaskId("c0")] > 100


def test_a_deadline_reaches_back_to_what_it_waits_for() -> None:
    graph = Graph(
        WorkflowId("w"),
        "w",
        (spec("a"), spec("b", deadline=Deadline(60)), spec("other")),
        (Edge(TaskId("a"), TaskId("b")),),
    )
    found = order_of(graph, Durations(), cores=4)
    assert found["b"].latest_start == 1059.0
    assert found["a"].latest_start == 1058.0
    assert found["a"] < found["other"]


def test_an_absolute_deadline_is_taken_as_it_is() -> None:
    graph = Graph(WorkflowId("w"), "w", (spec("a", deadline=Deadline(5000, is_absolute=True)),))
    assert order_of(graph, Durations(), cores=1)["a"].latest_start == 4999.0


def test_priority_goes_before_all_else() -> None:
    graph = Graph(WorkflowId("w"), "w", (spec("a", priority=1), spec("b", deadline=Deadline(1))))
    found = order_of(graph, Durations(), cores=1)
    assert found["a"] < found["b"]
