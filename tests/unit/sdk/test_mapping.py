"""Maps, reductions and conditions as they are added to the graph of a workflow."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from maze_nb import task
from maze_nb.errors import CycleError, InputError, WorkflowError
from maze_nb.model.task_spec import Condition
from maze_nb.sdk.fingerprint import Fingerprints
from maze_nb.sdk.freeze import freeze
from maze_nb.sdk.growing import maps_over, reads_of
from maze_nb.sdk.packing import Packing
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import either
from maze_nb.sdk.workflow_task import not_ as negated
from maze_nb.wire.submission import MapOver


@task
def one(x: Any) -> Any:
    """Take one input."""
    return x


@task
def scale(x: Any, by: Any = 2) -> Any:
    """Take one that is needed, and one that is not."""
    return x * by


@task
def pair(a: Any, b: Any) -> Any:
    """Take two."""
    return a, b


@task
def defaults(a: Any = 1, b: Any = 2) -> Any:
    """Need nothing."""
    return a, b


@pytest.fixture
def graph() -> WorkflowGraph:
    return WorkflowGraph("maps")


@pytest.mark.parametrize(
    ("function", "over", "fixed", "mapped"),
    [
        (one, [1], {}, ("x",)),
        (scale, [1], {}, ("x",)),
        (scale, [1], {"x": 3}, ("by",)),
        (scale, {"by": [1]}, {"x": 3}, ("by",)),
        (scale, {"x": [1], "by": [2]}, {}, ("x", "by")),
        (pair, [1], {"b": 1}, ("a",)),
        (defaults, [1], {"a": 1}, ("b",)),
    ],
)
def test_the_one_input_without_a_value_takes_the_items(graph, function, over, fixed, mapped):
    made = graph.add_map(function, over, fixed)
    assert made.over == mapped
    assert set(made.inputs) == {*mapped, *fixed}
    assert graph.graph().tasks[0].is_map


@pytest.mark.parametrize(
    ("function", "over", "fixed", "says"),
    [
        (one, "text", {}, "is to map over as its input 'x' is a str, which cannot be mapped over"),
        (one, None, {}, "is None, which cannot be mapped over"),
        (one, {"x": {1: 2}}, {}, "is a dict, which cannot be mapped over"),
        (one, {1, 2}, {}, "is a set, which cannot be mapped over: it has no order"),
        (one, pd.DataFrame({"a": [1]}), {}, "is a DataFrame, which cannot be mapped over"),
        (one, (n for n in [1]), {}, "is a generator, which cannot be mapped over: give list"),
        (one, {}, {}, "maps over nothing"),
        (one, {"y": [1]}, {}, "has no input 'y' to map over: did you mean|has no input 'y'"),
        (one, {"x": [1]}, {"x": 1}, "'x' of task 'one' is given twice"),
        (one, [1], {"x": 1}, "has no input left to take the items"),
        (pair, [1], {}, r"has 2 inputs that could take the items \('a', 'b'\)"),
        (defaults, [1], {}, "has 2 inputs that could take the items"),
        (pair, {"a": [1]}, {}, "has no value for its input 'b'"),
        (pair, {"a": [1, 2], "b": [1]}, {}, "differ in length .'a' has 2, 'b' has 1"),
    ],
)
def test_what_cannot_be_mapped_is_refused_when_the_graph_is_made(
    graph, function, over, fixed, says
):
    with pytest.raises(InputError, match=says):
        graph.add_map(function, over, fixed)
    assert graph.get_tasks() == []


def test_outputs_among_the_items_are_collected_first(graph):
    first = graph.add_task(one, {"x": 1})
    mapped = graph.add_map(scale, [first.outputs["result"], 2], name="f")
    assert [each.name for each in graph.get_tasks()] == ["one", "f.x", "f"]
    assert maps_over(mapped).lists.keys() == {"x"}


def test_maps_over_outputs_can_be_given_other_lists_and_make_no_cycle(graph):
    source = graph.add_task(one, {"x": [1]})
    mapped = graph.add_map(scale, source.outputs["result"])
    assert maps_over(mapped) == MapOver({"x": (source.task_id, "result")}, None)
    mapped.set_input("x", [1, 2])
    assert maps_over(mapped) == MapOver({}, 2)
    with pytest.raises(InputError, match="is a str, which cannot be mapped over"):
        mapped.set_input("x", "text")
    after = graph.add_task(one, {"x": mapped.outputs["result"]})
    with pytest.raises(CycleError):
        mapped.set_input("x", after.outputs["result"])


def test_a_reduction_takes_the_list_for_its_free_input(graph):
    mapped = graph.add_map(one, [1])
    reduced = graph.add_reduce(scale, mapped.outputs["result"], {"by": 3}, name="all")
    assert reduced.inputs == {"by": 3, "x": mapped.outputs["result"]}
    with pytest.raises(InputError, match="takes an output of a task that maps"):
        graph.add_reduce(one, mapped)
    with pytest.raises(InputError, match="could take the list"):
        graph.add_reduce(pair, mapped.outputs["result"])


def test_conditions_are_part_of_what_a_task_is(graph):
    check = graph.add_task(one, {"x": 1})
    yes = graph.add_task(one, {"x": 1}, when=check.outputs["result"])
    no = graph.add_map(one, [1], when=negated(check.outputs["result"]))
    assert yes.spec().when == Condition(check.task_id, "result")
    assert no.spec().when == Condition(check.task_id, "result", is_negated=True)
    edges = {(edge.source, edge.target): edge.names for edge in graph.graph().edges}
    assert edges == dict.fromkeys(
        [(check.task_id, yes.task_id), (check.task_id, no.task_id)], ("result",)
    )


def test_it_is_said_which_tasks_can_do_without_what_they_read(graph):
    a, b, c = (graph.add_task(one, {"x": n}, name=name) for n, name in enumerate("abc"))
    x, y = a.outputs["result"], b.outputs["result"]
    needs = graph.add_task(one, {"x": [x, y]})
    optional = graph.add_task(scale, {"x": y, "by": x})
    chooses = graph.add_task(one, {"x": [either(x, y), c.outputs["result"]]})
    mapped = graph.add_map(scale, {"by": x}, {"x": 1}, when=y)
    ordered = {optional.task_id: [c]}
    assert reads_of(graph.get_tasks(), ordered) == {
        optional.task_id: ((b.task_id,), (c.task_id,)),
        chooses.task_id: ((a.task_id, b.task_id), (c.task_id,)),
    }
    assert needs.task_id != mapped.task_id


def test_the_same_item_is_packed_once():
    big = bytes(1000)
    first, second, third = Packing().items([big, big, b""], "a list")
    assert first is second
    assert third != first


def test_items_are_known_by_their_content_wherever_they_stand(graph):
    mapped = graph.add_map(scale, [1, "b", 1], {"by": 3})
    parts = Fingerprints().parts(mapped)
    first, second, third = parts.items["x"]
    assert first == third != second
    single = Fingerprints().parts(graph.add_task(scale, {"x": 1, "by": 3}))
    assert single.inputs == {**parts.inputs, "x": first}
    assert single.code == parts.code
    made = graph.add_map(scale, mapped.outputs["result"], {"by": 3}, name="of a map")
    assert Fingerprints().parts(made).upstream == {}


def test_a_task_with_the_id_of_an_item_is_refused(graph):
    graph.add_map(one, [1], task_id="m")
    graph.add_task(one, {"x": 1}, task_id="m.x")
    graph.add_task(one, {"x": 1}, task_id="other.0")
    freeze(graph, "r")
    graph.add_task(one, {"x": 1}, task_id="m.0")
    with pytest.raises(WorkflowError, match=r"the id 'm\.0', which is that of an item of 'one'"):
        freeze(graph, "r")
