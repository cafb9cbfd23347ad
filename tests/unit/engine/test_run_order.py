"""What of a run goes first: deadlines and the critical path."""

from __future__ import annotations

from maze_nb.engine.durations import Durations
from maze_nb.engine.events import Order
from maze_nb.engine.run_order import RunOrder
from maze_nb.model.graph import Edge, Graph
from maze_nb.model.ids import TaskId, WorkflowId
from maze_nb.model.task_options import Deadline, TaskOptions
from maze_nb.model.task_spec import TaskSpec


def spec(name: str, **options: object) -> TaskSpec:
    return TaskSpec(TaskId(name), name, options=TaskOptions(**options))  # type: ignore[arg-type]


def order_of(graph: Graph, durations: Durations, cores: float) -> dict[str, Order]:
    made = RunOrder(graph, durations, 1000.0)
    return {task.name: made.order_of(task, (), (cores, 0)) for task in graph.tasks}


def chain_and_leaves(leaves: int) -> Graph:
    tasks = [spec(f"c{n}") for n in range(4)] + [spec(f"leaf{n}") for n in range(leaves)]
    edges = [Edge(TaskId(f"c{n}"), TaskId(f"c{n + 1}")) for n in range(3)]
    return Graph(WorkflowId("w"), "w", tuple(tasks), tuple(edges))


def test_the_critical_path_goes_first_where_the_run_waits_for_it() -> None:
    found = order_of(chain_and_leaves(4), Durations(), cores=4)
    assert found["c0"].critical == -4.0
    assert found["c0"] < found["leaf0"]


def test_it_does_not_matter_while_there_is_much_other_work() -> None:
    found = order_of(chain_and_leaves(400), Durations(), cores=4)
    assert found["c0"].critical == 0.0
    assert found["c0"] == found["leaf0"]


def test_it_gets_critical_once_the_other_work_is_done() -> None:
    graph = chain_and_leaves(400)
    made = RunOrder(graph, Durations(), 1000.0)
    for number in range(399):
        made.task_ended(TaskId(f"leaf{number}"))
    assert made.order_of(graph.tasks[0], (), (4, 0)).critical == -4.0


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
