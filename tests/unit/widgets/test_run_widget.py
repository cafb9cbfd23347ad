"""The life of a run widget: what it keeps, and that nothing of it stays behind."""

from __future__ import annotations

import logging
import threading

import pytest

from maze_nb.sdk.feed import run_feed
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.sdk.feed.run_feed import MESSAGES_SAVED
from maze_nb.widgets.run_widget import RunWidget


@pytest.fixture
def tellers():
    """List the threads that widgets of this test have started and that still run."""

    def listed() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == "maze-run-feed"}

    earlier = listed()
    return lambda: listed() - earlier


def test_a_run_that_is_over_is_saved_at_once(make_messages, tellers):
    log = ListLog(make_messages(3, "failed"))
    widget = RunWidget(log)
    assert widget.is_settled
    assert widget.graph["name"] == "steps"
    assert widget.snapshot["run"]["status"] == "failed"
    assert widget.snapshot["tasks"]["step_2"]["error"]["type"] == "ValueError"
    assert not tellers()
    assert log.listeners == 0
    widget.close()


def test_a_run_is_followed_to_its_end_and_left_alone(make_messages, wait_until, tellers):
    messages = make_messages()
    log = ListLog()
    widget = RunWidget(log)
    settled = threading.Event()
    widget.when_at_rest(settled.set)
    assert widget.snapshot["run"]["status"] == "pending"
    assert widget.graph == {}
    for message in messages:
        assert not settled.is_set()
        log.extend([message])
    assert settled.wait(10)
    assert widget.snapshot["run"]["status"] == "succeeded"
    assert widget.snapshot["last_seq"] == len(messages)
    assert widget.graph["name"] == "steps"
    wait_until(lambda: not tellers() and log.listeners == 0)
    widget.close()


def test_who_comes_late_is_told_at_once_that_it_settled(make_messages):
    widget = RunWidget(ListLog(make_messages()))
    settled = threading.Event()
    widget.when_at_rest(settled.set)
    assert settled.is_set()


def test_an_interruption_is_told_and_so_is_what_comes_after(make_messages, wait_until, tellers):
    messages = make_messages()
    log = ListLog(messages[:4])
    widget = RunWidget(log)
    rests = []
    widget.when_at_rest(lambda: rests.append(widget.snapshot["run"]["status"]))
    log.interrupt()
    wait_until(lambda: rests == ["interrupted"])
    assert widget.is_at_rest
    assert not widget.is_settled
    assert widget.snapshot["tasks"]["step_1"]["state"] == "was_running"
    resume = {"type": "resume_workflow", "seq": 5, "time": 2000.0, "data": {"run_id": "run-1"}}
    log.extend([resume])
    wait_until(lambda: widget.snapshot["run"]["status"] == "running")
    assert not widget.is_at_rest
    assert widget.snapshot["tasks"]["step_1"]["state"] == "waiting"
    log.extend({**message, "seq": message["seq"] + 1} for message in messages[4:])
    wait_until(lambda: rests == ["interrupted", "succeeded"])
    wait_until(lambda: not tellers() and log.listeners == 0)


def test_a_run_that_was_interrupted_long_ago_is_at_rest(make_messages, wait_until, tellers):
    log = ListLog(make_messages()[:4])
    log.interrupt()
    widget = RunWidget(log)
    assert widget.is_at_rest
    assert widget.snapshot["run"]["status"] == "interrupted"
    assert not widget.renew()
    widget.close()
    wait_until(lambda: not tellers())


def test_closing_ends_it_in_the_middle_of_a_run(make_messages, wait_until, tellers):
    log = ListLog(make_messages()[:3])
    widget = RunWidget(log)
    assert len(tellers()) == 1
    widget.close()
    wait_until(lambda: not tellers() and log.listeners == 0)
    assert widget.is_closed
    assert not widget.is_settled


def test_the_traits_are_renewed_while_the_run_goes_on(make_messages, monkeypatch, wait_until):
    monkeypatch.setattr(run_feed, "FIRST_SAVE", 0.05)
    messages = make_messages()
    log = ListLog(messages[:1])
    widget = RunWidget(log)
    log.extend(messages[1:4])
    wait_until(lambda: widget.snapshot["last_seq"] == 4)
    assert not widget.is_settled
    widget.close()


def test_renewing_reads_what_the_log_has(make_messages, wait_until, tellers):
    messages = make_messages()
    log = ListLog(messages[:2])
    widget = RunWidget(log)
    assert not widget.renew()
    log.extend(messages[2:])
    assert widget.renew()
    assert widget.is_settled
    assert widget.snapshot["run"]["status"] == "succeeded"
    assert not widget.renew()
    wait_until(lambda: not tellers() and log.listeners == 0)


def test_a_saved_notebook_keeps_the_newest_messages(make_messages):
    widget = RunWidget(ListLog(make_messages(MESSAGES_SAVED)))
    kept = widget.snapshot["messages"]
    assert len(kept) == MESSAGES_SAVED
    assert kept[-1]["type"] == "finish_workflow"
    assert len(widget.snapshot["tasks"]) == MESSAGES_SAVED


class BrokenLog(ListLog):
    """A log that cannot be read a second time."""

    def read(self, start):
        if start:
            raise OSError("the scheduler is gone")
        return super().read(start)


def test_a_log_that_breaks_ends_the_view_and_nothing_else(
    make_messages, caplog, wait_until, tellers
):
    log = BrokenLog(make_messages()[:2])
    with caplog.at_level(logging.ERROR):
        widget = RunWidget(log)
        wait_until(lambda: not tellers() and log.listeners == 0)
    assert "the scheduler is gone" in caplog.text
    assert widget.snapshot["run"]["status"] == "running"
    widget.close()
