"""Which task of a run is meant, and what is said if none is."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.errors import UnknownTaskError
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.run_index import RunIndex


def index_of(**names: str) -> RunIndex:
    tasks = [{"id": task_id, "name": name} for task_id, name in names.items()]
    data: dict[str, Any] = {"graph": {"tasks": tasks}}
    log = MessageLog("r")
    log.append([{"seq": 1, "time": 0.0, "type": "start_workflow", "data": data}])
    index = RunIndex(log)
    index.refresh()
    return index


@pytest.mark.parametrize(
    ("names", "wanted", "said"),
    [
        ({"1": "s", "2": "s"}, "other", "no task 'other': its tasks are 's' (1), 's' (2)"),
        ({"1": "load"}, "laod", "no task 'laod': did you mean 'load'? its tasks are 'load'"),
        ({}, "load", "no task 'load': its tasks are none"),
        ({"1": "s", "2": "s"}, "s", "2 tasks named 's': give the id of one, such as '1'"),
    ],
)
def test_what_is_said_of_unknown_tasks(names, wanted, said):
    with pytest.raises(UnknownTaskError) as caught:
        index_of(**names).task_id_of(wanted)
    assert str(caught.value).endswith(said)


def test_by_id_and_by_name():
    index = index_of(a="load", b="s", c="s")
    assert [index.task_id_of(wanted) for wanted in ("a", "load", "c")] == ["a", "a", "c"]


@pytest.mark.parametrize(
    ("counts", "wanted", "said"),
    [
        ({"flaky": 10}, "flaky[99]", "'flaky[99]': task 'flaky' has 10 items, [0] to [9]"),
        ({"flaky": 10}, "flaky[-1]", "task 'flaky' has 10 items, [0] to [9]"),
        ({"flaky": 1}, "flaky[1]", "task 'flaky' has 1 item, [0]"),
        ({"flaky": 0}, "flaky[0]", "task 'flaky' has 0 items"),
        ({"flaky": 2}, "flaky[x]", "give the number of an item of 'flaky', as in 'flaky[0]'"),
        ({"flaky": 30}, "flake[3]", "did you mean 'flaky'? its tasks are 'flaky'"),
    ],
)
def test_what_is_said_of_items_that_are_not_there(counts, wanted, said):
    index = index_of(**{str(n): name for n, name in enumerate(counts)})
    for n, (name, count) in enumerate(counts.items()):
        data = {"task_id": str(n), "task_name": name, "count": count}
        index._take({"seq": 2, "time": 0.0, "type": "task_expanded", "data": data})
    with pytest.raises(UnknownTaskError) as caught:
        index.task_id_of(wanted)
    assert str(caught.value).endswith(said)
