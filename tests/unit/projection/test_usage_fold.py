"""The use of nodes over time: bounded, tolerant of nonsense, told in deltas, and no noise."""

from __future__ import annotations

from itertools import pairwise

import pytest

from maze_nb.projection.message_text import message_text
from maze_nb.projection.progress_text import ProgressLines
from maze_nb.projection.run_view import RunView, view_of
from maze_nb.projection.runs_text import log_lines
from maze_nb.projection.usage_fold import CELLS_KEPT, POINTS_KEPT, UsageFold

NODE = {"node_id": "node-a", "cpu": 0.5, "memory": 2048.0, "total": 8192.0, "devices": []}
GPU = {"index": 0, "load": 0.25, "used": 512.0, "total": 16384.0}


@pytest.mark.parametrize("number", [0, 1, POINTS_KEPT, POINTS_KEPT + 1, 20 * POINTS_KEPT])
def test_a_series_is_bounded_and_spread_over_the_run(number):
    fold = UsageFold()
    for at in range(number):
        fold.fold({"nodes": [NODE]}, float(at))

    times = [point["time"] for point in fold.points()]

    assert len(times) <= POINTS_KEPT
    assert len(times) >= min(number, POINTS_KEPT // 2)
    assert times == sorted(times)
    assert times[-1:] == [number - 1.0][: number and 1]
    # Nowhere is there a hole that is wide beside the others.
    steps = [after - before for before, after in pairwise(times)]
    assert not steps or max(steps) <= number / POINTS_KEPT * 4


def test_many_nodes_have_fewer_points():
    fold = UsageFold()
    for at in range(400):
        fold.fold({"nodes": [NODE] * 100}, float(at))

    points = fold.points()

    assert len(points) >= 30
    assert sum(len(point["nodes"]) for point in points) <= CELLS_KEPT


NONSENSE = [
    ({}, []),
    ({"nodes": "all"}, []),
    ({"nodes": [None, 3]}, [("", 0.0, 0)] * 2),
    ({"nodes": [{**NODE, "cpu": "much", "devices": [{"index": "x"}, GPU]}]}, [("node-a", 0.0, 1)]),
    ({"nodes": [{**NODE, "cpu": float("nan")}]}, [("node-a", 0.0, 0)]),
]


@pytest.mark.parametrize(("data", "expected"), NONSENSE)
def test_nonsense_is_taken_without_harm(data, expected):
    fold = UsageFold()
    fold.fold(data, 1.0)

    [point] = fold.points()

    found = [(node["node_id"], node["cpu"], len(node["devices"])) for node in point["nodes"]]
    assert found == expected


def test_a_delta_tells_the_points_that_are_new(recorder):
    recorder.start_run().add("node_usage", nodes=[NODE]).add("node_usage", nodes=[NODE])
    view = RunView()
    view.fold_all(recorder.messages[:2])
    assert [point["time"] for point in view.delta()["usage"]] == [1002.0]
    view.fold_all(recorder.messages)
    assert [point["time"] for point in view.delta()["usage"]] == [1003.0]
    assert [point["time"] for point in view.snapshot()["usage"]] == [1002.0, 1003.0]
    assert view.delta() is None


def test_a_sample_changes_no_count_and_no_task(recorder):
    recorder.start_run().start("load")
    before = view_of(recorder.messages).snapshot()
    after = view_of(recorder.add("node_usage", nodes=[NODE]).messages).snapshot()

    assert (after["run"], after["tasks"]) == (before["run"], before["tasks"])


def test_a_sample_is_not_printed_among_what_a_run_tells():
    message = {"type": "node_usage", "seq": 5, "time": 1.0, "data": {"nodes": [NODE]}}

    assert ProgressLines().of(message) == []
    assert log_lines(message) == []


SAID = [
    ([NODE], "node-a: CPU 50 %, 2.0 GB"),
    ([{**NODE, "devices": [GPU]}], "node-a: CPU 50 %, 2.0 GB, GPU 0 25 % 512.0 MB"),
    ([{**NODE, "devices": [{**GPU, "load": None}]}], "node-a: CPU 50 %, 2.0 GB, GPU 0 512.0 MB"),
    ([], "no nodes"),
]


@pytest.mark.parametrize(("nodes", "said"), SAID)
def test_a_sample_reads_as_words_where_it_is_asked_for(nodes, said):
    assert message_text({"type": "node_usage", "data": {"nodes": nodes}}) == said


def test_many_nodes_are_not_all_named():
    text = message_text({"type": "node_usage", "data": {"nodes": [NODE] * 50}})

    assert text.endswith("; 46 more")
