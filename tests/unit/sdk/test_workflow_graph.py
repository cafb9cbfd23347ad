"""Editing a workflow: edges follow from inputs, and nonsense is refused by name."""

from __future__ import annotations

import threading

import pytest

from maze_nb import task
from maze_nb.errors import (
    CycleError,
    InputError,
    ResourceError,
    SerializationError,
    UnknownTaskError,
    WorkflowError,
)
from maze_nb.sdk.freeze import freeze
from maze_nb.sdk.workflow_graph import WorkflowGraph


@task(inputs=["value"], outputs=["doubled"])
def double(params):
    return {"doubled": params["value"] * 2}


@task
def add(left, right=0):
    return left + right


@task
def open_ended(**anything):
    return anything


@pytest.fixture
def workflow() -> WorkflowGraph:
    return WorkflowGraph("tested")


def edges(workflow: WorkflowGraph) -> set[tuple[str, str, tuple[str, ...]]]:
    graph = workflow.graph()
    name = {spec.task_id: spec.name for spec in graph.tasks}
    return {(name[e.source], name[e.target], e.names) for e in graph.edges}


def test_edges_follow_from_inputs(workflow: WorkflowGraph) -> None:
    a = workflow.add_task(double, {"value": 1}, name="a")
    b = workflow.add_task(add, {"left": a.outputs["doubled"], "right": 1}, name="b")
    c = workflow.add_task(add, {"left": [a.outputs["doubled"], {"x": b.outputs["result"]}]})
    workflow.add_edge(a, c)
    assert edges(workflow) == {
        ("a", "b", ("doubled",)),
        ("a", "add", ("doubled",)),
        ("b", "add", ("result",)),
    }
    assert workflow.get_tasks() == [a, b, c]
    assert workflow.get_task(b.task_id) is b


def test_deleting_a_task_takes_its_edges_and_unsets_what_read_it(workflow: WorkflowGraph) -> None:
    a = workflow.add_task(double, {"value": 1}, name="a")
    b = workflow.add_task(double, {"value": a.outputs["doubled"]}, name="b")
    a.delete()
    assert workflow.get_tasks() == [b]
    assert edges(workflow) == set()
    with pytest.raises(InputError, match=r"task 'b' has no value for its input 'value'"):
        freeze(workflow, "run")
    b.set_input("value", 3)
    assert len(freeze(workflow, "run").keys) == 1


def test_deleting_an_edge(workflow: WorkflowGraph) -> None:
    a = workflow.add_task(double, {"value": 1}, name="a")
    b = workflow.add_task(add, {"left": 1, "right": a.outputs["doubled"]}, name="b")
    workflow.add_edge(a, b)
    workflow.del_edge(a, b)
    assert edges(workflow) == set()
    assert b.inputs == {"left": 1}
    with pytest.raises(WorkflowError, match="no edge from 'a' to 'b'"):
        workflow.del_edge(a, b)


def test_frozen_workflows_do_not_change(workflow: WorkflowGraph) -> None:
    a = workflow.add_task(double, {"value": 1}, name="a")
    frozen = freeze(workflow, "run")
    workflow.add_task(double, {"value": a.outputs["doubled"]})
    assert [spec.name for spec in frozen.graph.tasks] == ["a"]
    assert len(frozen.nodes) == 1


@pytest.mark.parametrize(
    ("function", "inputs", "options", "error", "message"),
    [
        (double, {}, {}, InputError, "'double' has no value for its input 'value'"),
        (double, {"valeu": 1}, {}, InputError, "no input 'valeu': did you mean 'value'"),
        (add, {"left": 1, "up": 2}, {}, InputError, "no input 'up': known are: 'left', 'right'"),
        (double, {"value": 1}, {"resources": {"cpus": 1}}, ResourceError, "did you mean 'cpu'"),
        (double, {"value": 1}, {"resources": {"cpu": -1}}, ResourceError, "not be negative"),
        (double, {"value": 1}, {"resources": {"cpu": "2"}}, ResourceError, "finite number"),
        (double, {"value": 1}, {"resources": {"cpu": True}}, ResourceError, "finite number"),
        (double, {"value": 1}, {"resources": {"gpu": 1.5}}, ResourceError, "use 1 or 2"),
        (double, {"value": 1}, {"resources": {"gpu_mem": 5}}, ResourceError, "'gpu' is 0"),
        (double, {"value": 1}, {"resources": [1]}, ResourceError, "must be a mapping"),
        (double, {"value": 1}, {"name": " "}, WorkflowError, "must not be empty"),
        (7, {}, {}, WorkflowError, "needs a function, not 7"),
    ],
)
def test_what_add_task_refuses(workflow, function, inputs, options, error, message) -> None:
    with pytest.raises(error, match=message):
        workflow.add_task(function, inputs, **options)
    assert workflow.get_tasks() == []


def test_unknown_outputs_and_wrong_references(workflow: WorkflowGraph) -> None:
    a = workflow.add_task(double, {"value": 1}, name="a")
    with pytest.raises(InputError, match="no output 'dubled': did you mean 'doubled'"):
        a.outputs["dubled"]
    with pytest.raises(InputError, match=r"is the task 'a' itself: .*outputs\['doubled'\]"):
        workflow.add_task(double, {"value": a})
    other = WorkflowGraph("other")
    with pytest.raises(WorkflowError, match="task 'a' is not in workflow 'other'"):
        other.add_task(double, {"value": a.outputs["doubled"]})
    with pytest.raises(InputError, match="has no value yet"):
        bool(a.outputs["doubled"])
    with pytest.raises(UnknownTaskError, match="no task 'x'"):
        workflow.get_task("x")
    with pytest.raises(WorkflowError, match="has a task with the id"):
        workflow.add_task(double, {"value": 1}, task_id=a.task_id)


def test_cycles_are_refused(workflow: WorkflowGraph) -> None:
    a = workflow.add_task(double, {"value": 1}, name="a")
    b = workflow.add_task(double, {"value": a.outputs["doubled"]}, name="b")
    c = workflow.add_task(double, {"value": b.outputs["doubled"]}, name="c")
    with pytest.raises(CycleError, match="a → b → c → a"):
        workflow.add_edge(c, a)
    with pytest.raises(CycleError, match="close a cycle"):
        a.set_input("value", c.outputs["doubled"])
    with pytest.raises(CycleError):
        workflow.add_edge(a, a)
    assert a.inputs == {"value": 1}
    assert len(edges(workflow)) == 2


def test_what_cannot_travel_is_named(workflow: WorkflowGraph) -> None:
    workflow.add_task(add, {"left": threading.Lock()}, name="locked")
    with pytest.raises(SerializationError, match=r"input 'left' of task 'locked'.*cannot be pick"):
        freeze(workflow, "run")
    other = WorkflowGraph()
    lock = threading.Lock()

    @task
    def holds(x):
        return lock, x

    other.add_task(holds, {"x": 1})
    with pytest.raises(SerializationError, match="the function of task 'holds'"):
        freeze(other, "run")


def test_open_ended_functions_take_any_input(workflow: WorkflowGraph) -> None:
    made = workflow.add_task(open_ended, {"x": 1, "y": 2})
    assert set(made.inputs) == {"x", "y"}


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: task(inputs=["a", "a"], outputs=[])(lambda params: None), "'a' twice"),
        (lambda: task(inputs="a")(lambda params: None), "must be a list of names"),
        (lambda: task(inputs=["b"])(lambda a, c: None), "no such parameter"),
        (lambda: task(inputs=["a"])(lambda a, c: None), "parameter 'c' without a default"),
        (lambda: task(lambda *args: None), "cannot be given by name"),
    ],
)
def test_what_the_decorator_refuses(declare, message: str) -> None:
    with pytest.raises(InputError, match=message):
        declare()


def test_a_decorated_function_stays_callable() -> None:
    assert add(1, right=2) == 3
    assert double({"value": 4}) == {"doubled": 8}
    assert add.__name__ == "add"


def test_building_grows_linearly(workflow: WorkflowGraph) -> None:
    before = workflow.add_task(double, {"value": 1})
    for _ in range(3000):
        made = workflow.add_task(double, {"value": 1})
        workflow.add_edge(before, made)
        before = made
    assert len(edges(workflow)) == 1
    assert len(workflow.graph().edges) == 3000
