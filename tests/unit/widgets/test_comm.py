"""What a kernel really sends to the views of a run."""

from __future__ import annotations

from itertools import pairwise

SETUP = """
import threading, time
from maze_nb.widgets.message_log import ListLog
from maze_nb.widgets.run_widget import RunWidget, INTERVAL
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
    parts = {"kind", "now", "run", "tasks", "messages", "first_seq", "last_seq"}
    assert all(set(delta) == parts for delta in deltas)
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


def test_a_kernel_with_a_run_that_never_ends_can_end(kernel):
    kernel.run(SETUP + "widget = RunWidget(ListLog())")
    printed = kernel.run("print([t.name for t in threading.enumerate() if t.daemon])")
    assert "maze-run-widget" in printed
