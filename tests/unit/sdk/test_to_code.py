"""A workflow as a module: run, the module makes the same workflow and the same results."""

from __future__ import annotations

import functools
import runpy
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maze_nb import Secret, task, workflow
from maze_nb.errors import MazeError, WorkflowError
from maze_nb.sdk.editing.editor import Editor
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference, either, not_
from maze_nb.sdk.written.workflow import written_workflow

KNOWN = {"rate": 3}


@task(outputs=["xs", "count"], resources={"cpu": 2})
def load(n=3):
    return list(range(n)), n


@task
def both(left, right=None):
    return [left, right]


@task(inputs=["a b"], outputs=["class"])
def odd(params):
    return {"class": params["a b"]}


def plain(x):
    return x


def shape(graph):
    """Return all of a graph but ids: what stands for them is where a task comes in the order."""
    tasks = {each["name"]: {**each, "id": ""} for each in graph["tasks"]}
    names = {each["id"]: each["name"] for each in graph["tasks"]}
    for each in tasks.values():
        if each["when"]:
            each["when"] = {**each["when"], "task_id": names[each["when"]["task_id"]]}
    edges = {
        (names[e["source"]], names[e["target"]], tuple(sorted(e["names"]))) for e in graph["edges"]
    }
    return graph["name"], tasks, edges


def values(graph):
    """Return what the tasks are given by name, with outputs as texts."""

    def text(value):
        if isinstance(value, OutputReference):
            return f"{value.name} of {value.task.name}"
        if isinstance(value, list | tuple):
            return [text(each) for each in value]
        if isinstance(value, dict):
            return {key: text(each) for key, each in value.items()}
        return [text(each) for each in value.references] if hasattr(value, "references") else value

    return {
        each.name: {name: text(value) for name, value in each.inputs.items()}
        for each in graph.get_tasks()
    }


def made_again(graph, path):
    """Return the workflow that the module makes."""
    written_workflow(graph, path)
    found = runpy.run_path(str(path), run_name="drawn")
    (flow,) = [each for each in found.values() if type(each).__name__ == "WorkflowFunction"]
    return flow()


def fill(graph, make):
    make(graph)
    return graph


def a_pipeline(graph):
    a = graph.add_task(load, {"n": 4}, name="load it", resources={"gpu": 0.5, "gpu_mem": 100})
    b = graph.add_task(
        both,
        {"left": [a.outputs["xs"], {"k": (1, a.outputs["count"])}]},
        retries=2,
        retry_on=(OSError, WorkflowError),
        timeout=9,
        deadline=60,
        tags=["x"],
    )
    graph.add_task(both, {"left": b.outputs["result"], "right": "text"}, name="end", env={"A": "1"})


def a_condition(graph):
    a = graph.add_task(load)
    b = graph.add_task(both, {"left": 1}, name="b", when=a.outputs["count"])
    c = graph.add_task(both, {"left": 2}, name="c", when=not_(a.outputs["count"]))
    graph.add_task(both, {"left": either(b.outputs["result"], c.outputs["result"])}, name="d")


def a_map(graph):
    a = graph.add_task(load)
    m = graph.add_map(plain, a.outputs["xs"])
    graph.add_map(both, {"left": [1, 2, 3]}, {"right": m.outputs["result"]}, name="fixed")


def names_that_python_cannot_say(graph):
    a = graph.add_task(odd, {"a b": 1}, name="class")
    graph.add_task(both, {"left": a.outputs["class"]}, name="1 + 1")
    graph.add_task(both, {"left": 3}, name="class_")


def an_order(graph):
    a = graph.add_task(load, name="first")
    b = graph.add_task(both, {"left": 1}, name="second")
    graph.add_edge(b, a)


def values_in_a_file(graph):
    graph.add_task(both, {"left": {1, 2}, "right": float("inf")})
    graph.add_task(both, {"left": list(range(3000)), "right": Secret("TOKEN")}, name="long")


def functions_of_all_kinds(graph):
    graph.add_task(functools.partial(plain, 3))
    graph.add_task(plain, {"x": len})


@pytest.mark.parametrize(
    "make",
    [
        a_pipeline,
        a_condition,
        a_map,
        names_that_python_cannot_say,
        an_order,
        values_in_a_file,
        functions_of_all_kinds,
    ],
)
def test_the_module_makes_the_same_workflow(make, tmp_path):
    graph = fill(WorkflowGraph("drawn"), make)
    again = made_again(graph, tmp_path / "drawn.py")
    assert shape(again.as_dict()) == shape(graph.as_dict())
    assert repr(sorted(values(again).items())) == repr(sorted(values(graph).items()))


REFUSED = {
    "a lambda": (lambda graph: graph.add_task(lambda x: x, {"x": 1}), "a lambda, which no module"),
    "an inner function": (lambda graph: graph.add_task(inner()), "inner.<locals>.deep"),
    "an input without a value": (
        lambda graph: graph.unset_input(graph.add_task(plain, {"x": 1}), "x"),
        "has no value for its input 'x'",
    ),
    "what cannot be pickled": (
        lambda graph: graph.add_task(plain, {"x": (each for each in [])}),
        "reads 'x', a generator that cannot be written",
    ),
}


def inner():
    def deep():
        return 1

    return deep


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused(name, tmp_path):
    make, said = REFUSED[name]
    graph = WorkflowGraph("drawn")
    make(graph)
    with pytest.raises(WorkflowError) as refused:
        written_workflow(graph, tmp_path / "drawn.py")
    assert said in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["drawn.txt", "1.py", "class.py", "no/such/folder.py"])
def test_a_path_has_to_be_a_module_in_a_folder(path, tmp_path):
    with pytest.raises(WorkflowError):
        written_workflow(fill(WorkflowGraph("drawn"), an_order), tmp_path / path)


def test_without_a_path_all_has_to_be_plain():
    assert "first" in written_workflow(fill(WorkflowGraph("drawn"), an_order))
    with pytest.raises(WorkflowError, match="give a path"):
        written_workflow(fill(WorkflowGraph("drawn"), values_in_a_file))


SCRIPT = """
import math
from maze_nb import MaClient, task
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.written.workflow import written_workflow

RATE = 2

class Scale:
    def __init__(self, by): self.by = by

def helper(x):
    return math.floor(x) * Scale(RATE).by

@task(outputs=["y"])
def scaled(x: float) -> int:
    return helper(x)

def undecorated(y, scale=RATE):
    return y + scale

graph = WorkflowGraph("sc\\"ript")
a = graph.add_task(scaled, {"x": 2.5})
graph.add_task(undecorated, {"y": a.outputs["y"]})
written_workflow(graph, "drawn.py")
"""


def test_what_a_script_defines_is_written_with_all_that_it_needs(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, timeout=100)
    found = runpy.run_path(str(tmp_path / "drawn.py"), run_name="drawn")
    assert found["scaled"](2.5) == 4
    assert found["undecorated"](4) == 6
    made = next(each for each in found.values() if type(each).__name__ == "WorkflowFunction")()
    assert [each.name for each in made.get_tasks()] == ["scaled", "undecorated"]


NAMES = ["t0", "t1", "t2", "t3", "t4"]
NAME = st.sampled_from(NAMES)
EDIT = st.one_of(
    st.fixed_dictionaries(
        {
            "op": st.just("connect"), "source": NAME, "output": st.just("result"), "target": NAME,
            "input": st.sampled_from(["left", "right"]),
        }
    ),
    st.fixed_dictionaries({"op": st.just("order"), "source": NAME, "target": NAME}),
    st.fixed_dictionaries({"op": st.just("remove"), "task": NAME}),
    st.fixed_dictionaries(
        {
            "op": st.just("constant"), "target": NAME, "input": st.just("left"),
            "text": st.sampled_from(["1", "'a'", "[1, {'k': None}]", "true"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "op": st.just("resources"), "task": NAME,
            "values": st.fixed_dictionaries({"cpu": st.sampled_from([0.5, 2, 3])}),
        }
    ),
    st.fixed_dictionaries(
        {
            "op": st.just("options"), "task": NAME,
            "values": st.fixed_dictionaries({"retries": st.integers(0, 3)}),
        }
    ),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EDIT, max_size=15))
def test_what_is_drawn_comes_back_from_its_module(tmp_path, edits):
    graph = WorkflowGraph("drawn")
    for name in NAMES:
        graph.add_task(both, {"left": 0}, name=name, task_id=name)
    editor = Editor(graph)
    for edit in edits:
        try:
            editor.apply(edit)
        except MazeError:
            continue
    if any(each.missing_inputs() for each in graph.get_tasks()):
        return
    again = made_again(graph, tmp_path / "drawn.py")
    assert shape(again.as_dict()) == shape(graph.as_dict())
    assert values(again) == values(graph)


def test_a_workflow_function_is_written_as_it_was_edited(tmp_path):
    @workflow
    def pipeline():
        return both(left=load().xs)

    made = pipeline()
    made.editor.apply(
        {"op": "constant", "target": made.get_tasks()[1].task_id, "input": "left", "text": "7"}
    )
    again = made_again(made, tmp_path / "drawn.py")
    assert values(again) == {"load": {}, "both": {"left": 7}}
    assert "both" in made.to_code()
