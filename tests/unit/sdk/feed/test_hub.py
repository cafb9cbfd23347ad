"""What a channel does with what a view sends."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from maze_nb.errors import MazeError, UnknownRunError
from maze_nb.sdk.feed import hub as hubs
from maze_nb.sdk.feed.asks.table import ASKS
from maze_nb.sdk.feed.errands import HANDS, WAITING, Errands
from maze_nb.sdk.feed.hub import VISITS, Hub
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.sdk.feed.run_feed import RunFeed
from tests.run_messages import run_messages
from tests.waiting import wait_until


class Shelf:
    """A desk with runs that are over."""

    def __init__(self, *run_ids: str) -> None:
        self._known = run_ids

    def log(self, run_id: str) -> ListLog:
        if run_id not in self._known:
            raise UnknownRunError(f"there is no run {run_id}")
        messages = run_messages()
        for message in messages:
            message["data"]["run_id"] = run_id
        return ListLog(messages)


@pytest.fixture
def said():
    return []


@pytest.fixture
def hub(said):
    first = RunFeed(ListLog(run_messages()), said.append)
    made = Hub(said.append, Shelf("other", *map(str, range(9))), first)
    first.start()
    yield made
    made.close()
    first.close()


def test_a_question_about_no_run_is_about_the_first(hub, said):
    hub.hear({"kind": "sync"})
    (snapshot,) = said
    assert (snapshot["kind"], snapshot["run_id"]) == ("snapshot", "run-1")
    assert snapshot["run"]["status"] == "succeeded"


def test_another_run_is_told_with_its_id(hub, said):
    hub.hear({"kind": "sync", "run_id": "other"})
    wait_until(lambda: said)
    assert (said[0]["kind"], said[0]["run_id"]) == ("snapshot", "other")
    hub.hear({"kind": "sync", "run_id": "other"})
    assert len(said) == 2, "a run that is visited already answers at once"


def test_an_unknown_run_is_named(hub, said):
    hub.hear({"kind": "sync", "run_id": "nobody"})
    wait_until(lambda: said)
    assert said == [{"kind": "no_run", "run_id": "nobody", "error": "there is no run nobody"}]


def test_only_some_visited_runs_are_followed(hub, said):
    for number in range(VISITS + 2):
        hub.hear({"kind": "sync", "run_id": str(number)})
        wait_until(lambda number=number: len(said) == number + 1)
    assert len(hub._visits) == VISITS
    assert "0" not in hub._visits


@pytest.mark.parametrize("nonsense", [None, 3, "sync", [], {}, {"kind": 7}, {"kind": "dance"}])
def test_nonsense_is_passed_over(hub, said, nonsense):
    hub.hear(nonsense)
    assert not said


def fails(error: Exception) -> Any:
    def answer(_desk, _asked):
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "error", "value"),
    [
        (lambda desk, asked: {"twice": 2 * asked["number"]}, "", {"twice": 6}),
        (fails(MazeError("no: do that")), "no: do that", {}),
        (fails(KeyError("x")), "KeyError: 'x'", {}),
    ],
    ids=["answered", "refused", "failed"],
)
def test_a_question_has_one_answer(hub, said, monkeypatch, answer, error, value):
    monkeypatch.setitem(ASKS, "double", answer)
    hub.hear({"kind": "ask", "ask": "double", "ask_id": 7, "number": 3})
    wait_until(lambda: said)
    assert said == [{"kind": "answer", "ask_id": 7, "error": error, "value": value}]


def test_an_unknown_question_is_answered_too(hub, said):
    hub.hear({"kind": "ask", "ask": "dance", "ask_id": 1})
    wait_until(lambda: said)
    assert "dance" in said[0]["error"]


def test_too_many_questions_are_refused_and_the_rest_is_answered(hub, said, monkeypatch):
    going_on = threading.Event()
    monkeypatch.setitem(ASKS, "wait", lambda *_: {"done": going_on.wait(10)})
    for number in range(HANDS + WAITING + 5):
        hub.hear({"kind": "ask", "ask": "wait", "ask_id": number})
    assert 0 < len(said) <= 5 + HANDS
    assert all("too many" in answer["error"] for answer in said)
    going_on.set()
    wait_until(lambda: len(said) == HANDS + WAITING + 5)


def test_errands_leave_no_thread_behind(monkeypatch):
    monkeypatch.setattr("maze_nb.sdk.feed.errands._IDLE", 0.05)
    errands, done = Errands(), []
    for number in range(10):
        assert errands.add(lambda number=number: done.append(number))
    wait_until(lambda: len(done) == 10)
    wait_until(lambda: errands._hands == 0)
    assert errands.add(lambda: done.append(10))
    wait_until(lambda: len(done) == 11)


def test_a_hub_without_a_desk_says_so(said):
    alone = hubs.Hub(said.append)
    alone.hear({"kind": "sync", "run_id": "other"})
    alone.hear({"kind": "ask", "ask": next(iter(ASKS), "any"), "ask_id": 1})
    wait_until(lambda: len(said) == 2)
    assert {each["kind"] for each in said} == {"no_run", "answer"}
    assert all(each["error"] for each in said)
