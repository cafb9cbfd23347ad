"""Tasks that did not have to run: their row, how they look, and how they are counted."""

from __future__ import annotations

import pytest

from maze_nb.projection.card_face import face_of
from maze_nb.projection.cards import cards_of
from maze_nb.projection.graph_shape import shape_of
from maze_nb.projection.graph_text import graph_mermaid, graph_print
from maze_nb.projection.reuse import reuse_text, success_text
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.projection.still import run_html
from maze_nb.projection.summary import summarize

RUN = "run 77aa4c103f9c12ab"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        (None, ""),
        ("cache", "from the cache"),
        (RUN, "from run 77aa4c10…"),
        ("run short", "from run short"),
        ("a friend\nof mine", "from a friend"),
    ],
)
def test_where_outputs_come_from(source, text):
    assert reuse_text(source) == text


@pytest.mark.parametrize(
    ("succeeded", "reused", "text"),
    [
        (0, 0, ""),
        (7, 0, "7 succeeded"),
        (7, 3, "7 succeeded, of these 3 cached"),
        (7_000, 7_000, "7,000 succeeded, all cached"),
    ],
)
def test_counts(succeeded, reused, text):
    run = {"counts": {"succeeded": succeeded}, "reused": reused}
    assert success_text(run) == text


def reuse(recorder, task_id, source):
    nowhere = {"node_id": "", "worker": "", "gpu_ids": [], "duration": 0.0}
    return recorder.finish(task_id, **nowhere, reused_from=source)


@pytest.fixture
def reused_run(recorder):
    """Record the diamond of which two tasks came from elsewhere."""
    reuse(reuse(recorder.start_run(), "load", "cache"), "svm", RUN)
    return recorder.start("knn").finish("knn").start("compare").finish("compare").finish_run()


def test_the_row_has_no_time_and_no_place(reused_run):
    row = view_of(reused_run.messages).snapshot()["tasks"]["svm"]
    assert (row["state"], row["reused_from"]) == ("succeeded", RUN)
    assert (row["started"], row["finished"], row["node_id"], row["worker"]) == (
        *(None, 1003.0),
        *(None, None),
    )
    assert [output["preview"] for output in row["outputs"]] == ["1"]


def test_they_count_as_succeeded_and_apart(reused_run):
    run = view_of(reused_run.messages).snapshot()["run"]
    assert (run["counts"]["succeeded"], run["reused"]) == (4, 2)
    assert summarize(reused_run.messages)["workflow_completed"]


def test_one_that_has_to_run_after_all_is_not_counted(recorder):
    reuse(recorder.start_run(), "load", RUN)
    assert view_of(recorder.messages).snapshot()["run"]["reused"] == 1
    view = view_of(recorder.start("load").messages)
    assert view.snapshot()["run"]["reused"] == 0
    assert view.snapshot()["tasks"]["load"]["reused_from"] is None
    view = view_of(recorder.finish("load").messages)
    assert view.snapshot()["run"]["reused"] == 0


def test_after_an_attempt_that_was_lost_nothing_of_it_is_shown(recorder):
    recorder.start_run().start("load", gpu_ids=[1])
    row = view_of(reuse(recorder, "load", RUN).messages).snapshot()["tasks"]["load"]
    assert (row["node_id"], row["gpu_ids"], row["started"]) == (None, [], None)


def test_the_still_tells_them(reused_run):
    snapshot = view_of(reused_run.messages).snapshot()
    html = run_html(reused_run.graph, snapshot)
    for said in ("☑</span> cached", "from the cache", "from run 77aa4c10…"):
        assert said in html
    line = run_text(reused_run.graph, snapshot)
    assert "succeeded · 4 succeeded, of these 2 cached · 4 tasks · 7.0 s" in line
    assert "☑ load" in graph_print(reused_run.graph, snapshot)
    assert "class t0,t1 cached" in graph_mermaid(reused_run.graph, snapshot)


def test_cards_tell_them(reused_run):
    shape, snapshot = shape_of(reused_run.graph), view_of(reused_run.messages).snapshot()
    face = face_of(cards_of(shape, 20).cards["svm"], shape, snapshot)
    assert (face.state, face.time, face.note) == ("cached", "", "from run 77aa4c10…")
    assert "cached" in face.tip


@pytest.mark.parametrize(
    ("reused", "state", "note"),
    [(0, "succeeded", "3✓"), (1, "succeeded", "2✓ 1☑"), (3, "cached", "3☑")],
)
def test_a_card_of_several(make_recorder, make_graph, reused, state, note):
    names = ["score_1", "score_2", "score_3"]
    recorder = make_recorder(make_graph(names)).start_run()
    for name in names[:reused]:
        reuse(recorder, name, "cache")
    for name in names[reused:]:
        recorder.start(name).finish(name)
    shape = shape_of(recorder.graph)
    (card,) = cards_of(shape, 1).cards.values()
    face = face_of(card, shape, view_of(recorder.messages).snapshot())
    assert (face.state, face.note) == (state, note)
