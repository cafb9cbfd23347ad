"""What is told of tasks when they are submitted, within bounds."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from maze_nb import task
from maze_nb.runners.references import Secret
from maze_nb.sdk.task_stories import (
    ALL_CHARS,
    SOURCE_CHARS,
    VALUE_CHARS,
    source_of,
    task_stories,
    value_text,
)
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.task_story import TaskStory, decode_story, encode_story, story_of


@task
def fit(rows, rate=0.5):
    """Fit."""
    return rows


class Odd:
    def __repr__(self):
        raise AssertionError("nobody may ask for this")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1, "1"),
        (0.5, "0.5"),
        (None, "None"),
        ("it's", '"it\'s"'),
        ([1, [2, [3]]], "[1, [2, [3]]]"),
        (list(range(10**6)), "[0, 1, 2, 3, 4, 5, ...]"),
        ({"a": 1}, "{'a': 1}"),
        (dict.fromkeys(range(5000)), "<dict, 5000 items>"),
        (Odd(), "<Odd>"),
        ([Odd()], "[<Odd>]"),
        pytest.param(10**6000, "int", id="huge"),
        (Secret("KEY"), "Secret(name='KEY')"),
        (Path("/a"), "PosixPath('/a')"),
        (b"x" * 1000, "<bytes>"),
    ],
)
def test_values_in_a_few_characters(value, said):
    assert value_text(value) == said


def test_a_long_text_is_cut():
    assert len(value_text("x" * 10_000)) <= VALUE_CHARS


def test_the_source_of_a_function_and_where_it_stands():
    found = source_of(fit)
    assert found is not None
    assert found.text.startswith("@task\ndef fit(rows, rate=0.5):")
    assert found.file == __file__
    assert Path(__file__).read_text().splitlines()[found.line - 1] == "@task"
    assert found.call == "fit(rows=rows, rate=rate)"


def test_what_has_no_source_has_none():
    names: dict[str, object] = {}
    exec("def made(x):\n    return x", names)
    assert source_of(task(names["made"])) is None


def test_a_partial_has_the_source_of_its_function():
    def scaled(x, by):
        return x * by

    found = source_of(task(functools.partial(scaled, by=2)))
    assert found is not None
    assert found.text == "def scaled(x, by):\n    return x * by"


def graph_of(number: int) -> WorkflowGraph:
    graph = WorkflowGraph("many")
    last = graph.add_task(fit, inputs={"rows": [1]})
    for _ in range(number):
        last = graph.add_task(fit, inputs={"rows": last.outputs["result"], "rate": 0.25})
    return graph


def test_many_tasks_of_one_function_share_its_text():
    tasks = graph_of(50).get_tasks()
    stories = task_stories(tasks)
    assert len(stories.sources) == 1
    assert set(stories.source_of) == {each.task_id for each in tasks}
    found = decode_story(encode_story(story_of(stories, tasks[1].task_id)))
    assert found.source is not None
    told = {each.name: (each.text, each.task_id, each.output) for each in found.inputs}
    assert told == {"rows": ("", tasks[0].task_id, "result"), "rate": ("0.25", "", "")}


def test_an_item_of_a_map_is_as_its_map_is():
    tasks = graph_of(0).get_tasks()
    stories = task_stories(tasks)
    of_map = story_of(stories, tasks[0].task_id)
    assert story_of(stories, f"{tasks[0].task_id}.12") == of_map
    assert story_of(stories, "nothing") == TaskStory()
    assert story_of(None, "nothing") == TaskStory()


def test_what_is_told_stays_bounded(tmp_path, monkeypatch):
    body = "\n".join(f"    x{n} = {n}" for n in range(3000))
    lines = [f"def f{n}(x):\n{body}\n    return x\n" for n in range(40)]
    (tmp_path / "long_functions.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    import long_functions

    graph = WorkflowGraph("long")
    for number in range(40):
        graph.add_task(task(getattr(long_functions, f"f{number}")), inputs={"x": "y" * 500})
    stories = task_stories(graph.get_tasks())
    assert 0 < len(stories.sources) < 40
    assert sum(len(each.text) for each in stories.sources) <= ALL_CHARS
    assert all(len(each.text) <= SOURCE_CHARS for each in stories.sources)
