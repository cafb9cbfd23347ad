"""A log held in a list."""

from __future__ import annotations

from maze_nb.sdk.feed.message_log import ListLog
from tests.run_messages import run_messages


def test_it_is_complete_when_the_workflow_finished():
    messages = run_messages()
    assert ListLog(messages).run_id == "run-1"
    log = ListLog(messages[:-1])
    assert not log.is_complete
    log.extend(messages[-1:])
    assert log.is_complete
    assert log.read(0) == messages
    assert log.read(len(messages)) == []


def test_those_who_subscribed_are_told_until_they_leave():
    log, heard = ListLog(), []
    leave = log.subscribe(lambda: heard.append(len(log.read(0))))
    log.extend([{}, {}])
    leave()
    leave()
    log.extend([{}])
    assert heard == [2]
    assert log.listeners == 0
    assert not log.is_complete
