"""What JupyterLab is told of the cells of a notebook."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from maze_nb.magics.lab_cells import LabCells
from maze_nb.magics.lab_link import LabLink
from maze_nb.magics.task_cell import TaskCell
from maze_nb.sdk.log import MessageLog


def begun(run: str, cells: dict[str, str]) -> dict[str, Any]:
    tasks = [{"id": task, "name": task, "cell": cell} for task, cell in cells.items()]
    return {"type": "start_workflow", "data": {"run_id": run, "graph": {"tasks": tasks}}}


def said(kind: str, task: str, **data: object) -> dict[str, Any]:
    return {"type": kind, "data": {"task_id": task, **data}}


def numbered(*messages: dict[str, Any], start: int = 1) -> list[Any]:
    return [{**each, "seq": start + n, "time": 0.0} for n, each in enumerate(messages)]


FOLDS = {
    "waits": ([], ("waiting", "")),
    "runs": ([said("start_task", "a")], ("running", "")),
    "fails": (
        [said("task_exception", "a", error={"type": "ValueError", "message": "no\nmore"})],
        ("failed", "ValueError: no"),
    ),
    "is skipped": ([said("task_skipped", "a", reason="b failed")], ("skipped", "b failed")),
    "of a task that nobody knows": ([said("start_task", "z")], ("waiting", "")),
    "of no known type": ([said("task_sings", "a"), said("start_task", "a")], ("running", "")),
}


@pytest.mark.parametrize("name", FOLDS)
def test_a_cell_stands_as_its_task(name: str) -> None:
    told, expected = FOLDS[name]
    cells = LabCells()
    known = cells.begin("r", begun("r", {"a": "cell-a"})["data"]["graph"])
    cells.fold("r", known, told)
    row = cells.rows["cell-a"]
    assert (row["state"], row["why"]) == expected


def test_of_each_cell_the_newest_run_is_told() -> None:
    cells = LabCells()
    old = cells.begin("old", begun("old", {"a": "x", "b": "y"})["data"]["graph"])
    new = cells.begin("new", begun("new", {"b": "y"})["data"]["graph"])
    cells.fold("old", old, [said("finish_task", "a"), said("task_cancelled", "b")])
    cells.fold("new", new, [said("finish_task", "b", reused_from="cache")])
    assert [(row["run_id"], row["state"]) for row in cells.rows.values()] == [
        ("old", "succeeded"),
        ("new", "succeeded"),
    ]
    assert cells.rows["y"]["is_reused"]
    assert set(cells.changed()) == {"x", "y"}
    assert cells.changed() == {}


def test_a_cell_that_was_in_a_run_is_stale_while_its_text_is_another() -> None:
    cells = LabCells()
    cells.mark("x", "a", "a", "one")
    known = cells.begin("r", begun("r", {"a": "x"})["data"]["graph"])
    cells.fold("r", known, [said("finish_task", "a")])
    cells.mark("x", "a", "a", "one")
    assert (cells.rows["x"]["state"], cells.rows["x"]["is_stale"]) == ("succeeded", False)
    cells.mark("x", "a", "b", "two")
    assert (cells.rows["x"]["state"], cells.rows["x"]["is_stale"]) == ("succeeded", True)
    cells.mark("x", "a", "a", "one")
    assert not cells.rows["x"]["is_stale"]
    cells.mark("x", "a", "a", "two")
    cells.begin("r2", begun("r2", {"a": "x"})["data"]["graph"])
    assert (cells.rows["x"]["state"], cells.rows["x"]["is_stale"]) == ("waiting", False)


def test_a_cell_that_is_marked_anew_during_its_run_is_stale_and_still_runs() -> None:
    cells = LabCells()
    cells.mark("x", "a", "a", "one")
    known = cells.begin("r", begun("r", {"a": "x"})["data"]["graph"])
    cells.mark("x", "a", "a", "two")
    cells.fold("r", known, [said("start_task", "a")])
    assert (cells.rows["x"]["state"], cells.rows["x"]["is_stale"]) == ("running", True)
    cells.fold("r", known, [said("finish_task", "a")])
    assert (cells.rows["x"]["state"], cells.rows["x"]["is_stale"]) == ("succeeded", True)


def test_a_cell_that_was_in_no_run_is_marked_whatever_its_text() -> None:
    cells = LabCells()
    cells.mark("x", "a", "a", "one")
    cells.mark("x", "a", "b", "two")
    row = cells.rows["x"]
    assert (row["state"], row["name"], row["is_stale"]) == ("marked", "b", False)


def test_what_a_lost_scheduler_did_not_end_was_running() -> None:
    cells = LabCells()
    known = cells.begin("r", begun("r", {"a": "x", "b": "y"})["data"]["graph"])
    cells.fold("r", known, [said("finish_task", "a"), said("start_task", "b")])
    cells.lose("r")
    assert [row["state"] for row in cells.rows.values()] == ["succeeded", "was_running"]


class Ear:
    """What was said, and a way to wait for it."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def __call__(self, content: dict[str, Any]) -> None:
        self.said.append(content)

    def wait_for(self, cell: str, state: str) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if any(each["cells"].get(cell, {}).get("state") == state for each in self.said):
                return
            time.sleep(0.01)
        raise AssertionError(self.said)


def lab_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "maze-lab"]


def test_a_run_is_told_from_a_thread_that_ends_with_it() -> None:
    link, ear, log = LabLink(), Ear(), MessageLog("r")
    link.connect(ear)
    assert ear.said == [{"kind": "state", "run_id": "", "cells": {}, "places": {}}]
    link.follow(log)
    log.append(numbered(begun("r", {"a": "x"}), said("start_task", "a")))
    ear.wait_for("x", "running")
    link.tell_all()
    assert ear.said[-1]["kind"] == "state"
    assert ear.said[-1]["run_id"] == "r"
    end = {"type": "finish_workflow", "data": {"run_id": "r"}}
    log.append(numbered(said("finish_task", "a"), end, start=3))
    ear.wait_for("x", "succeeded")
    for thread in lab_threads():
        thread.join(20)
    assert lab_threads() == []


def test_a_run_without_cells_is_followed_no_further() -> None:
    link, ear, log = LabLink(), Ear(), MessageLog("r")
    link.connect(ear)
    link.follow(log)
    log.append(numbered(begun("r", {})))
    for thread in lab_threads():
        thread.join(20)
    assert lab_threads() == []


def test_without_a_kernel_nothing_is_done() -> None:
    link = LabLink()
    link.listen(object())
    link.follow(MessageLog("r"))
    assert lab_threads() == []


def test_who_comes_later_is_told_what_belongs_under_which_cell() -> None:
    link, ear = LabLink(), Ear()
    link.connect(ear)
    cell = cast(TaskCell, SimpleNamespace(cell_id="x", task_id="a", name="a", text="one"))
    link.mark(cell, "old")
    link.mark(cell, "new")
    link.mark(cell)
    assert ear.said[-1]["places"] == {}
    link.tell_all()
    assert ear.said[-1]["places"] == {"x": "new"}
