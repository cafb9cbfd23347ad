"""A Jupyter server tells of runs and nodes without a kernel, as long as the token is right."""

from __future__ import annotations

import os
import re
import signal
import socket
from urllib.parse import quote

from tests.served import served
from tests.waiting import wait_until

RUN = """
import sys, time
from maze_nb import MaClient, task

@task
def wait() -> int:
    while not (HERE / "go").exists():
        time.sleep(0.02)
    return 1

if __name__ == "__main__":
    with MaClient() as client:
        workflow = client.create_workflow("night")
        workflow.add_task(wait)
        run_id = workflow.run()
        print(run_id, flush=True)
        client.get_run(run_id).wait(60)
        sys.stdin.readline()
"""


def test_runs_and_nodes_from_nothing_to_a_lost_scheduler(server, home, script):
    status, told = server.get("maze/api/runs")
    assert (status, told["rows"], told["total"], told["note"]) == (200, [], 0, "")
    assert told["place"] == f"in {home}"
    status, told = server.get("maze/api/nodes")
    assert (status, told["nodes"], told["schedulers"]) == (200, [], [])
    assert "no scheduler is known here: start one with `maze-nb up`" in told["reason"]

    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    _, told = server.get("maze/api/runs")
    (row,) = told["rows"]
    assert (row["run_id"], row["name"], row["status"]) == (run_id, "night", "running")
    _, told = server.get("maze/api/nodes")
    (node,) = told["nodes"]
    assert told["reason"] == ""
    assert node["cpu"] > 0
    assert re.fullmatch(r"tcp://127\.0\.0\.1:\d+", node["scheduler"])
    assert told["schedulers"] == [{"address": node["scheduler"], "reason": ""}]

    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait(10)
    wait_until(lambda: server.get("maze/api/runs")[1]["rows"][0]["status"] == "interrupted")
    for query, found in (
        ("search=nig", 1),
        ("search=day", 0),
        ("status=failed", 0),
        ("offset=1", 0),
    ):
        _, told = server.get(f"maze/api/runs?{query}")
        assert (len(told["rows"]), told["total"]) == (found, 1), query
    _, told = server.get("maze/api/nodes")
    assert (told["nodes"], bool(told["reason"])) == ([], True)


def test_what_is_asked_wrongly_or_by_nobody_is_refused(server, home):
    for path in ("maze/api/runs", "maze/api/nodes"):
        status, told = server.get(path, token="wrong")
        assert (status, told["message"]) == (403, "Forbidden")
    for limit in ("-1", "x", "501", "²"):
        status, told = server.get(f"maze/api/runs?limit={quote(limit)}")
        assert status == 400
        assert told["message"] == "limit has to be a whole number from 0 to 500"


def test_a_store_that_cannot_be_read_is_an_answer(server, home):
    home.mkdir(exist_ok=True)
    (home / "runs.db").write_bytes(b"this is no database" * 1000)
    status, told = server.get("maze/api/runs")
    assert (status, told["rows"]) == (200, [])
    assert str(home / "runs.db") in told["note"]


def test_a_scheduler_that_does_not_answer_is_named_in_bounded_time(home, tmp_path):
    # A port that takes connections and then says nothing, as a stopped scheduler does.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with served(tmp_path, env={"DASK_SCHEDULER_ADDRESS": address}) as server:
            status, told = server.get("maze/api/nodes")
    assert (status, told["nodes"]) == (200, [])
    assert f"the scheduler at {address} does not answer" in told["reason"]
