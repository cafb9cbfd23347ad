"""Runs compared for real: what other processes ran, read without a cluster, and at a scheduler."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import UnknownRunError
from maze_nb.model.comparison_rows import TaskComparisonRow
from maze_nb.sdk.feed.asks.table import ASKS
from maze_nb.sdk.feed.desk import Desk
from tests.typed import typed

BOUND = 60

PROGRAM = """
import sys
from maze_nb import MaClient, task

@task(outputs=["xs"])
def load(n):
    return list(range(n))

if MODE == "new":
    @task(retries=2)
    def total(xs, by):
        # sums
        return sum(xs) * by
else:
    @task
    def total(xs, by):
        return sum(xs) * by

@task
def old_only(xs):
    return len(xs)

@task
def new_only(xs):
    return str(xs)

@task
def same(xs):
    return {"max": max(xs)}

if __name__ == "__main__":
    with MaClient() as client:
        flow = client.create_workflow("sums")
        a = flow.add_task(load, inputs={"n": 5 if MODE == "old" else 6})
        b = flow.add_task(total, inputs={"xs": a.outputs["xs"], "by": 2})
        flow.add_task(old_only if MODE == "old" else new_only, inputs={"xs": a.outputs["xs"]})
        flow.add_task(same, inputs={"xs": [1, 2, 3]})
        run_id = flow.run()
        client.get_run(run_id).wait(60)
        print(run_id)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home of Maze's of its own to this process and to those that it starts."""
    made = tmp_path / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(made))
    return made


def row_of(rows: list[TaskComparisonRow], name: str) -> TaskComparisonRow:
    (found,) = [row for row in rows if row["name"] == name]
    return found


def test_two_runs_of_other_processes_are_compared_without_a_cluster(
    home: Path, script: Any
) -> None:
    before, after = (
        script(f"MODE = {mode!r}\n{PROGRAM}", DASK_MAZE__SLOTS="1").end(seconds=BOUND).split()[-1]
        for mode in ("old", "new")
    )
    with MaClient(offline=True) as client:
        found = client.compare(before, after[:10])
        answered = ASKS["compare"](Desk(client), {"before": before, "after": after})
        listed = ASKS["runs"](Desk(client), {"search": "sums"})
        with pytest.raises(UnknownRunError, match="there is no run 'nobody'"):
            client.compare(before, "nobody")
    rows = found.row["tasks"]
    assert answered == found.row
    assert found.row["counts"] == {
        "added": 1,
        "removed": 1,
        "code": 1,
        "inputs": 1,
        "options": 1,
        "results": 2,
        "state": 0,
        "same": 1,
    }
    assert row_of(rows, "load")["inputs"] == [{"name": "n", "before": "5", "after": "6"}]
    assert row_of(rows, "load")["code"] == "same"
    total = row_of(rows, "total")
    assert total["changes"] == ["code", "options", "results"]
    assert "+    # sums" in total["diff"].splitlines()
    assert total["options"] == [{"name": "retries", "before": "", "after": "2"}]
    assert [(each["before"], each["after"]) for each in total["outputs"]] == [("20", "30")]
    assert row_of(rows, "old_only")["changes"] == ["removed"]
    assert row_of(rows, "same")["changes"] == []
    assert "input n: 5 → 6" in repr(found)
    assert "<details" in found._repr_html_()
    assert [row["run_id"] for row in listed["rows"]] == [after, before]
    for row in listed["rows"]:
        assert sum(row["sparkline"]["ended"]) == row["counts"]["succeeded"] == 4

    told = typed("runs", "compare", before, after, "--json", folder=home)
    assert told.code == 0, told.errors
    assert json.loads(told.output) == found.row
    # In a process of its own, as people type it.
    command = [Path(sys.executable).parent / "maze-nb", "runs", "compare", before, after]
    text = subprocess.run(command, capture_output=True, text=True, timeout=BOUND).stdout
    assert text.rstrip() == repr(found)


def test_runs_of_a_scheduler_elsewhere_are_compared(
    tmp_path: Path, start_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "ours"))
    cluster = start_cluster({HOME_VARIABLE: str(tmp_path / "theirs")})
    cluster.add_worker("a")

    def double(n):
        return 2 * n

    def double_again(n):
        return n + n

    with MaClient(cluster.address) as client:
        ids = []
        for function, n in ((double, 3), (double_again, 3)):
            workflow = client.create_workflow("elsewhere")
            workflow.add_task(function, inputs={"n": n}, name="double")
            ids.append(workflow.run())
            client.get_run(ids[-1]).wait(BOUND)
        found = client.compare(*ids)
        row = row_of(found.row["tasks"], "double")
        assert row["changes"] == ["code"]
        assert "-    return 2 * n" in row["diff"]
        assert [each["verdict"] for each in row["outputs"]] == []
        nodes = ASKS["nodes"](Desk(client), {})
        assert nodes["reason"] == ""
        assert [node["status"] for node in nodes["nodes"]] == ["available"]
        cluster.kill()
        # What was heard of both is here; their sources were only there.
        again = ASKS["compare"](Desk(client), {"before": ids[0], "after": ids[1]})
        assert row_of(again["tasks"], "double")["code"] == "unknown"
        page = ASKS["runs"](Desk(client), {})
        assert {row["run_id"] for row in page["rows"]} == set(ids)
        assert "the cluster does not answer" in page["note"]


def test_without_a_cluster_there_are_no_nodes() -> None:
    with MaClient(offline=True) as client:
        found = ASKS["nodes"](Desk(client), {})
    assert found["nodes"] == []
    assert "offline" in found["reason"]
