"""The still picture of a graph."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font

from maze_nb.projection.graph_shape import shape_of
from maze_nb.projection.icons import _KINDS
from maze_nb.projection.picture import CARDS_MOST, graph_picture, graph_svg
from maze_nb.projection.run_view import RunView, view_of

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}title")]


def test_a_graph_without_a_run(make_graph):
    graph = make_graph(["load", "train"], [("load", "train")])
    svg = graph_svg(graph)
    assert texts(svg) == ["load", "train"]
    assert "load → train: result" in titles(svg)


def test_a_failed_run(failed_run):
    picture = graph_picture(shape_of(failed_run.graph), view_of(failed_run.messages).snapshot())
    assert picture is not None
    assert picture.alt == "digits: graph of 4 tasks"
    shown = texts(picture.svg)
    assert shown == [
        "load",
        "1.0 s",
        "svm",
        "3.0 s",
        "ValueError",
        "knn",
        "1.0 s",
        "compare",
        "svm failed",
    ]
    assert "svm · failed · 3.0 s · ValueError · node-a · 1 core" in titles(picture.svg)


def test_a_large_map_is_one_card_with_counts(make_recorder, make_graph):
    names = [f"train_{i}" for i in range(400)]
    recorder = make_recorder(make_graph(["load", *names], [("load", name) for name in names]))
    recorder.start_run().start("load").finish("load")
    for name in names[:300]:
        recorder.start(name).finish(name)
    recorder.fail(names[300])
    svg = graph_svg(recorder.graph, view_of(recorder.messages).snapshot())
    assert texts(svg) == ["load", "1.0 s", "train_* ×400", "1✕ 99○ 300✓"]
    assert len(svg) < 10_000


@pytest.mark.parametrize("names", [[], [f"{'abc'[i % 3]}{i}x" for i in range(CARDS_MOST + 1)]])
def test_there_is_no_picture_of_nothing_or_of_far_too_much(make_graph, names):
    assert graph_picture(shape_of(make_graph(names))) is None
    assert graph_svg(make_graph(names)) == ""


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=4, unique=True))
def test_any_name_makes_a_well_formed_document(names):
    graph = {
        "name": names[0],
        "tasks": [{"id": name, "name": name} for name in names],
        "edges": [{"source": names[0], "target": name, "names": names} for name in names[1:]],
    }
    ET.fromstring(graph_svg(graph))
    error = {"type": names[0], "message": names[0]}
    view = RunView()
    view.fold({"type": "task_exception", "data": {"task_id": names[0], "error": error}, "seq": 1})
    ET.fromstring(graph_svg(graph, view.snapshot()))


def test_markup_in_a_name_is_text(make_graph):
    name = "<script>alert('x')</script>&amp;"
    svg = graph_svg(make_graph([name]))
    assert titles(svg) == [f"{name} · 1 core"]
    assert "<script" not in svg


def test_wide_letters_get_room(make_graph):
    narrow = graph_picture(shape_of(make_graph(["nnnnnnnnnnnn"])))
    wide = graph_picture(shape_of(make_graph(["読み込み読み込み読み込み"])))
    assert narrow is not None
    assert wide is not None
    assert wide.width > narrow.width * 1.4


@pytest.mark.parametrize(
    "name", ["preprocess_measurements", "summarise_all_communities", "mmm_wam_map", "fit"]
)
def test_a_name_ends_before_its_time_in_the_widest_font(make_recorder, make_graph, name):
    def width(text: str, size: float) -> float:
        font = FT2Font(str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")))
        font.set_size(size, 72)
        font.set_text(text)
        return float(font.get_width_height()[0]) / 64

    recorder = make_recorder(make_graph([name])).start_run().start(name).finish(name)
    svg = graph_svg(recorder.graph, view_of(recorder.messages).snapshot())
    label, time = ET.fromstring(svg).iter(f"{SVG}text")
    end = float(label.get("x", "")) + width(label.text or "", 12.5)
    assert end < float(time.get("x", "")) - width(time.text or "", 10.5)


@pytest.mark.parametrize("kind", ["command", "container", "notebook", "shell"])
def test_a_kind_that_is_not_python_has_a_sign_and_its_word(make_recorder, make_graph, kind):
    graph = make_graph(["load", "fit"], [("load", "fit")])
    graph["tasks"][1]["kind"] = kind
    plain, bare = shape_of(make_graph(["load", "fit"], [("load", "fit")])), shape_of(graph)
    assert kind not in "".join(texts(graph_picture(plain).svg))
    before = graph_picture(bare).svg
    assert kind in texts(before)
    assert f"fit · {kind} · 1 core" in titles(before)
    run = make_recorder(graph).start_run().start("load").finish("load").start("fit").fail("fit")
    after = graph_picture(bare, view_of(run.messages).snapshot()).svg
    assert kind not in texts(after)
    assert [each for each in titles(after) if each.startswith(f"fit · {kind} · failed")]
    assert _KINDS[kind] in after
    assert _KINDS[kind] in before
