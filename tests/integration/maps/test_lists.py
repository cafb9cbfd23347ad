"""Maps: a task for each item of a list, known before the run or only while it goes on."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maze_nb import MaClient, task
from maze_nb.errors import TaskFailedError, TaskSkippedError
from maze_nb.sdk.freeze import freeze
from maze_nb.wire.submission import Submission, encode
from tests.mapped import BIG, SECONDS, both, finish, give, messages_of, names, times, total

LISTS: dict[str, tuple[Any, list[Any]]] = {
    "a list": ([3, 1, 2], [3, 1, 2]),
    "a tuple": (("b", "a"), ["b", "a"]),
    "a range": (range(4), [0, 1, 2, 3]),
    "an array": (np.array([1.5, 2.5]), [1.5, 2.5]),
    "a column": (pd.Series([4, 5], index=[9, 8]), [4, 5]),
    "one item": ([None], [None]),
    "nothing": ([], []),
    "lists": ([[1], [2, 3]], [[1], [2, 3]]),
    "dicts": ([{1: 2}, {}], [{1: 2}, {}]),
    "one thing twice": ([[1]] * 2, [[1], [1]]),
}


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "made"])
@pytest.mark.parametrize(("over", "items"), list(LISTS.values()), ids=list(LISTS))
def test_there_is_a_task_for_each_item_and_the_results_are_in_order(
    two: MaClient, over: Any, items: list[Any], is_known: bool
) -> None:
    workflow = two.create_workflow("lists")
    made = over if is_known else workflow.add_task(give, {"value": over}).outputs["result"]
    mapped = workflow.add_map(give, made, name="f")
    read = workflow.add_task(give, {"value": mapped.outputs["result"]}, name="reader")
    run = finish(two, workflow)
    assert run.result(mapped)["result"] == items
    assert run.result(read)["result"] == items
    assert sorted(name for name in names(run, "finish_task") if name.startswith("f[")) == sorted(
        f"f[{n}]" for n in range(len(items))
    )
    for number, item in enumerate(items):
        assert run.result(f"f[{number}]") == {"result": item}
    assert run.task_results.keys() == {each.task_id for each in workflow.get_tasks()}
    assert run.summary()["workflow_completed"]
    assert run.summary()["task_results"].keys() == run.task_results.keys()


def test_lists_are_mapped_over_together_with_what_is_the_same_for_all(client: MaClient) -> None:
    workflow = client.create_workflow("together")
    made = workflow.add_task(give, {"value": [10, 20]}, name="made").outputs["result"]
    by = workflow.add_task(give, {"value": 3}, name="by").outputs["result"]
    mapped = workflow.add_map(both, {"a": made, "b": [1, 2]})
    fixed = workflow.add_map(times, made, {"by": by}, name="fixed")
    twice = workflow.add_map(both, {"a": made, "b": made}, name="twice")
    add = workflow.add_reduce(total, mapped.outputs["product"], name="add")
    run = finish(client, workflow)
    assert run.result(mapped) == {"sum": [11, 22], "product": [10, 40]}
    assert run.result(fixed) == {"result": [30, 60]}
    assert run.result(twice) == {"sum": [20, 40], "product": [100, 400]}
    assert run.result(add) == {"result": 50}


def test_maps_follow_maps(client: MaClient) -> None:
    workflow = client.create_workflow("maps")
    first = workflow.add_map(times, [1, 2, 3], {"by": 2}, name="first")
    second = workflow.add_map(times, first.outputs["result"], {"by": 10}, name="second")
    last = workflow.add_map(
        times, second.outputs["result"], {"by": workflow.add_reduce(
            total, first.outputs["result"]).outputs["result"]}, name="last",
    )  # fmt: skip
    after = workflow.add_task(give, {"value": "after"}, name="after")
    workflow.add_edge(last, after)
    nothing = workflow.add_map(times, [], name="nothing")
    of_nothing = workflow.add_map(times, nothing.outputs["result"], name="of nothing")
    run = finish(client, workflow)
    assert run.result(last) == {"result": [240, 480, 720]}
    assert run.result(of_nothing) == {"result": []}
    order = names(run, "finish_task")
    assert max(order.index(f"last[{n}]") for n in range(3)) < order.index("after")


def test_a_list_can_have_outputs_of_other_tasks_as_items(two: MaClient) -> None:
    workflow = two.create_workflow("outputs")
    one, six = (workflow.add_task(give, {"value": n}, name=f"n{n}") for n in (1, 6))
    over = [one.outputs["result"], 5, six.outputs["result"]]
    mapped = workflow.add_map(times, over, {"by": 2})
    assert finish(two, workflow).result(mapped) == {"result": [2, 10, 12]}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "is None, which cannot be mapped over"),
        ("abc", "is a str, which cannot be mapped over: split it"),
        ({"a": 1}, "is a dict, which cannot be mapped over: give list"),
        ({1, 2}, "is a set, which cannot be mapped over: it has no order"),
        (7, "is an int, which cannot be mapped over"),
        (pd.DataFrame({"a": [1]}), "is a DataFrame, which cannot be mapped over"),
        (np.array(3), "is an ndarray, which cannot be mapped over"),
    ],
)
def test_what_is_no_list_when_it_is_made_fails_the_map(
    two: MaClient, value: Any, says: str
) -> None:
    workflow = two.create_workflow("no list")
    made = workflow.add_task(give, {"value": value}, name="load").outputs["result"]
    mapped = workflow.add_map(times, made, name="clean")
    after = workflow.add_reduce(total, mapped.outputs["result"], name="after")
    run = finish(two, workflow, "failed")
    with pytest.raises(TaskFailedError, match="'result' of task 'load'.*'clean'.*" + says):
        run.result(mapped)
    with pytest.raises(TaskSkippedError, match="'clean'"):
        run.result(after)


def test_lists_of_different_lengths_fail_the_map(two: MaClient) -> None:
    workflow = two.create_workflow("lengths")
    made = workflow.add_task(give, {"value": [1, 2, 3]}, name="load").outputs["result"]
    mapped = workflow.add_map(both, {"a": made, "b": [1, 2]}, name="pairs")
    run = finish(two, workflow, "failed")
    with pytest.raises(TaskFailedError, match=r"differ in length .*has 2.*'load' has 3"):
        run.result(mapped)


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_big_items_are_kept_once_and_leave_memory(client: MaClient, isolation: str) -> None:
    workflow = client.create_workflow("big")
    made = workflow.add_task(
        give, {"value": [bytes([n]) * BIG for n in range(4)]}, name="made", isolation=isolation
    ).outputs["result"]
    mapped = workflow.add_map(times, made, {"by": 2}, name="f", isolation=isolation)
    size = workflow.add_reduce(count_bytes, mapped.outputs["result"], isolation=isolation)
    run = finish(client, workflow)
    assert run.result(size) == {"result": 8 * BIG}
    assert run.result(mapped)["result"] == [bytes([n]) * 2 * BIG for n in range(4)]
    written = [data for data in messages_of(run, "finish_task") if data["outputs"][0]["stored"]]
    assert sorted(data["task_name"] for data in written) == ["f[0]", "f[1]", "f[2]", "f[3]", "made"]
    deadline = time.monotonic() + SECONDS
    while held := [key for key in client.dask_client.who_has() if run.run_id in str(key)]:
        assert time.monotonic() < deadline, held
        time.sleep(0.02)


@task
def count_bytes(xs: list[bytes]) -> int:
    """Return the length of all together."""
    return sum(map(len, xs))


def test_outputs_in_memory_only_are_read_from_there(two: MaClient) -> None:
    workflow = two.create_workflow("memory")
    mapped = workflow.add_map(times, [b"a", b"b"], {"by": BIG}, keep="memory")
    run = finish(two, workflow)
    assert run.result(mapped) == {"result": [b"a" * BIG, b"b" * BIG]}
    two.forget(run.run_id)


def test_a_submission_does_not_grow_with_a_task_for_each_item(two: MaClient) -> None:
    def submitted(count: int) -> tuple[int, int]:
        workflow = two.create_workflow("size")
        workflow.add_reduce(
            total, workflow.add_map(times, range(count), {"by": 2}).outputs["result"]
        )
        frozen = freeze(workflow, "r" * 32)
        message = Submission(frozen.run_id, frozen.graph, maps=frozen.maps)
        return len(encode(message)), len(frozen.nodes)

    few_bytes, few_nodes = submitted(2)
    many_bytes, many_nodes = submitted(20_000)
    assert many_nodes == few_nodes
    assert many_bytes < few_bytes + 100


def known_durations(dask_scheduler: Any) -> list[str]:
    """Return of which tasks the scheduler knows how long they take."""
    return list(dask_scheduler.plugins["maze"].conductor.engine.durations.means)


def test_thousands_of_items_are_one_task_of_the_graph_and_in_order(two: MaClient) -> None:
    count = 2000
    workflow = two.create_workflow("thousands")
    mapped = workflow.add_map(times, range(count), {"by": 3}, name="f")
    add = workflow.add_reduce(total, mapped.outputs["result"])
    run = finish(two, workflow)
    assert run.result(mapped)["result"] == [3 * n for n in range(count)]
    assert run.result(add)["result"] == 3 * sum(range(count))
    (begun,) = messages_of(run, "start_workflow")
    assert [each["name"] for each in begun["graph"]["tasks"]] == ["f", "total"]
    (expanded,) = messages_of(run, "task_expanded")
    assert (expanded["task_id"], expanded["count"]) == (mapped.task_id, count)
    assert len(names(run, "finish_task")) == count + 2
    learned = two.dask_client.run_on_scheduler(known_durations)
    assert "f" in learned, "what is known of items is not known of the others"
    assert not [name for name in learned if "[" in name]
