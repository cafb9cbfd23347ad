"""Maps, sub-workflows and stale marks in pictures, tables and texts."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from maze_nb.projection.card_face import face_of
from maze_nb.projection.cards import cards_of
from maze_nb.projection.folding import FEW
from maze_nb.projection.graph_shape import shape_of
from maze_nb.projection.graph_text import graph_mermaid, graph_print
from maze_nb.projection.picture import graph_picture, graph_svg
from maze_nb.projection.progress_text import EACH_ITEM, ProgressLines
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.projection.runs_text import tasks_text
from maze_nb.projection.still import graph_html, run_html


@pytest.fixture
def mapped(make_recorder, make_graph):
    graph = make_graph(["load", "fit", "best"], [("load", "fit"), ("fit", "best")])
    graph["tasks"][1]["kind"] = "map"
    recorder = make_recorder(graph).start_run().start("load").finish("load").start("fit")
    recorder.task("task_expanded", "fit", count=10_000)
    for index in range(100):
        recorder.start(f"fit.{index}")
        if index == 40:
            recorder.fail(f"fit.{index}")
        elif index < 90:
            recorder.finish(f"fit.{index}")
    return recorder


@pytest.fixture
def grouped(make_graph):
    names = ["load", "a", "b", "c", "d", "x", "y", "end"]
    graph = make_graph(names, pairwise(names))
    for task in graph["tasks"]:
        if task["id"] in "abcd":
            task["group"] = "prepare/clean" if task["id"] == "b" else "prepare"
        elif task["id"] in "xy":
            task["group"] = "small"
    return graph


def test_a_map_is_one_card_with_counts(mapped):
    snapshot = view_of(mapped.messages).snapshot()
    picture = graph_picture(shape_of(mapped.graph), snapshot)
    assert picture is not None
    drawn = "".join(ElementTree.fromstring(picture.svg).itertext())
    assert "fit ×10,000" in drawn
    assert "1✕ 10◐ 9,900○ 89✓" in drawn
    assert "10,000 items: 1 failed, 10 running, 9,900 waiting, 89 succeeded" in drawn


def test_the_still_of_a_map_names_the_items_that_failed(mapped):
    snapshot = view_of(mapped.fail("fit").finish_run("failed").messages).snapshot()
    html = run_html(mapped.graph, snapshot)
    assert "<strong>fit ×10,000</strong>" in html
    assert "<strong>fit[40]</strong>" in html
    assert "ValueError: no rows</pre>" in html
    assert "fit[3]" not in html
    text = run_text(mapped.graph, snapshot)
    assert "10,002 tasks" in text
    assert "✕ fit[40]: ValueError: no rows" in text
    assert "✕ fit:" not in text


def test_a_map_in_texts(mapped):
    snapshot = view_of(mapped.messages).snapshot()
    printed = graph_print(mapped.graph, snapshot)
    assert "✕ fit ×10,000  ← load (result)  [10,000 items: 1 failed" in printed
    assert 't1[["fit ×10,000"]]' in graph_mermaid(mapped.graph, snapshot)
    assert "fit  ← load (result)  [for each item]" in graph_print(mapped.graph)
    table = tasks_text(mapped.graph, snapshot)
    assert "fit ×10,000" in table
    assert "fit[40]" in table
    assert "fit[3] " not in table


def test_a_map_that_is_skipped_for_an_item_of_its_own_shows_as_failed(mapped):
    snapshot = view_of(mapped.skip("fit", "fit.40").finish_run("failed").messages).snapshot()
    assert "✕ fit ×10,000" in graph_print(mapped.graph, snapshot)


@pytest.mark.parametrize(
    ("is_interrupted", "glyph", "word"), [(False, "◐", "running"), (True, "○", "waiting")]
)
def test_several_of_which_some_have_ended_run_as_long_as_the_run_goes_on(
    mapped, grouped, make_recorder, is_interrupted, glyph, word
):
    mapped.messages = mapped.messages[:5]
    mapped.start("fit.0").finish("fit.0")
    group = make_recorder(grouped).start_run().start("load").finish("load").start("a").finish("a")
    map_view, group_view = (
        view_of(told.messages, is_interrupted=is_interrupted).snapshot() for told in (mapped, group)
    )
    assert f"{glyph} fit ×10,000" in graph_print(mapped.graph, map_view)
    table = tasks_text(mapped.graph, map_view).splitlines()
    assert f"{glyph} {word}" in next(line for line in table if "fit ×10,000" in line)
    shape = shape_of(grouped)
    face = face_of(cards_of(shape, 100).cards["a"], shape, group_view)
    assert face.state == word


@pytest.mark.parametrize(
    ("task", "place"),
    [("fit", "in its items, 2.9 MB"), ("best", "in the cluster's memory, 2.9 MB")],
)
def test_a_view_says_where_the_outputs_of_a_map_are(mapped, task, place):
    big = {"name": "result", "type": "list", "nbytes": 3e6, "summary": "list", "inline": False}
    snapshot = view_of(mapped.finish(task, outputs=[big]).messages).snapshot()
    assert [output["place"] for output in snapshot["tasks"][task]["outputs"]] == [place]
    assert place.replace("'", "&#x27;") in run_html(mapped.graph, snapshot)


def test_a_long_map_takes_few_lines_in_a_terminal(mapped):
    mapped.messages = mapped.messages[:5]
    count = 10 * EACH_ITEM
    mapped.task("task_expanded", "fit", count=count)
    for index in range(count):
        mapped.start(f"fit.{index}")
        if index == 7:
            mapped.fail(f"fit.{index}")
        else:
            mapped.finish(f"fit.{index}")
    told = ProgressLines()
    lines = [line for message in mapped.messages[5:] for line in told.of(message)]
    assert lines.pop(0) == "◐ fit maps over 200 items"
    assert lines[0] == "✕ fit.7 failed: ValueError: no rows"
    assert lines[1] == f"◐ fit  20 of {count} items  (1 did not succeed)"
    assert len(lines) == 11


def test_a_short_map_is_told_item_by_item(mapped):
    mapped.messages = mapped.messages[:4]
    mapped.task("task_expanded", "fit", count=2).start("fit.0").finish("fit.0")
    told = ProgressLines()
    lines = [line for message in mapped.messages[4:] for line in told.of(message)]
    assert lines == ["◐ fit maps over 2 items", "◐ fit.0 started on node-a", "✓ fit.0  0.12 s"]


def test_a_sub_workflow_of_more_than_a_few_tasks_is_one_card(grouped):
    cards = cards_of(shape_of(grouped), 100)
    assert [card.label for card in cards.cards.values()] == ["load", "prepare", "x", "y", "end"]
    assert cards.cards["a"].members == ("a", "b", "c", "d")
    assert set(cards.edges) == {("load", "a"), ("a", "x"), ("x", "y"), ("y", "end")}
    assert len(cards.cards["a"].members) > FEW


def test_a_sub_workflow_that_others_go_through_stays_open(grouped):
    grouped["tasks"][2]["group"] = ""
    grouped["tasks"].append({"id": "e", "name": "e", "group": "prepare"})
    cards = cards_of(shape_of(grouped), 100)
    assert len(cards.cards) == len(grouped["tasks"])


def test_a_sub_workflow_shows_what_its_tasks_come_to(grouped, make_recorder):
    recorder = make_recorder(grouped).start_run().start("load").finish("load").start("a")
    snapshot = view_of(recorder.finish("a").start("b").messages).snapshot()
    drawn = graph_svg(grouped, snapshot)
    assert "1◐ 2○ 1✓" in drawn
    assert "prepare: 1 running, 2 waiting, 1 succeeded" in drawn
    assert "prepare/clean/b" in graph_print(grouped)
    assert 'subgraph g0["prepare"]' in graph_mermaid(grouped)
    assert "4 tasks" in graph_svg(grouped)


MARKS = {
    "load": {"mark": "current", "why": ""},
    "svm": {"mark": "stale", "why": "its cell was <b>changed</b>"},
    "knn": {"mark": "new"},
    "compare": {"mark": "stale", "why": "svm is stale"},
    "gone": {"mark": "stale", "why": "not in the graph"},
}


def test_stale_tasks_are_dashed_and_say_why(recorder):
    html = graph_html(recorder.graph, MARKS)
    assert "2 stale · 1 new · 1 current" in html
    svg = graph_svg(recorder.graph, marks=MARKS)
    assert svg.count('stroke-dasharray="4 3"') == 2
    drawn = "".join(ElementTree.fromstring(svg).itertext())
    assert "its cell was <b>changed</b>" in drawn
    assert "stale: svm is stale" in drawn
    printed = graph_print(recorder.graph, marks=MARKS)
    assert printed.startswith("digits: 4 tasks, 4 edges, 3 layers  (2 stale · 1 new · 1 current)")
    assert "~ compare  ← svm (result), knn (result)  (end)  [stale: svm is stale]" in printed
    assert "✓ load" in printed
    assert "+ knn" in printed
    mermaid = graph_mermaid(recorder.graph, marks=MARKS)
    assert "class t1,t3 stale" in mermaid


def test_a_stale_task_of_a_folded_group_shows_on_its_card(grouped):
    marks = {"b": {"mark": "stale", "why": "b was edited"}, "a": {"mark": "current", "why": ""}}
    svg = graph_svg(grouped, marks=marks)
    assert 'stroke-dasharray="4 3"' in svg
    assert "1 stale · 1 current" in svg
    assert "b was edited" in svg


@pytest.mark.parametrize(
    "marks", [None, {}, {"load": {}}, {"load": {"mark": "odd"}}, {"load": {"mark": None}}]
)
def test_marks_that_say_nothing_change_nothing(recorder, marks):
    assert graph_html(recorder.graph, marks) == graph_html(recorder.graph)
