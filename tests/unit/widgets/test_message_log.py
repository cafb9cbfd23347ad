"""A log held in a list."""

from __future__ import annotations

from maze_nb.widgets.message_log import ListLog


def test_it_is_complete_when_the_workflow_finished(make_messages):
    messages = make_messages()
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
