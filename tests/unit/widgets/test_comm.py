"""What a kernel really sends to the views of a run."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

SETUP = """
import threading, time
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.sdk.feed.run_feed import INTERVAL
from maze_nb.widgets.run_widget import RunWidget
def follow(log, widget):
    done = threading.Event()
    widget.when_at_rest(done.set)
    assert done.wait(30)
"""


def test_a_fast_run_is_told_by_few_messages_that_add_up(kernel, tmp_path, make_messages):
    messages = make_messages(1000)
    kernel.run(SETUP)
    kernel.load(tmp_path / "run.json", messages)
    kernel.run("log = ListLog(messages[:1]); widget = RunWidget(log)")
    kernel.comm_messages.clear()
    kernel.run(
        "for at in range(1, len(messages), 20):\n"
        "    log.extend(messages[at:at + 20]); time.sleep(0.01)\n"
        "follow(log, widget)"
    )
    times = [message["header"]["date"] for message in kernel.comm_messages]
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert len(gaps) >= 5
    # A little less than the interval, as the clock is read after the pause and before the send.
    assert min(gaps) > 0.09

    deltas = [content for content in kernel.custom() if content["kind"] == "delta"]
    parts = {"kind", "run_id", "now", "run", "tasks", "maps", "displays", "messages"}
    parts |= {"first_seq", "last_seq"}
    assert all(set(delta) >= parts for delta in deltas)
    ranges = [(delta["first_seq"], delta["last_seq"]) for delta in deltas]
    assert ranges[0][0] == 2
    assert ranges[-1][1] == len(messages)
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))
    tasks = {task: row for delta in deltas for task, row in delta["tasks"].items()}
    assert {row["state"] for row in tasks.values()} == {"succeeded"}
    assert len(tasks) == 1000

    told = [message["content"]["data"] for message in kernel.comm_messages]
    saved = [data["state"] for data in told if data["method"] == "update"]
    assert saved[-1]["snapshot"]["run"]["status"] == "succeeded"
    assert saved[-1]["snapshot"]["last_seq"] == len(messages)


def test_a_view_that_asks_gets_all_there_is(kernel, tmp_path, make_messages):
    messages = make_messages(2)
    kernel.run(SETUP)
    kernel.load(tmp_path / "run.json", messages)
    kernel.run("log = ListLog(messages[:3]); widget = RunWidget(log)")
    model = kernel.run("print(widget.model_id)").strip()
    for ignored in ({"kind": "dance"}, {}):
        kernel.send(model, ignored)
    kernel.send(model, {"kind": "sync"})
    kernel.run("time.sleep(3 * INTERVAL)")
    kernel.run("log.extend(messages[3:]); follow(log, widget)")
    kernel.send(model, {"kind": "sync"})
    kernel.run("pass")

    answers = [content for content in kernel.custom() if content["kind"] == "snapshot"]
    assert [answer["run"]["status"] for answer in answers] == ["running", "succeeded"]
    for answer, last in zip(answers, (3, len(messages)), strict=True):
        assert answer["graph"]["name"] == "steps"
        assert set(answer["tasks"]) == {"step_0", "step_1"}
        assert answer["messages"][-1]["seq"] == answer["last_seq"] == last


def test_a_busy_kernel_says_now_and_then_that_it_is_there(kernel, tmp_path, make_messages):
    kernel.run(SETUP + "from maze_nb.sdk.feed import run_feed; run_feed.PULSE = 0.2")
    kernel.load(tmp_path / "run.json", make_messages(2))
    kernel.run("log = ListLog(messages[:3]); widget = RunWidget(log)")
    kernel.comm_messages.clear()
    kernel.run("time.sleep(1.5)")
    pulses = [content for content in kernel.custom() if content["kind"] == "pulse"]
    assert len(pulses) >= 3
    assert all(set(pulse) == {"kind", "run_id", "now"} for pulse in pulses)
    kernel.run("log.extend(messages[3:]); follow(log, widget)")
    kernel.comm_messages.clear()
    kernel.run("time.sleep(0.6)")
    assert kernel.custom() == []


def test_a_view_can_ask_for_items_while_the_run_goes_on_and_after(kernel, tmp_path, wait_until):
    messages = [
        ("start_workflow", {"graph": {"tasks": [{"id": "m", "kind": "map"}], "edges": []}}),
        ("task_expanded", {"task_id": "m", "count": 100}),
        *[("start_task", {"task_id": f"m.{index}"}) for index in range(60)],
        ("task_exception", {"task_id": "m.9", "error": {"type": "ValueError"}}),
        ("finish_workflow", {"status": "failed"}),
    ]
    told = [
        {"type": kind, "data": data, "seq": seq, "time": float(seq)}
        for seq, (kind, data) in enumerate(messages, 1)
    ]
    kernel.run(SETUP)
    kernel.load(tmp_path / "run.json", told)
    kernel.run("log = ListLog(messages[:-1]); widget = RunWidget(log)")
    model = kernel.run("print(widget.model_id)").strip()
    kernel.send(model, {"kind": "items", "task_id": "m", "state": "running", "offset": 50})
    kernel.send(model, {"kind": "items", "task_id": "nobody", "state": "", "offset": "x"})

    def pages() -> list[dict[str, Any]]:
        kernel.run("pass")
        return [content for content in kernel.custom() if content["kind"] == "items"]

    wait_until(pages)
    kernel.run("log.extend(messages[-1:]); follow(log, widget)")
    kernel.send(model, {"kind": "items", "task_id": "m", "state": "failed", "offset": None})
    wait_until(lambda: len(pages()) == 2)
    first, second = pages()
    assert (first["total"], first["items"]) == (59, [f"m.{index}" for index in range(51, 60)])
    assert (second["total"], second["items"]) == (1, ["m.9"])
    assert second["tasks"]["m.9"]["error"]["type"] == "ValueError"


def test_a_kernel_with_a_run_that_never_ends_can_end(kernel):
    kernel.run(SETUP + "widget = RunWidget(ListLog())")
    printed = kernel.run("print([t.name for t in threading.enumerate() if t.daemon])")
    assert "maze-run-feed" in printed
