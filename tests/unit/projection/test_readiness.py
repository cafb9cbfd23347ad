"""Since when a task could have run: `queued` in its row, in tables of messages."""

from __future__ import annotations

import pytest

from maze_nb.projection.run_view import view_of

# Messages are a second apart: the first, which starts the run, is of 1001.
QUEUED = [
    ("nothing was heard of it", lambda r: r, "load", None),
    ("a first task, at once", lambda r: r.start("load"), "load", 1001.0),
    (
        "a first task that had to wait for a place",
        lambda r: r.task("task_pending", "load", reason="no room").start("load"),
        "load",
        1001.0,
    ),
    (
        "since the last of its sources ended",
        lambda r: (
            r.start("load").finish("load").start("svm").start("knn").finish("knn").finish("svm")
        ).start("compare"),
        "compare",
        1007.0,
    ),
    (
        "while it still waits for a place",
        lambda r: r.start("load").finish("load").task("task_pending", "svm", reason="no GPU"),
        "svm",
        1003.0,
    ),
    (
        "after a pause before a retry",
        lambda r: r.start("load").task("task_retry", "load", reason="x", delay=0.5).start("load"),
        "load",
        1003.5,
    ),
    (
        "by the clock of its start where that is behind",
        lambda r: r.start("load").task("task_retry", "load", reason="x", delay=9).start("load"),
        "load",
        1004.0,
    ),
    (
        "not at all where its outputs were there",
        lambda r: r.finish("load", reused_from="cache"),
        "load",
        None,
    ),
    (
        "since the run went on",
        lambda r: r.start("load").add("resume_workflow", reason="lost", kept=0).start("load"),
        "load",
        1003.0,
    ),
]


@pytest.mark.parametrize(
    ("told", "task", "expected"), [case[1:] for case in QUEUED], ids=[case[0] for case in QUEUED]
)
def test_a_row_says_when_its_attempt_became_ready(recorder, told, task, expected):
    told(recorder.start_run())

    assert view_of(recorder.messages).snapshot()["tasks"][task]["queued"] == expected


def test_the_items_of_a_map_are_ready_once_its_list_is_known(make_recorder, make_graph):
    graph = make_graph(["load", "fit"], [("load", "fit")])
    graph["tasks"][1]["kind"] = "map"
    recorder = make_recorder(graph).start_run().start("load").finish("load")
    recorder.task("task_expanded", "fit", count=3).start("fit.0").start("fit.1").start("fit.2")

    rows = view_of(recorder.messages).snapshot(every_item=True)["tasks"]

    assert [rows[f"fit.{n}"]["queued"] for n in range(3)] == [1004.0] * 3


def test_a_condition_is_waited_for_as_well(make_recorder, make_graph):
    graph = make_graph(["check", "train"])
    graph["tasks"][1]["when"] = {"task_id": "check", "output": "result"}
    recorder = make_recorder(graph).start_run().start("check").finish("check").start("train")

    assert view_of(recorder.messages).snapshot()["tasks"]["train"]["queued"] == 1003.0


def test_the_slot_is_told_and_forgotten_where_nothing_ran(recorder):
    recorder.start_run().start("load", slot=2)
    assert view_of(recorder.messages).snapshot()["tasks"]["load"]["slot"] == 2

    recorder.finish("load", reused_from="cache")
    assert view_of(recorder.messages).snapshot()["tasks"]["load"]["slot"] is None
