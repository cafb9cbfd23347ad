"""The table of a plan: what is cached, what will run and why."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from maze_nb.projection.plan_text import ROWS_SHOWN, plan_html, plan_text, plan_totals

LOAD = {
    "task_id": "1",
    "name": "load",
    "verdict": "cached",
    "reason": "run ab12",
    "duration": 245.0,
}
TRAIN = {"task_id": "2", "name": "train", "verdict": "runs", "reason": "helper `norm` changed"}
PLOT = {"task_id": "3", "name": "plot", "verdict": "stored", "reason": "", "nbytes": 2048}


class Cells(HTMLParser):
    """Gathers the texts of table cells, and checks that tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open:
            self.cells[-1] += data


def test_a_plan() -> None:
    assert plan_text([LOAD, TRAIN, PLOT]).split("\n") == [
        "task   plan      time        size    why",
        "load   cached    4 min 05 s          run ab12",
        "train  will run                      helper `norm` changed",
        "plot   stored                2.0 kB",
        "1 cached, 1 stored, 1 will run, about 4 min saved",
    ]


def test_the_same_as_html() -> None:
    cells = Cells(plan_html([LOAD, TRAIN, PLOT])).cells
    assert cells[:5] == ["load", "cached", "4 min 05 s", "", "run ab12"]
    assert cells[5:10] == ["train", "will run", "", "", "helper `norm` changed"]
    assert "1 will run" in plan_html([TRAIN])


@pytest.mark.parametrize(
    ("rows", "totals"),
    [
        ([], "no tasks: nothing will run"),
        ([TRAIN], "1 will run"),
        ([PLOT], "1 stored, nothing will run"),
        ([LOAD] * 7 + [TRAIN] * 3, "7 cached, 3 will run, about 29 min saved"),
        ([{**LOAD, "duration": 0.05}], "1 cached, nothing will run, about 50 ms saved"),
        ([{**LOAD, "duration": 59.7}], "1 cached, nothing will run, about 1 min saved"),
        ([{**LOAD, "duration": 12.2}], "1 cached, nothing will run, about 12 s saved"),
        ([{**LOAD, "duration": 9000}], "1 cached, nothing will run, about 2.5 h saved"),
        ([{**TRAIN, "duration": 100.0}], "1 will run"),
        ([TRAIN] * 1234, "1,234 will run"),
    ],
)
def test_totals(rows: list[dict[str, Any]], totals: str) -> None:
    assert plan_totals(rows) == totals
    assert plan_text(rows).split("\n")[-1] == totals


def test_of_very_many_tasks_those_that_run_are_shown() -> None:
    rows = [{**LOAD, "name": f"load-{at}"} for at in range(5000)]
    rows[3000] = TRAIN
    lines = plan_text(rows).split("\n")
    assert len(lines) == 1 + ROWS_SHOWN + 2
    assert lines[-3].startswith("train")
    assert lines[-2] == "… and 4,900 more tasks"
    assert len(Cells(plan_html(rows)).cells) == ROWS_SHOWN * 5


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"verdict": "perhaps"},
        {"name": None, "task_id": "7"},
        {"duration": "long", "nbytes": []},
    ],
)
def test_what_is_missing_is_blank_and_what_is_unknown_runs(row: dict[str, Any]) -> None:
    assert "will run" in plan_text([row])
    assert Cells(plan_html([row])).cells[1] == "will run"


def test_nothing_breaks_out_of_the_table() -> None:
    wild = {**TRAIN, "name": "<script>&\n2", "reason": "<b>\n" + "x" * 9000}
    assert Cells(plan_html([wild])).cells[0].startswith("<script>&")
    assert "<script>" not in plan_html([wild])
    lines = plan_text([wild]).split("\n")
    assert len(lines) == 3
    assert max(map(len, lines)) < 300
