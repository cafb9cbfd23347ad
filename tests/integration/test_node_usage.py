"""How nodes are used, told as events of runs that last; and older messages on request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, Run, task
from maze_nb.sdk.feed.asks.table import ASKS
from maze_nb.sdk.feed.desk import Desk
from tests.waiting import wait_until


@pytest.fixture
def cluster(separate: str) -> Any:
    with MaClient(separate) as client:
        yield client


def begin(client: MaClient, *tasks: Any) -> Run:
    workflow = client.create_workflow("usage")
    for number, each in enumerate(tasks):
        workflow.add_task(each, {}, name=f"task{number}")
    return client.get_run(workflow.run())


@task
def at_once() -> int:
    return 1


@task
def talkative() -> None:
    for number in range(300):
        print(f"line {number}", flush=True)


def waiting_for(gate: Path) -> Any:
    @task
    def until_open(path: str = str(gate)) -> bool:
        import time
        from pathlib import Path

        end = time.monotonic() + 60
        while not Path(path).exists() and time.monotonic() < end:
            time.sleep(0.05)
        return True

    return until_open


def samples(run: Run) -> list[dict[str, Any]]:
    return [message for message in run.log.read() if message["type"] == "node_usage"]


def test_a_run_that_lasts_tells_how_its_nodes_are_used(cluster: MaClient, tmp_path: Path) -> None:
    gate = tmp_path / "open"
    run = begin(cluster, waiting_for(gate))
    wait_until(lambda: len(samples(run)) >= 2, 60)
    gate.touch()
    messages = list(run.messages())

    found = samples(run)
    start = messages[0]["time"]
    assert found[0]["time"] - start >= 2
    assert found[1]["time"] - found[0]["time"] >= 1.9
    started = next(each for each in messages if each["type"] == "start_task")["data"]
    for sample in found:
        node = next(n for n in sample["data"]["nodes"] if n["node_id"] == started["node_id"])
        assert 0 <= node["cpu"] <= 1
        assert node["memory"] > 0
        assert node["total"] > 0
        assert node["devices"] == []
    assert started["slot"] == 0
    assert [each["seq"] for each in messages] == list(range(1, len(messages) + 1))


def test_they_are_kept_and_told_to_views_without_changing_what_is_counted(
    cluster: MaClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = tmp_path / "open"
    workflow = cluster.create_workflow("usage")
    workflow.add_task(waiting_for(gate), {}, name="wait")
    run = cluster.get_run(workflow.run())
    wait_until(lambda: bool(samples(run)), 60)
    gate.touch()
    shown = workflow.show_results(run.run_id)

    assert shown["workflow_completed"]
    printed = capsys.readouterr().out
    assert "CPU" not in printed
    assert "node_usage" not in printed
    snapshot = Desk(cluster).view(run.run_id).snapshot()
    assert [point["time"] for point in snapshot["usage"]] == [each["time"] for each in samples(run)]
    assert snapshot["run"]["counts"]["succeeded"] == 1
    assert sum(snapshot["run"]["counts"].values()) == 1


def test_a_short_run_has_none(cluster: MaClient) -> None:
    messages = list(begin(cluster, at_once).messages())

    early = [each["type"] for each in messages if each["time"] < messages[0]["time"] + 2]
    assert early[0] == "start_workflow"
    assert "node_usage" not in early


def test_older_messages_are_told_when_they_are_asked_for(cluster: MaClient) -> None:
    run = begin(cluster, talkative)
    messages = list(run.messages())
    last, desk, ask = messages[-1]["seq"], Desk(cluster), ASKS["messages"]

    def asked(**more: object) -> tuple[list[int], int]:
        answer = ask(desk, {"run_id": run.run_id, **more})
        return [row["seq"] for row in answer["messages"]], answer["older"]

    assert asked() == (list(range(1, last + 1)), 0)
    assert asked(before=last, count=2) == ([last - 2, last - 1], last - 3)
    assert asked(before=2, count=100) == ([1], 0)
    assert asked(before=1, count=100) == ([], 0)
    assert asked(before=last, count=-3) == ([], last - 1)
    assert asked(before="soon", count="some") == (list(range(1, last + 1)), 0)
