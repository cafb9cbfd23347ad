"""The channel of live views to a Jupyter server: runs of other processes, without a kernel."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import websocket

from maze_nb import config
from tests.served import Served, served
from tests.waiting import wait_until

RUN = """
import sys, time
from maze_nb import MaClient, task

class Trap:
    def __reduce__(self):
        return exec, (f"open({str(HERE / 'sprung')!r}, 'w').close()",)

@task
def load() -> int:
    print("loaded")
    return 41

@task
def trap() -> object:
    return Trap()

@task(isolation="process")
def wait(x: int) -> int:
    while not (HERE / "go").exists():
        time.sleep(0.02)
    return x + 1

if __name__ == "__main__":
    with MaClient() as client:
        workflow = client.create_workflow("<b>night</b>")
        loaded = workflow.add_task(load)
        workflow.add_task(trap)
        workflow.add_task(wait, inputs={"x": loaded.outputs["result"]}, name="<i>wait</i>")
        run_id = workflow.run()
        print(run_id, flush=True)
        client.get_run(run_id).wait(60)
        print("ended", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(config.HOME_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give one server for all tests of this file: each has runs of its own."""
    with served(tmp_path_factory.mktemp("served"), "--MazeServerApp.max_sockets=4") as found:
        yield found


def states(rows: dict[str, dict[str, object]], graph: dict[str, object]) -> dict[str, object]:
    return {task["name"]: rows[task["id"]]["state"] for task in graph["tasks"]}


def test_a_run_of_another_process_is_followed_to_its_end_and_beyond(server, script, tmp_path):
    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    with server.channel() as channel:
        channel.send({"kind": "sync", "run_id": run_id})
        first = channel.kind("snapshot")
        assert (first["run_id"], first["run"]["status"]) == (run_id, "running")
        assert first["graph"]["name"] == "<b>night</b>"
        (tmp_path / "go").touch()
        last = channel.until(lambda told: told.get("run", {}).get("status") == "succeeded")
        assert last["run_id"] == run_id
        seqs = [each["first_seq"] for each in channel.heard if each["kind"] == "delta"]
        assert seqs == sorted(seqs)

    assert run.process.stdout.readline().strip() == "ended"
    run.kill()
    with server.channel() as channel:
        channel.send({"kind": "sync", "run_id": run_id})
        told = channel.kind("snapshot")
    assert told["run"]["status"] == "succeeded"
    assert set(states(told["tasks"], told["graph"]).values()) == {"succeeded"}
    assert [each["name"] for each in told["graph"]["tasks"]] == ["load", "trap", "<i>wait</i>"]
    # What tasks made is told of, and loaded by nobody here.
    assert not (tmp_path / "sprung").exists()
    outputs = [row["outputs"][0] for row in told["tasks"].values()]
    assert all(output["summary"] and output["preview"] is None for output in outputs)


def test_what_cannot_be_answered_is_said_and_not_fatal(server):
    with server.channel() as channel:
        for sent, said in (
            ("{", "what was sent is no JSON"),
            ("[1]", "what was sent is no question"),
            ('{"kind": 7}', "what was sent is no question"),
        ):
            channel.send(sent)
            told = channel.kind("answer")
            assert said in told["error"]
            assert told["ask_id"] == -1
        channel.send({"kind": "sync", "run_id": "nobody"})
        told = channel.kind("no_run")
        assert "nobody" in told["error"]
        assert told["run_id"] == "nobody"
        told = channel.ask("dance", run_id="nobody")
        assert "'dance'" in told["error"]
        channel.send({"kind": "sync"})
        assert channel.kind("no_run")["error"]


def test_a_stranger_gets_no_channel(server):
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        server.connect(token="wrong")


def test_a_task_and_a_run_are_cancelled_through_the_server(server, script):
    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    with server.channel() as channel:
        channel.send({"kind": "sync", "run_id": run_id})
        channel.kind("snapshot")
        told = channel.ask("cancel", run_id=run_id, task_id="<i>wait</i>")
        assert told["error"] == ""
        channel.until(lambda told: told.get("run", {}).get("status") == "cancelled")
        told = channel.ask("cancel", run_id=run_id, task_id="<i>wait</i>")
        assert "has ended" in told["error"]
    assert run.process.stdout.readline().strip() == "ended"


def test_a_run_is_run_again_through_the_server_and_followed(server, script, tmp_path):
    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    (tmp_path / "go").touch()
    assert run.process.stdout.readline().strip() == "ended"
    with server.channel() as channel:
        told = channel.ask("rerun_from", run_id=run_id, task_id="load")
        assert told["error"] == ""
        again = told["value"]["run_id"]
        assert again != run_id
        channel.send({"kind": "sync", "run_id": again})
        told = channel.until(lambda told: told.get("run", {}).get("status") == "succeeded")
        assert told["run_id"] == again
        told = channel.ask("retry", run_id=run_id)
        assert "no task of run" in told["error"]


def test_what_takes_a_scheduler_says_so_when_there_is_none(server, script, tmp_path):
    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    with server.channel() as channel:
        channel.send({"kind": "sync", "run_id": run_id})
        channel.kind("snapshot")
        run.kill()
        told = channel.until(lambda told: told.get("run", {}).get("status") == "interrupted")
        assert told["kind"] == "snapshot"
        told = channel.ask("cancel", run_id=run_id)
    assert told["error"].startswith("this takes a scheduler")
    assert "maze-nb up" in told["error"]


def test_channels_are_bounded_and_leave_nothing(server):
    process = psutil.Process(server.process.pid)
    with server.channel() as channel:
        channel.ask("dance")
    wait_until(lambda: not process_channels(process))
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(contextlib.closing(server.connect()))
        refused = server.connect()
        assert closing_words(refused) == (1013, "too many live views are open: close some")
        refused.shutdown()
    wait_until(lambda: not process_channels(process))
    with server.channel() as channel:
        assert "'dance'" in channel.ask("dance")["error"]


def process_channels(process: psutil.Process) -> list[object]:
    return [each for each in process.net_connections() if each.status == "ESTABLISHED"]


def closing_words(connection: websocket.WebSocket) -> tuple[int, str]:
    """Return the code and the reason with which a channel is closed."""
    while True:
        opcode, data = connection.recv_data(control_frame=True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(data[:2], "big"), data[2:].decode()


def test_a_view_that_takes_nothing_is_not_waited_for(server, script):
    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    deaf = server.connect(sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    for _ in range(2000):
        deaf.send(json.dumps({"kind": "sync", "run_id": run_id}))
        deaf.send(json.dumps({"kind": "ask", "ask_id": 7, "ask": "dance" * 50}))
    with server.channel() as channel:
        channel.send({"kind": "sync", "run_id": run_id})
        assert channel.kind("snapshot", 10)["run_id"] == run_id
    assert psutil.Process(server.process.pid).memory_info().rss < 400 << 20
    deaf.shutdown()


def test_a_server_that_ends_closes_its_channels(home, tmp_path):
    with served(tmp_path) as server:
        connection = server.connect()
        server.process.terminate()
        assert closing_words(connection) == (1001, "the server ends")
        connection.shutdown()
        assert server.process.wait(20) == 0


def test_what_a_view_asks_is_answered_without_a_kernel(server, script, tmp_path):
    run = script(RUN)
    run_id = run.process.stdout.readline().strip()
    with server.channel() as channel:
        channel.send({"kind": "sync", "run_id": run_id})
        channel.kind("snapshot")
        told = channel.ask("nodes", run_id=run_id)
        assert len(told["value"]["nodes"]) == 1
        (tmp_path / "go").touch()
        channel.until(lambda told: told.get("run", {}).get("status") == "succeeded")
        run.kill()

        def answer(name: str, task: str = "load", **asked: object) -> dict[str, object]:
            told = channel.ask(name, run_id=run_id, task_id=task, **asked)
            assert told["error"] == "", told
            return told["value"]

        assert run_id in [row["run_id"] for row in answer("runs")["rows"]]
        assert "def load() -> int:" in answer("source")["text"]
        assert "loaded" in answer("log")["parts"][0]["text"]
        assert len(answer("attempts")["attempts"]) == 1
        assert answer("messages")["messages"][-1]["type"] == "finish_workflow"
        assert answer("preview", output="result")["text"] == "41"
        # What runs code when it is loaded is looked at in a process of its own, if at all.
        answer("preview", "trap", output="result")
        assert "maze-nb up" in answer("nodes")["reason"]
        assert answer("compare", before=run_id, after=run_id)["counts"]["same"] == 3
        told = channel.ask("rerun_from", run_id=run_id, task_id="load")
    assert told["error"].startswith("this takes a scheduler")
