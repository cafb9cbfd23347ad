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
        ({"1": "load"}, "laod", "no task 'laod': did you mean 'load'? its tasks are 'load' (1)"),
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
