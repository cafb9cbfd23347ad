"""However fast a run is, views are told of it at a pace, in messages of bounded length."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from threading import Event, Thread
from typing import Any

import pytest

from maze_nb.sdk.feed import run_feed
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.sdk.feed.portion import MOST_BYTES, MOST_MESSAGES, first_portion
from maze_nb.sdk.feed.run_feed import RunFeed

TASKS = 1_000
GRAPH = {"tasks": [{"id": f"t{n}", "name": f"<img src=x> {n}"} for n in range(TASKS)], "edges": []}


def messages(kinds: list[tuple[str, dict[str, Any]]], first: int = 1) -> list[dict[str, Any]]:
    return [
        {"type": kind, "seq": seq, "time": 1000.0, "data": {"run_id": "run-1", **data}}
        for seq, (kind, data) in enumerate(kinds, first)
    ]


def line(number: int, text: str = "a line") -> tuple[str, dict[str, Any]]:
    return "task_log", {"task_id": f"t{number % TASKS}", "text": f"{text} {number}\n"}


class Told:
    """What views were told, and when."""

    def __init__(self, log: ListLog) -> None:
        self.times: list[float] = []
        self.told: list[dict[str, Any]] = []
        self.is_over = Event()
        self.feed = RunFeed(log, self.say, self.save)

    def say(self, content: dict[str, Any]) -> None:
        self.times.append(time.monotonic())
        self.told.append(content)

    def save(self, _graph: dict[str, Any], snapshot: dict[str, Any]) -> None:
        self.times.append(time.monotonic())

    def follow(self) -> None:
        self.feed.when_at_rest(self.is_over.set)
        self.feed.start()
        assert self.is_over.wait(60)

    def seqs(self) -> list[int]:
        rows = (row for told in self.told if told["kind"] == "delta" for row in told["messages"])
        return [row["seq"] for row in rows]


START = messages([("start_workflow", {"graph": GRAPH})])
END = ("finish_workflow", {"status": "succeeded"})


@pytest.mark.parametrize("text", ["x", "x" * 5_000], ids=["short", "long"])
def test_a_burst_is_told_whole_in_bounded_messages_at_the_pace(monkeypatch, text):
    monkeypatch.setattr(run_feed, "INTERVAL", 0.02)
    count = 100_000 if len(text) == 1 else 5_000
    log = ListLog(START)
    told = Told(log)
    log.extend(messages([*(line(n, text) for n in range(count)), END], first=2))
    told.follow()
    gaps = [after - before for before, after in pairwise(told.times)]
    assert min(gaps) > 0.018
    assert told.seqs() == list(range(2, count + 3))
    assert max(len(json.dumps(each)) for each in told.told) < 2 * MOST_BYTES
    assert told.feed.snapshot["run"]["status"] == "succeeded"


def test_at_most_ten_messages_a_second_while_many_threads_are_at_it():
    log = ListLog(START)
    told = Told(log)
    ended = time.monotonic() + 1.5

    def ask() -> None:
        while time.monotonic() < ended:
            told.feed.hear_sync()

    def tell() -> None:
        number = 2
        while time.monotonic() < ended:
            log.extend(messages([line(number)], first=number))
            number += 1
        log.extend(messages([END], first=number))

    threads = [Thread(target=each) for each in (ask, tell)]
    for each in threads:
        each.start()
    told.follow()
    for each in threads:
        each.join()
    gaps = [after - before for before, after in pairwise(told.times)]
    # A little less than the interval, as the pause begins before what is told has been noted.
    assert min(gaps) > 0.09


def test_a_value_that_is_slow_to_look_at_keeps_nobody_waiting_who_asks():
    is_looked_at, may_go_on = Event(), Event()

    class Slow:
        def __repr__(self) -> str:
            is_looked_at.set()
            assert may_go_on.wait(30)
            return "x" * 50_000_000

    class Broken:
        def __repr__(self) -> str:
            raise ValueError("no text for you")

    log = ListLog(START)
    told = Told(log)
    told.feed.start()
    outputs = [{"name": name, "inline": True} for name in ("broken", "slow")]
    result = {"broken": Broken(), "slow": Slow()}
    finished = ("finish_task", {"task_id": "t1", "outputs": outputs, "result": result})
    log.extend(messages([finished, END], first=2))
    assert is_looked_at.wait(30)
    asking = Thread(target=told.feed.hear_sync)
    asking.start()
    asking.join(5)
    assert not asking.is_alive()
    may_go_on.set()
    told.feed.when_at_rest(told.is_over.set)
    assert told.is_over.wait(30)
    previews = [output["preview"] for output in told.feed.snapshot["tasks"]["t1"]["outputs"]]
    assert "ValueError" in previews[0]
    assert len(previews[1]) <= 2_000


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], 0),
        (messages([END]), 1),
        (messages([line(n) for n in range(5_000)]), MOST_MESSAGES),
        (messages([("start_task", {})] * 5_000), MOST_BYTES // 950),
        (messages([line(n, "y" * 90_000) for n in range(5_000)]), MOST_BYTES // 2_250),
        ([{"data": None}] * 5_000, MOST_MESSAGES),
        (messages([("finish_task", {"outputs": [{}] * 100_000})] * 9), 1),
        (messages([("finish_task", {"outputs": [3, None]})] * 2), 2),
    ],
)
def test_a_portion_has_at_least_one_message_and_not_too_many(told, expected):
    found = first_portion(told)
    assert list(found) == told[: len(found)]
    assert len(found) <= MOST_MESSAGES
    assert abs(len(found) - expected) <= expected * 0.02
