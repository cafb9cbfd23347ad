"""Runs that get the tasks of the items of maps while they go on."""

from __future__ import annotations

import pytest

from maze_nb.engine.durations import Durations
from maze_nb.engine.run_order import RunOrder
from maze_nb.engine.run_progress import RunProgress
from maze_nb.engine.withheld import Withheld
from maze_nb.model.graph import Edge, Graph
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.model.task_spec import MAP, TaskSpec, family_of, index_of, item_of

DONE = TaskState.SUCCEEDED


def graph(tasks: str, *edges: str) -> Graph:
    """Return a graph of tasks with one letter each; capital letters map."""
    specs = tuple(TaskSpec(each, each, kind=MAP if each.isupper() else "python") for each in tasks)
    return Graph("w", "w", specs, tuple(Edge(edge[0], edge[1], ("x",)) for edge in edges))


def test_a_map_needs_what_its_items_need_until_its_readers_have_ended():
    progress = RunProgress(graph("aMr", "aM", "Mr"))
    progress.advance("a", DONE)
    assert progress.is_needed("a")
    items = progress.expand("M", 3)
    assert items == ["M.0", "M.1", "M.2"]
    assert [progress.map_of(task_id) for task_id in (*items, "M", "a")] == [*"MMM", None, None]
    for item in items:
        assert not progress.is_gathered("M")
        assert progress.is_needed("a")
        progress.advance(item, DONE)
        assert progress.is_needed(item)
    assert progress.is_gathered("M")
    progress.advance("M", DONE)
    assert not progress.is_needed("a")
    assert progress.is_needed("M.0"), "the task that reads the lists has not ended"
    progress.advance("r", DONE)
    assert not progress.is_needed("M.0")
    assert progress.is_finished
    assert progress.final_status() == RunStatus.SUCCEEDED


def test_a_map_without_items_is_gathered_at_once():
    progress = RunProgress(graph("M"))
    assert not progress.is_gathered("M")
    assert progress.expand("M", 0) == []
    assert progress.is_gathered("M")


def test_an_item_that_is_made_again_is_missing_until_then():
    progress = RunProgress(graph("M"))
    (item,) = progress.expand("M", 1)
    progress.advance(item, DONE)
    progress.reopen(item)
    assert not progress.is_gathered("M")
    progress.advance(item, DONE)
    assert progress.is_gathered("M")


def test_a_failed_item_skips_what_reads_the_lists_and_no_other_item():
    progress = RunProgress(graph("aMrNz", "aM", "Mr", "MN"))
    progress.expand("M", 3)
    progress.advance("M.1", TaskState.FAILED)
    assert {skip.task_id: skip.root for skip in progress.skip_dependents("M.1")} == dict.fromkeys(
        "MrN", "M.1"
    )
    assert progress.states["M.0"] == progress.states["z"] == TaskState.WAITING


def test_a_run_in_which_tasks_were_only_skipped_as_their_conditions_say_succeeds():
    progress = RunProgress(graph("ab", "ab"))
    progress.advance("a", DONE)
    assert progress.choose("b")
    assert not progress.choose("b")
    assert progress.is_finished
    assert progress.final_status() == RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("tasks", "edges", "free", "settled"),
    [
        ("ab", ["ab"], "ab", []),
        ("aMr", ["aM", "Mr"], "a", [("M", "Mr")]),
        ("MNr", ["MN", "Nr"], "", [("N", ""), ("M", "MNr")]),
        ("MNr", ["MN", "Nr"], "", [("M", "M"), ("N", "Nr"), ("N", "")]),
        ("MbNr", ["Mb", "bN", "Nr"], "", [("M", "Mb"), ("N", "Nr")]),
        ("MNr", ["Mr", "Nr"], "", [("N", "N"), ("M", "Mr")]),
    ],
    ids=["no map", "one", "the second first", "one after the other", "between", "both"],
)
def test_what_follows_a_map_is_withheld_until_its_items_are_known(tasks, edges, free, settled):
    withheld = Withheld(graph(tasks, *edges))
    assert "".join(withheld.free()) == free
    assert withheld.free() == []
    for map_id, found in settled:
        assert "".join(withheld.settle(map_id)) == found
    assert withheld.is_over == bool(settled or tasks.islower())


def test_items_stand_where_their_map_stood_and_count_as_work():
    durations = Durations()
    durations.observe("M", 2.0)
    durations.observe("r", 1.0)
    order = RunOrder(graph("Mr", "Mr"), durations, 0.0)
    before = order.hanging["M"]
    order.expand("M", 10)
    items = [item_of(TaskSpec("M", "M", kind=MAP), index) for index in range(10)]
    places = {order.order_of(item, (0.0,), (1.0, 0.0)).critical for item in items}
    assert len(places) == 1
    assert order.hanging["M"] == before == 3.0
    for item in items:
        order.task_ended(item.task_id)
    order.task_ended("M")
    order.task_ended("r")
    assert order._left == pytest.approx([0.0, 0.0])


def test_items_are_told_by_their_ids_and_names():
    item = item_of(TaskSpec("M", "clean rows", kind=MAP, group="prepare"), 12)
    assert (item.task_id, item.name, item.group, item.kind) == (
        "M.12", "clean rows[12]", "M", "python"
    )  # fmt: skip
    assert index_of(item.task_id) == 12
    assert item.family == "clean rows" == family_of("clean rows")
    assert family_of("a[b]") == "a[b]"


def test_a_run_that_grows_takes_time_by_its_items_only():
    """A map of many items, of which each ends, is no work of each item for each other."""
    count = 20_000
    whole = graph("aMr", "aM", "Mr")
    progress, order = RunProgress(whole), RunOrder(whole, Durations(), 0.0)
    progress.advance("a", DONE)
    items = progress.expand("M", count)
    order.expand("M", count)
    assert sum(len(progress.sources[item]) for item in items) == count
    assert len({id(progress.sources[item]) for item in items}) == 1
    assert len(order.hanging) == 3
    for item in items:
        progress.advance(item, DONE)
        order.task_ended(item)
    assert progress.is_gathered("M")
