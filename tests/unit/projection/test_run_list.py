"""Pages of a list of runs: order, search, filter, and questions that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.projection.run_list import MOST_ROWS, asked_page, runs_page
from maze_nb.projection.sparkline import empty_sparkline
from maze_nb.store.protocol import StoredRun
from maze_nb.wire.submission import RunSummary

RUNS = [
    StoredRun("aa10", "w", "train", 1.0, "/home/me/nightly.ipynb", status="failed").summary(),
    StoredRun("ab20", "w", "Train big", 3.0, status="succeeded").summary(),
    StoredRun("cc30", "v", "clean", 2.0, "notes.ipynb", status="failed").summary(),
    RunSummary("dd40", "v", "<b>clean</b>\nup", "running", 4.0, None, {"running": 2}),
]


@pytest.mark.parametrize(
    ("asked", "expected", "matched"),
    [
        ({}, ["dd40", "ab20", "cc30", "aa10"], 4),
        ({"search": "train"}, ["ab20", "aa10"], 2),
        ({"search": "TRAIN fail"}, ["aa10"], 1),
        ({"search": "ipynb"}, ["cc30", "aa10"], 2),
        ({"search": "cc3"}, ["cc30"], 1),
        ({"search": "nothing"}, [], 0),
        ({"statuses": ["failed"]}, ["cc30", "aa10"], 2),
        ({"statuses": "failed,running"}, ["dd40", "cc30", "aa10"], 3),
        ({"statuses": ""}, ["dd40", "ab20", "cc30", "aa10"], 4),
        ({"offset": 1, "limit": 2}, ["ab20", "cc30"], 4),
        ({"offset": "2"}, ["cc30", "aa10"], 4),
        ({"offset": 9}, [], 4),
        ({"offset": -3, "limit": "1"}, ["dd40"], 4),
        ({"limit": -1}, [], 4),
        ({"limit": "many", "offset": None, "search": None, "statuses": 7}, None, 4),
    ],
)
def test_pages(asked: dict[str, Any], expected: list[str] | None, matched: int) -> None:
    page = asked_page(RUNS, asked)
    found = [row["run_id"] for row in page["rows"]]
    assert found == (["dd40", "ab20", "cc30", "aa10"] if expected is None else expected)
    assert page["matched"] == matched
    assert page["total"] == 4


def test_statuses_are_counted_among_what_the_search_finds() -> None:
    page = runs_page(RUNS, search="clean", statuses=["failed"], place="here", note="slow")
    assert page["statuses"] == {"failed": 1, "running": 1}
    assert (page["place"], page["note"]) == ("here", "slow")


def test_a_row_says_what_is_known_of_a_run() -> None:
    (row,) = runs_page(RUNS, search="dd40")["rows"]
    assert row == {
        "run_id": "dd40",
        "workflow_id": "v",
        "name": "<b>clean</b>",
        "status": "running",
        "started": 4.0,
        "finished": None,
        "counts": {"running": 2},
        "origin": "",
        "nbytes": 0,
        "is_here": False,
        "sparkline": empty_sparkline(),
    }


def test_a_page_has_a_bound() -> None:
    many = [StoredRun(f"run-{at}", "w", "name", float(at)).summary() for at in range(1_000)]
    assert len(runs_page(many, limit=10_000)["rows"]) == MOST_ROWS
