"""What views are told of nodes: which tasks run in which worker process."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from maze_nb import MaClient, task
from maze_nb.sdk.feed.asks.table import ASKS
from maze_nb.sdk.feed.desk import Desk
from tests.waiting import wait_until


@task
def hold(go):
    deadline = time.monotonic() + 60
    while not os.path.exists(go):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_tasks_of_each_slot_are_told(embedded: MaClient, tmp_path: Path) -> None:
    desk, go = Desk(embedded), tmp_path / "go"
    workflow = embedded.create_workflow("slots")
    by_hand = workflow.add_task(hold, inputs={"go": str(go)}, name="hold it!")
    run_id = workflow.run()

    def running() -> list[dict[str, Any]]:
        (node,) = ASKS["nodes"](desk, {})["nodes"]
        return [task for slot in node["slots"] for task in slot["running"]]

    try:
        wait_until(running)
        (node,) = ASKS["nodes"](desk, {})["nodes"]
        assert running() == [{"run_id": run_id, "task_id": by_hand.task_id, "name": "hold_it_"}]
        assert sorted(slot["tasks"] for slot in node["slots"]) == [0, 1][-len(node["slots"]) :]
        assert [slot["worker"] for slot in node["slots"]] == list(node["workers"])
        assert node["status"] == "busy"
    finally:
        go.touch()
    embedded.get_run(run_id).wait(60)
    wait_until(lambda: not running())
