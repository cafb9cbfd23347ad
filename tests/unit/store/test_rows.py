"""Rows hold what was put into them, however big, or say that they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_nb.errors import StoreError
from maze_nb.model.states import RunStatus
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.store.rows import (
    PART_BYTES,
    event_rows,
    events_in,
    joined_parts,
    part_rows,
    run_row,
    stored_run,
)

PATH = Path("runs.db")
A_RUN = StoredRun("a", "w", "name", 1.0, last_seq=3)


@pytest.mark.parametrize(
    "run",
    [
        A_RUN,
        StoredRun("b", "", "", 1.7e9 + 1 / 3, "ÿ\udcff", "owner", RunStatus.FAILED, 2.5, {"x": 1}),
        StoredRun("c", "w", "n", 1, finished=0, last_seq=2**40, nbytes=2**40, uses=("a", "b")),
    ],
)
def test_a_run_comes_back(run: StoredRun) -> None:
    row = run_row(run)
    assert {type(value) for value in row} <= {str, int, float, type(None)}
    assert stored_run(row, PATH) == run


@pytest.mark.parametrize("position", range(9))
@pytest.mark.parametrize("damage", [b"bytes", "text", 7.25, None])
def test_a_run_with_another_value_is_damaged(position: int, damage: object) -> None:
    row = [*run_row(StoredRun("a", "w", "n", 1.0, finished=2.0))]
    row[position] = damage
    with pytest.raises(StoreError, match=r"runs\.db is damaged: what it says of the run"):
        stored_run(tuple(row), PATH)


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_parts_come_together(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    rows = [
        (number, bytes(part), crc) for _, _, number, part, crc in part_rows(1, "graph", data[:size])
    ]
    assert joined_parts(rows, A_RUN, "graph", PATH) == data[:size]
    for lost in range(len(rows)):
        with pytest.raises(StoreError, match=r"graph of the run 'a' is (gone|not as written)"):
            joined_parts(rows[:lost] + rows[lost + 1 :], A_RUN, "graph", PATH)
    with pytest.raises(StoreError, match="not as written"):
        joined_parts([*rows, (len(rows), b"", 0)], A_RUN, "graph", PATH)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows[1:], "event 1 "),
        (lambda rows: [rows[0], rows[2]], "event 2 "),
        (lambda rows: rows[:2], "after 2 are gone"),
        (lambda rows: [], "after 0 are gone"),
        (lambda rows: [rows[0], (2, b"other", rows[1][2])], "event 2 "),
        (lambda rows: [rows[0], (2, "text", rows[1][2])], "event 2 "),
        (lambda rows: [(1, rows[1][1], rows[1][2]), *rows[1:]], "event 1 "),
        (lambda rows: [*rows, (4, b"", 0)], "event 4 "),
    ],
)
def test_events_that_are_not_as_written(spoil, message: str) -> None:
    entries = [Entry("a", number, b"%d" % number) for number in (1, 2, 3)]
    rows = [(seq, data, crc) for _, seq, data, crc in event_rows(9, entries)]
    assert events_in(rows, A_RUN, 0, 10, PATH) == [b"1", b"2", b"3"]
    with pytest.raises(StoreError, match=message):
        events_in(spoil(rows), A_RUN, 0, 10, PATH)
