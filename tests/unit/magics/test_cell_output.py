"""Runs followed under task cells: what the front end is sent, by whom, and when it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from maze_nb.errors import ConnectionFailedError
from maze_nb.magics import cell_outputs
from maze_nb.magics.cell_output import SLOTS, Notebook, NotebookOutput
from maze_nb.magics.cell_outputs import CellOutputs
from maze_nb.sdk.log import MessageLog
from tests.waiting import wait_until

Message = dict[str, Any]


class FrontEnd:
    """What a front end shows: the outputs of each cell by display id, in their order."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, Any]] = {}
        self.sent = 0

    def publish(self, data: Any, metadata: Any = None, **kwargs: Any) -> None:
        display_id = kwargs["transient"]["display_id"]
        assert (display_id in self.places) is kwargs["update"]
        self.places[display_id] = data
        self.sent += 1

    def cell(self, number: int) -> list[str]:
        """Return what stands under a cell as text, without the places that are empty."""
        size = SLOTS + 1
        shown = list(self.places.values())[number * size : (number + 1) * size]
        return [data["text/plain"] for data in shown if data["text/plain"]]


class Run:
    """A run whose messages are written by hand."""

    def __init__(self, run_id: str, *tasks: str) -> None:
        self.run_id = run_id
        self.log = MessageLog(run_id)
        self.say("start_workflow", graph={"tasks": [{"id": task} for task in tasks]})

    def say(self, kind: str, task: str | None = None, **data: Any) -> None:
        who = {} if task is None else {"task_id": task, "task_name": task, "attempt": 1}
        seq = self.log.last_seq + 1
        self.log.append([{"type": kind, "seq": seq, "time": time.time(), "data": {**who, **data}}])

    def print(self, task: str, text: str) -> None:
        self.say("task_log", task, stream="stdout", text=text)

    def display(self, _stored: object) -> None:
        return None


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> FrontEnd:
    """Give a notebook's front end, told of cells by `shell.events`."""
    front = FrontEnd()
    events = SimpleNamespace(register=lambda name, callback: setattr(front, name, callback))
    shell = SimpleNamespace(display_pub=front, events=events, get_parent=dict)
    monkeypatch.setattr(cell_outputs, "notebook_shell", lambda: shell)
    return front


@pytest.fixture
def outputs() -> Iterator[CellOutputs]:
    made = CellOutputs()
    yield made
    made.close()
    wait_until(lambda: all(each.name != "maze-follow" for each in threading.enumerate()))


def begin(outputs: CellOutputs, *names: str) -> None:
    for name in names:
        outputs.begin(SimpleNamespace(task_id=name, name=name), "reads nothing")  # type: ignore[arg-type]


def test_output_appears_while_the_task_runs(front: FrontEnd, outputs: CellOutputs) -> None:
    begin(outputs, "a", "b")
    assert front.cell(0) == ["task 'a': reads nothing"]
    run = Run("r", "a", "b")
    outputs.follow(run)  # type: ignore[arg-type]
    wait_until(lambda: front.cell(1) == ["task 'b' · ○ waiting · reads nothing"])
    run.say("start_task", "a", node_id="n")
    run.print("a", "one\n")
    wait_until(lambda: front.cell(0)[1:] == ["one\n"])
    assert front.cell(0)[0].startswith("task 'a' · ◐ running 0:0")
    run.say("task_display", "a", data={"text/plain": "figure"}, metadata={}, display_id="f")
    run.print("a", "two\n")
    wait_until(lambda: front.cell(0)[1:] == ["one\n", "figure", "two\n"])
    run.say("task_display", "a", data={"text/plain": "better"}, metadata={}, display_id="f")
    run.say("finish_task", "a", duration=1.0)
    run.say("task_skipped", "b", reason="a failed", root_cause={"task_name": "a"})
    run.say("finish_workflow", status="succeeded")
    outputs.settle(run)  # type: ignore[arg-type]
    assert front.cell(0) == ["task 'a' · ✓ 1.0 s · reads nothing", "one\n", "better", "two\n"]
    assert front.cell(1) == ["task 'b' · ⤼ skipped: a failed · reads nothing"]


def test_a_new_run_begins_anew_where_a_task_starts(front: FrontEnd, outputs: CellOutputs) -> None:
    begin(outputs, "a")
    for number in (1, 2):
        run = Run(f"r{number}", "a")
        outputs.follow(run)  # type: ignore[arg-type]
        wait_until(lambda: "waiting" in front.cell(0)[0])
        assert front.cell(0)[1:] == (["from run 1\n"] if number == 2 else [])
        run.say("start_task", "a")
        wait_until(lambda: front.cell(0)[1:] == [])
        run.print("a", f"from run {number}\n")
        run.say("finish_task", "a", duration=1.0)
        run.say("finish_workflow")
        outputs.settle(run)  # type: ignore[arg-type]
        assert front.cell(0)[1:] == [f"from run {number}\n"]


def test_a_cell_run_again_has_places_of_its_own(front: FrontEnd, outputs: CellOutputs) -> None:
    begin(outputs, "a")
    old = Run("old", "a")
    outputs.follow(old)  # type: ignore[arg-type]
    begin(outputs, "a")
    old.say("start_task", "a")
    old.print("a", "old\n")
    wait_until(lambda: "old\n" in front.cell(0))
    assert front.cell(1) == ["task 'a': reads nothing"]


@pytest.mark.parametrize("fate", ["finish_task", "task_exception"])
def test_what_a_run_shares_with_one_that_stands_there_leaves_it_standing(
    front: FrontEnd, outputs: CellOutputs, fate: str
) -> None:
    begin(outputs, "a", "b")
    first = Run("first", "a")
    outputs.follow(first)  # type: ignore[arg-type]
    first.say("start_task", "a")
    first.print("a", "going on\n")
    wait_until(lambda: front.cell(0)[1:] == ["going on\n"])
    # The second takes from the first what that still computes.
    second = Run("second", "a", "b")
    second.say("task_pending", "a", reason="run first computes it")
    outputs.follow(second)  # type: ignore[arg-type]
    wait_until(lambda: "waiting" in front.cell(1)[0])
    assert "running" in front.cell(0)[0]
    first.print("a", "and on\n")
    ended = {"result": "tb", "error": {"type": "E"}, "duration": 2.0}
    first.say(fate, "a", **ended)
    first.say("finish_workflow")
    outputs.settle(first)  # type: ignore[arg-type]
    second.print("a", "going on\nand on\n")
    second.say(fate, "a", **ended, reused_from="run first")
    second.say("finish_task", "b", duration=1.0)
    second.say("finish_workflow")
    outputs.settle(second)  # type: ignore[arg-type]
    line = "✓ 2.0 s" if fate == "finish_task" else "✕ E"
    said = [f"task 'a' · {line} · reads nothing", "going on\nand on\n", "tb"]
    assert front.cell(0) == (said[:2] if fate == "finish_task" else said)
    assert front.cell(1) == ["task 'b' · ✓ 1.0 s · reads nothing"]


@pytest.mark.parametrize("source", ["cache", "run elsewhere"])
def test_what_is_used_again_is_shown_again(
    front: FrontEnd, outputs: CellOutputs, source: str
) -> None:
    begin(outputs, "a")
    run = Run("r", "a")
    outputs.follow(run)  # type: ignore[arg-type]
    run.print("a", "as it was\n")
    run.say("finish_task", "a", reused_from=source, duration=0)
    run.say("finish_workflow")
    outputs.settle(run)  # type: ignore[arg-type]
    line, *shown = front.cell(0)
    assert line.startswith("task 'a' · ☑ from ")
    assert shown == ["as it was\n"]


def test_an_earlier_run_does_not_write_over_a_later_one(
    front: FrontEnd, outputs: CellOutputs
) -> None:
    begin(outputs, "a")
    runs = [Run("first", "a"), Run("second", "a")]
    for run in runs:
        outputs.follow(run)  # type: ignore[arg-type]
        run.say("start_task", "a")
        run.print("a", f"{run.run_id}\n")
        wait_until(lambda run=run: front.cell(0)[1:] == [f"{run.run_id}\n"])
    for run in runs:
        run.print("a", "more\n")
        run.say("finish_workflow")
        outputs.settle(run)  # type: ignore[arg-type]
    assert front.cell(0)[1:] == ["second\nmore\n"]


def test_what_is_sent_between_cells_is_sent_again_with_the_next(
    front: FrontEnd, outputs: CellOutputs
) -> None:
    begin(outputs, "a")
    run = Run("r", "a")
    outputs.follow(run)  # type: ignore[arg-type]
    front.post_run_cell(None)  # type: ignore[attr-defined]
    run.say("start_task", "a")
    run.print("a", "unheard\n")
    wait_until(lambda: front.cell(0)[1:] == ["unheard\n"])
    for place in list(front.places):
        front.places[place] = {"text/plain": ""}
    front.pre_run_cell(None)  # type: ignore[attr-defined]
    assert "unheard\n" in front.cell(0)
    before = front.sent
    front.pre_run_cell(None)  # type: ignore[attr-defined]
    assert front.sent == before


def test_much_output_is_sent_rarely(front: FrontEnd, outputs: CellOutputs) -> None:
    names = [f"t{number}" for number in range(50)]
    begin(outputs, *names)
    run = Run("r", *names)
    outputs.follow(run)  # type: ignore[arg-type]
    for name in names:
        run.say("start_task", name)
    before, started = front.sent, time.monotonic()
    while time.monotonic() - started < 1.5:
        for name in names:
            run.print(name, "x" * 100 + "\n")
        time.sleep(0.01)
    assert front.sent - before < 200
    run.say("finish_workflow")
    outputs.settle(run)  # type: ignore[arg-type]
    counts = {front.cell(number)[1].count("\n") for number in range(50)}
    assert len(counts) == 1


def test_a_lost_scheduler_is_told_and_ends_the_following(
    front: FrontEnd, outputs: CellOutputs
) -> None:
    begin(outputs, "a")
    run = Run("r", "a")
    following = outputs.follow(run)  # type: ignore[arg-type]
    run.say("start_task", "a")
    run.log.fail(ConnectionFailedError("the scheduler is gone"), is_lost=True)
    following.settle(10)
    assert following.is_over
    assert "◒ interrupted: the scheduler was lost, and %maze_resume goes on" in front.cell(0)[0]
    # It was taken up again: all is there anew.
    run.say("resume_workflow")
    run.say("start_task", "a")
    run.print("a", "again\n")
    run.say("finish_task", "a", duration=1.0)
    run.say("finish_workflow")
    outputs.follow(run).settle(10)  # type: ignore[arg-type]
    assert front.cell(0) == ["task 'a' · ✓ 1.0 s · reads nothing", "again\n"]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_terminal_gets_it_at_the_end_of_the_task(
    outputs: CellOutputs, capsys: pytest.CaptureFixture[str], is_told: bool
) -> None:
    begin(outputs, "a")
    assert capsys.readouterr().out == "task 'a': reads nothing\n"
    run = Run("r", "a")
    outputs.follow(run, is_told=is_told)  # type: ignore[arg-type]
    run.say("start_task", "a")
    run.print("a", "printed\n")
    run.say("task_display", "a", data={"text/plain": "shown"}, metadata={})
    run.say("finish_task", "a", duration=1.0)
    run.say("finish_workflow")
    outputs.settle(run)  # type: ignore[arg-type]
    line = "task 'a' · ✓ 1.0 s · reads nothing\nprinted\n"
    assert capsys.readouterr().out == f"{'' if is_told else line}shown\n"


def test_a_front_end_that_fails_leaves_the_run_alone(
    outputs: CellOutputs, front: FrontEnd, caplog: pytest.LogCaptureFixture
) -> None:
    begin(outputs, "a")

    def publish(*_: Any, **__: Any) -> None:
        raise OSError("gone")

    front.publish = publish  # type: ignore[method-assign]
    run = Run("r", "a")
    following = outputs.follow(run)  # type: ignore[arg-type]
    following.settle(10)
    assert following.is_over
    assert "the run goes on" in caplog.text


def test_places_take_no_room_until_they_are_used(front: FrontEnd) -> None:
    NotebookOutput(Notebook(front), "a", "reads nothing")
    assert len(front.places) == SLOTS + 1
    assert list(front.places.values())[1:] == [{"text/plain": ""}] * SLOTS
