"""Edits in plain data: what they do, what is refused and why, and that all can be taken back."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maze_nb import task
from maze_nb.errors import (
    CycleError,
    InputError,
    MazeError,
    OptionError,
    ResourceError,
    TypeHintError,
    UnknownTaskError,
    WorkflowError,
)
from maze_nb.sdk.editing.editor import Editor
from maze_nb.sdk.editing.literals import read_literal
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import either, not_


@task(outputs=["xs", "count"])
def load(path: str = "here") -> tuple[list, int]:
    return [path], 1


@task
def total(xs: list, by: int = 1) -> int:
    return len(xs) * by


@task
def both(left, right):
    return [left, right]


def made():
    """Return a graph: load → total → both, with a constant."""
    graph = WorkflowGraph("sums")
    a = graph.add_task(load, {"path": "there"}, task_id="a")
    b = graph.add_task(total, {"xs": a.outputs["xs"]}, task_id="b")
    graph.add_task(both, {"left": b.outputs["result"], "right": [1, 2]}, task_id="c")
    return graph, Editor(graph)


def connect(source, output, target, name):
    return {"op": "connect", "source": source, "output": output, "target": target, "input": name}


DONE = {
    "connect": (connect("a", "count", "c", "right"), [("a", "b"), ("a", "c"), ("b", "c")]),
    "disconnect": ({"op": "disconnect", "target": "b", "input": "xs"}, [("b", "c")]),
    "constant": (
        {"op": "constant", "target": "c", "input": "left", "text": "3"},
        [("a", "b")],
    ),
    "order": ({"op": "order", "source": "a", "target": "c"}, [("a", "b"), ("a", "c"), ("b", "c")]),
    "cut": ({"op": "cut", "source": "a", "target": "b"}, [("b", "c")]),
    "remove": ({"op": "remove", "task": "b"}, []),
    "together": (
        {
            "op": "together",
            "edits": [{"op": "remove", "task": "b"}, connect("a", "count", "c", "left")],
        },
        [("a", "c")],
    ),
}


@pytest.mark.parametrize("name", DONE)
def test_an_edit_changes_the_graph_and_can_be_taken_back(name):
    edit, edges = DONE[name]
    graph, editor = made()
    before = editor.graph(), editor.state()["ports"]
    after = editor.apply(edit)
    assert sorted((edge["source"], edge["target"]) for edge in after["edges"]) == edges
    assert editor.state()["undo"]
    assert editor.apply({"op": "undo"}) == before[0]
    assert editor.state()["ports"] == before[1]
    assert editor.state()["undo"] == ""
    assert editor.apply({"op": "redo"}) == after
    json.dumps([after, editor.state()])
    assert graph.as_dict() == after


def test_resources_and_options_by_name():
    graph, editor = made()
    editor.apply({"op": "resources", "task": "a", "values": {"cpu": 2, "gpu": 0.5}})
    editor.apply({"op": "resources", "task": "a", "values": {"gpu_mem": 800}})
    editor.apply({"op": "options", "task": "a", "values": {"timeout": 3, "retries": 2}})
    found = graph.get_task("a")
    assert found.resources.as_dict() == {"cpu": 2, "cpu_mem": 0, "gpu": 0.5, "gpu_mem": 800}
    assert (found.options.options.timeout, found.options.options.retries) == (3, 2)
    for _ in range(3):
        editor.apply({"op": "undo"})
    assert found.resources == load.resources
    assert found.options.options.timeout is None


REFUSED = {
    "no dict": ("remove", WorkflowError, "an edit is a dict with 'op'"),
    "an unknown edit": ({"op": "disconect"}, WorkflowError, "did you mean 'disconnect'"),
    "an edit that says too little": ({"op": "remove"}, WorkflowError, "has to say 'task'"),
    "an unknown task": ({"op": "remove", "task": "aa"}, UnknownTaskError, "did you mean 'a'"),
    "an unknown output": (connect("a", "conut", "c", "left"), InputError, "did you mean 'count'"),
    "an unknown input": (connect("a", "count", "c", "lefd"), InputError, "did you mean 'left'"),
    "a hint that does not fit": (
        connect("a", "xs", "b", "by"),
        TypeHintError,
        "takes 'by' as int, but is given output 'xs'",
    ),
    "a cycle": (connect("c", "result", "a", "path"), CycleError, "load → total → both → load"),
    "itself": (connect("c", "result", "c", "left"), CycleError, "both → both"),
    "a cycle by order": ({"op": "order", "source": "c", "target": "a"}, CycleError, "load → total"),
    "no edge": ({"op": "cut", "source": "a", "target": "c"}, WorkflowError, "there is no edge"),
    "no order": ({"op": "unorder", "source": "a", "target": "b"}, WorkflowError, "disconnect"),
    "nothing to disconnect": (
        {"op": "disconnect", "target": "b", "input": "by"},
        InputError,
        "is given nothing",
    ),
    "code": (
        {"op": "constant", "target": "c", "input": "left", "text": "__import__('os')"},
        InputError,
        "no plain value",
    ),
    "a constant of another type": (
        {"op": "constant", "target": "b", "input": "by", "text": "'many'"},
        TypeHintError,
        "takes 'by' as int",
    ),
    "less than nothing": (
        {"op": "resources", "task": "a", "values": {"cpu": -1}},
        ResourceError,
        "'cpu' of task 'load' must not be negative",
    ),
    "no number": (
        {"op": "resources", "task": "a", "values": {"cpu_mem": "8 GB"}},
        ResourceError,
        "must be a finite number, not '8 GB'",
    ),
    "VRAM without a GPU": (
        {"op": "resources", "task": "a", "values": {"gpu_mem": 800}},
        ResourceError,
        "say how many devices too",
    ),
    "a misspelt resource": (
        {"op": "resources", "task": "a", "values": {"cpus": 2}},
        ResourceError,
        "did you mean 'cpu'",
    ),
    "no values": ({"op": "resources", "task": "a"}, WorkflowError, "has to say 'values'"),
    "a timeout of nothing": (
        {"op": "options", "task": "a", "values": {"timeout": 0}},
        OptionError,
        "leave it out for no timeout",
    ),
    "half a retry": (
        {"op": "options", "task": "a", "values": {"retries": 0.5}},
        OptionError,
        "a whole number",
    ),
    "exceptions by name": (
        {"op": "options", "task": "a", "values": {"retry_on": ["OSError"]}},
        OptionError,
        "only code can say",
    ),
    "nothing to undo": ({"op": "undo"}, WorkflowError, "no edit to undo"),
    "nothing to redo": ({"op": "redo"}, WorkflowError, "no edit to do again"),
    "no edits": ({"op": "together", "edits": []}, WorkflowError, "1 to 1000"),
    "one of several": (
        {"op": "together", "edits": [{"op": "remove", "task": "b"}, {"op": "remove", "task": "b"}]},
        UnknownTaskError,
        "has no task 'b'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why_and_leaves_all_as_it_was(name):
    edit, kind, said = REFUSED[name]
    _, editor = made()
    before = editor.graph(), editor.state()
    with pytest.raises(kind) as refused:
        editor.apply(edit)
    assert said in str(refused.value)
    assert (editor.graph(), editor.state()) == before


def test_a_condition_is_not_cut_off():
    graph, editor = made()
    graph.add_task(
        both, {"left": 1, "right": 2}, task_id="d", when=graph.get_task("b").outputs["result"]
    )
    for edit in ({"op": "remove", "task": "b"}, {"op": "cut", "source": "b", "target": "d"}):
        with pytest.raises(WorkflowError, match="runs only as output 'result'"):
            editor.apply(edit)


LITERALS = {
    "3": 3,
    " -2.5e3 ": -2500.0,
    "'text'": "text",
    '"a\\nb"': "a\nb",
    "[1, (2, {'a': {3}})]": [1, (2, {"a": {3}})],
    "true": True,
    '{"on": false, "x": null}': {"on": False, "x": None},
    "None": None,
    "b'x'": b"x",
}


@pytest.mark.parametrize("text", LITERALS)
def test_plain_values_are_read(text):
    assert read_literal(text, "here") == LITERALS[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "text",
        "1 +",
        "f()",
        "[x]",
        "().__class__",
        "9**9",
        "NaN",
        "(" * 90_000,
        "x" * 100_001,
    ],
)
def test_all_else_is_refused(text):
    with pytest.raises(InputError, match="here"):
        read_literal(text, "here")


def test_what_code_has_changed_since_is_not_undone():
    graph, editor = made()
    editor.apply(connect("a", "count", "c", "right"))
    graph.set_input(graph.get_task("c"), "right", 5)
    with pytest.raises(WorkflowError, match="the code has changed task 'both' since"):
        editor.apply({"op": "undo"})
    assert graph.get_task("c").inputs["right"] == 5


def test_what_code_has_added_stays():
    graph, editor = made()
    editor.apply({"op": "remove", "task": "b"})
    graph.add_task(both, {"left": 1, "right": 2}, task_id="d")
    editor.apply({"op": "undo"})
    assert [each.task_id for each in graph.get_tasks()] == ["a", "b", "c", "d"]


def test_an_undo_that_would_close_a_cycle_is_refused():
    graph, editor = made()
    editor.apply({"op": "disconnect", "target": "b", "input": "xs"})
    graph.set_input(graph.get_task("a"), "path", graph.get_task("c").outputs["result"])
    with pytest.raises(CycleError, match="wait for each other"):
        editor.apply({"op": "undo"})
    assert graph.get_task("b").inputs == {}


def test_an_undo_that_would_read_what_is_gone_is_refused():
    graph, editor = made()
    editor.apply({"op": "disconnect", "target": "b", "input": "xs"})
    graph.remove_task(graph.get_task("a"))
    with pytest.raises(WorkflowError, match="not in the workflow any more"):
        editor.apply({"op": "undo"})


def test_views_hear_of_each_change():
    graph, editor = made()
    heard = []
    end = editor.watch(lambda: heard.append(graph.task_count))
    graph.add_task(load, task_id="d")
    editor.apply({"op": "remove", "task": "d"})
    end()
    graph.add_task(load)
    assert heard == [4, 3]


def test_what_may_be_joined():
    graph, editor = made()
    targets = editor.answer({"op": "targets", "source": "a", "output": "xs"})["targets"]
    assert targets == {"b": ["xs"], "c": ["left", "right"]}
    assert editor.answer({"op": "targets", "source": "c", "output": "result"})["targets"] == {}
    sources = editor.answer({"op": "sources", "target": "b"})["sources"]
    assert sources["by"] == [{"task_id": "a", "output": "count"}]
    assert sources["xs"] == [{"task_id": "a", "output": "xs"}]
    for target, names in targets.items():
        for name in names:
            made()[1].apply(connect("a", "xs", target, name))
    assert graph.task_count == 3


def test_ports_say_what_an_input_is_given():
    graph, editor = made()
    b = graph.get_task("b").outputs["result"]
    graph.add_task(
        both,
        {"left": [b, 1], "right": either(b, graph.get_task("a").outputs["xs"])},
        task_id="d",
    )
    graph.add_task(both, {"left": object(), "right": b}, task_id="e", when=not_(b))
    editor.apply({"op": "disconnect", "target": "e", "input": "right"})
    ports = editor.state()["ports"]
    shown = {
        (task_id, port["name"]): (port["kind"], port["text"], port["can_type"])
        for task_id, of_task in ports.items()
        for port in of_task
    }
    assert shown["a", "path"] == ("constant", "'there'", True)
    assert shown["b", "xs"][0] == "output"
    assert shown["b", "by"] == ("default", "", True)
    assert shown["c", "right"] == ("constant", "[1, 2]", True)
    assert shown["d", "left"][0] == shown["d", "right"][0] == "mixed"
    assert shown["e", "left"][::2] == ("constant", False)
    assert shown["e", "right"][0] == "missing"
    assert [port["hint"] for port in ports["b"]] == ["list", "int"]


def test_an_edit_of_a_large_graph_is_quick():
    graph = WorkflowGraph()
    first = graph.add_task(load, task_id="0")
    for index in range(1, 3000):
        graph.add_task(both, {"left": first.outputs["xs"], "right": 1}, task_id=str(index))
    editor = Editor(graph)
    began = time.perf_counter()
    editor.apply({"op": "remove", "task": "0"})
    editor.apply({"op": "undo"})
    assert len(editor.answer({"op": "targets", "source": "0", "output": "xs"})["targets"]) == 2999
    assert time.perf_counter() - began < 5


IDS = [str(number) for number in range(6)]
ANY = st.sampled_from(IDS)
INPUT = st.sampled_from(["left", "right"])
EDITS = st.one_of(
    st.builds(connect, ANY, st.just("result"), ANY, INPUT),
    st.fixed_dictionaries({"op": st.just("disconnect"), "target": ANY, "input": INPUT}),
    st.fixed_dictionaries(
        {"op": st.just("constant"), "target": ANY, "input": INPUT, "text": st.sampled_from("0123")}
    ),
    st.fixed_dictionaries(
        {"op": st.sampled_from(["order", "unorder", "cut"]), "source": ANY, "target": ANY}
    ),
    st.fixed_dictionaries({"op": st.just("remove"), "task": ANY}),
    st.sampled_from([{"op": "undo"}, {"op": "redo"}]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(EDITS, max_size=25))
def test_whatever_is_edited_the_graph_is_acyclic_and_all_can_be_undone(edits):
    graph = WorkflowGraph()
    for task_id in IDS:
        graph.add_task(both, {"left": 0, "right": 0}, task_id=task_id)
    editor = Editor(graph)
    start = seen(editor)[0]
    for edit in edits:
        before = seen(editor)
        if is_refused(editor, edit):
            assert seen(editor) == before
        refuse_cycles(editor.graph())
    while editor.state()["undo"]:
        editor.apply({"op": "undo"})
    assert seen(editor)[0] == start


def seen(editor):
    """Return the graph and what a view knows beside it; in which order edges stand says nothing."""
    graph, state = editor.graph(), editor.state()
    edges = sorted(graph["edges"], key=lambda edge: (edge["source"], edge["target"]))
    return {**graph, "edges": edges}, {**state, "orders": sorted(state["orders"])}


def is_refused(editor, edit):
    """Apply an edit; tell whether it was refused."""
    try:
        editor.apply(edit)
    except MazeError:
        return True
    return False


def refuse_cycles(graph):
    """Fail unless the tasks can be put into an order; and each edge joins tasks that are there."""
    before = {each["id"]: set() for each in graph["tasks"]}
    for edge in graph["edges"]:
        before[edge["target"]].add(edge["source"])
    while before:
        free = [task_id for task_id, waits in before.items() if not waits & before.keys()]
        assert free, f"a cycle among {sorted(before)}"
        for task_id in free:
            del before[task_id]
