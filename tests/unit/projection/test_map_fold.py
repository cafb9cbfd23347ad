"""Maps in snapshots and deltas: counts however many items, rows of those that matter."""

from __future__ import annotations

import json
import time

import pytest

from maze_nb.projection.map_fold import ALL_SHOWN, PAGE, SOME_SHOWN
from maze_nb.projection.run_view import RunView, view_of


def graph_with_map(make_graph):
    graph = make_graph(["load", "fit", "best"], [("load", "fit"), ("fit", "best")])
    graph["tasks"][1]["kind"] = "map"
    return graph


@pytest.fixture
def mapped(make_recorder, make_graph):
    """Record a run up to the moment at which its map knows how many items it has."""

    def record(count: int):
        recorder = make_recorder(graph_with_map(make_graph)).start_run()
        recorder.start("load").finish("load").start("fit")
        return recorder.task("task_expanded", "fit", count=count)

    return record


def test_items_are_counted_and_only_some_are_told(mapped):
    recorder = mapped(1_000)
    for index in range(400):
        recorder.start(f"fit.{index}")
    for index in range(360):
        if index % 6 == 0:
            recorder.fail(f"fit.{index}")
        else:
            recorder.finish(f"fit.{index}")
    snapshot = view_of(recorder.messages).snapshot()
    told = snapshot["maps"]["fit"]
    assert told["count"] == 1_000
    assert told["counts"] == {"waiting": 600, "running": 40, "failed": 60, "succeeded": 300}
    failed = [f"fit.{index}" for index in range(0, 6 * SOME_SHOWN, 6)]
    running = [f"fit.{index}" for index in range(360, 360 + SOME_SHOWN)]
    assert told["items"] == [*failed, *running]
    assert set(snapshot["tasks"]) == {"load", "fit", "best", *told["items"]}
    assert snapshot["tasks"]["fit.0"]["error"]["traceback"].endswith("no rows")
    # The items stand in place of the task that maps.
    counts = snapshot["run"]["counts"]
    assert (counts["waiting"], counts["running"]) == (601, 40)
    assert (counts["failed"], counts["succeeded"]) == (60, 301)


def test_all_items_of_a_short_map_are_told(mapped):
    recorder = mapped(ALL_SHOWN)
    for index in range(ALL_SHOWN):
        recorder.start(f"fit.{index}").finish(f"fit.{index}", reused_from="cache")
    recorder.finish("fit")
    snapshot = view_of(recorder.messages).snapshot()
    told = snapshot["maps"]["fit"]
    assert len(told["items"]) == ALL_SHOWN
    assert told["counts"] == {"cached": ALL_SHOWN}
    assert snapshot["run"]["reused"] == ALL_SHOWN
    assert (told["started"], told["finished"]) == (1006.0, 1005.0 + 2 * ALL_SHOWN)


def test_a_map_of_which_an_item_failed_counts_by_its_items(mapped):
    recorder = mapped(3).start("fit.0").fail("fit.0").skip("fit", "fit.0").skip("best", "fit.0")
    counts = view_of(recorder.messages).snapshot()["run"]["counts"]
    assert (counts["failed"], counts["skipped"], counts["waiting"]) == (1, 1, 2)


@pytest.mark.parametrize(
    ("own", "count", "counts"),
    [
        ("finish", 0, {"succeeded": 2, "waiting": 1}),
        ("fail", 5, {"succeeded": 1, "waiting": 6, "failed": 1}),
        ("finish", 5, {"succeeded": 1, "waiting": 6}),
    ],
    ids=["an empty map counts itself", "a fault of its own counts", "else its items count"],
)
def test_the_task_that_maps_in_the_counts_of_the_run(mapped, own, count, counts):
    recorder = getattr(mapped(count), own)("fit")
    said = view_of(recorder.messages).snapshot()["run"]["counts"]
    assert {state: number for state, number in said.items() if number} == counts


def test_a_delta_is_small_however_long_the_map_is(mapped):
    recorder = mapped(10_000)
    view = view_of(recorder.messages)
    view.delta()
    told: dict[str, object] = {}
    at = len(recorder.messages)
    for index in range(10_000):
        recorder.start(f"fit.{index}").finish(f"fit.{index}")
    while at < len(recorder.messages):
        view.fold_all(recorder.messages[at : at + 500])
        at += 500
        delta = view.delta()
        assert delta is not None
        assert len(delta["tasks"]) <= 2 * ALL_SHOWN
        told.update(delta["tasks"])
        counts = delta["maps"]["fit"]["counts"]
        assert sum(counts.values()) == 10_000
    assert len(json.dumps(view.snapshot(messages=0))) < 5_000


def test_an_item_that_leaves_those_told_of_is_told_of_once_more(mapped):
    recorder = mapped(1_000).start("fit.7")
    view = view_of(recorder.messages)
    first = view.delta()
    assert first is not None
    assert first["maps"]["fit"]["items"] == ["fit.7"]
    view.fold_all(recorder.finish("fit.7").messages)
    second = view.delta()
    assert second is not None
    assert second["maps"]["fit"]["items"] == []
    assert second["tasks"]["fit.7"]["state"] == "succeeded"


def test_items_can_be_asked_for_failed_first_and_are_then_followed(mapped):
    recorder = mapped(1_000)
    for index in range(200):
        recorder.start(f"fit.{index}")
    recorder.fail("fit.150").finish("fit.3")
    view = view_of(recorder.messages)
    page = view.items("fit")
    assert page is not None
    assert (page["total"], len(page["items"])) == (1_000, PAGE)
    assert page["items"][:3] == ["fit.150", "fit.0", "fit.1"]
    page = view.items("fit", state="running", offset=PAGE)
    assert page is not None
    assert (page["total"], page["offset"], page["items"][0]) == (198, PAGE, "fit.51")
    assert all(row["state"] == "running" for row in page["tasks"].values())
    view.delta()
    view.fold_all(recorder.finish("fit.60").messages)
    delta = view.delta()
    assert delta is not None
    assert delta["tasks"]["fit.60"]["state"] == "succeeded"
    beyond = view.items("fit", state="failed", offset=10_000)
    assert beyond is not None
    assert beyond["items"] == ["fit.150"]
    assert view.items("load") is None


def test_an_interrupted_map_shows_nothing_as_going_on_and_then_begins_again(mapped):
    recorder = mapped(100).start("fit.0").finish("fit.0").start("fit.1")
    view = view_of(recorder.messages, is_interrupted=True)
    left = view.snapshot()
    assert left["maps"]["fit"]["counts"] == {"succeeded": 1, "was_running": 1, "waiting": 98}
    assert left["tasks"]["fit.1"]["state"] == "was_running"
    view.fold_all(recorder.add("resume_workflow", reason="lost", kept=2).messages)
    again = view.snapshot()["maps"]["fit"]
    assert again["counts"] == {"succeeded": 1, "waiting": 99}
    assert again["items"] == []


def test_items_that_the_graph_has_are_still_items(make_recorder, make_graph):
    graph = graph_with_map(make_graph)
    graph["tasks"].append({"id": "fit.0", "name": "fit[0]", "group": "fit"})
    recorder = make_recorder(graph).start_run().task("task_expanded", "fit", count=2)
    snapshot = view_of(recorder.start("fit.0").messages).snapshot()
    assert snapshot["maps"]["fit"]["counts"] == {"running": 1, "waiting": 1}
    assert sum(snapshot["run"]["counts"].values()) == 4


def test_every_item_can_be_had(mapped):
    snapshot = view_of(mapped(500).messages).snapshot(every_item=True)
    assert len(snapshot["tasks"]) == 503


def long_map(count: int) -> list[dict[str, object]]:
    told: list[tuple[str, dict[str, object]]] = [
        ("start_workflow", {"graph": {"tasks": [{"id": "m", "kind": "map"}], "edges": []}}),
        ("task_expanded", {"task_id": "m", "count": count}),
    ]
    for index in range(count):
        item = {"task_id": f"m.{index}", "task_name": f"m[{index}]", "attempt": 1}
        told += [(kind, item) for kind in ("task_pending", "start_task", "finish_task")]
    return [
        {"type": kind, "data": data, "seq": seq, "time": float(seq)}
        for seq, (kind, data) in enumerate(told, 1)
    ]


def seconds_to_fold(messages: list[dict[str, object]]) -> float:
    view, start = RunView(), time.process_time()
    for at in range(0, len(messages), 200):
        view.fold_all(messages[at : at + 200])
        view.delta()
    return time.process_time() - start


@pytest.mark.alone
def test_folding_grows_as_the_map_does():
    short, long = long_map(1_250), long_map(10_000)
    least = min(seconds_to_fold(short) for _ in range(3))
    # Eight times the items; quadratic would be 64 times the time.
    whole = min(seconds_to_fold(long) for _ in range(3))
    assert whole < 20 * least
    assert whole < 2
