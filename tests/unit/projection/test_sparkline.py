"""Sparklines: each end of a task is in one bar, and there are never more bars than fit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_nb.model.list_rows import SparklineRow
from maze_nb.projection.sparkline import BARS, add_ends, empty_sparkline

Ends = list[tuple[float, bool]]

seconds = st.floats(0, 1e8, allow_nan=False)
some_ends = st.lists(st.tuples(seconds, st.booleans()), max_size=50)


def made_of(*batches: Ends) -> SparklineRow:
    row = empty_sparkline()
    for batch in batches:
        row = add_ends(row, batch)
    return row


@given(some_ends)
def test_each_end_is_in_the_bar_of_its_time(ends: Ends) -> None:
    row = made_of(ends)
    assert len(row["ended"]) == len(row["failed"]) <= BARS
    expected = [[0, 0] for _ in row["ended"]]
    for when, has_failed in ends:
        bar = expected[int(when / row["seconds"])]
        bar[0] += 1
        bar[1] += has_failed
    assert [[*bar] for bar in zip(row["ended"], row["failed"], strict=True)] == expected


@given(some_ends, some_ends)
def test_what_comes_in_parts_comes_to_the_same(first: Ends, rest: Ends) -> None:
    assert made_of(first, rest) == made_of(first + rest)


@given(some_ends.filter(lambda ends: any(when >= 1 for when, _ in ends)))
def test_the_bars_are_not_wider_than_they_have_to_be(ends: Ends) -> None:
    row = made_of(ends)
    assert len(row["ended"]) > BARS // 2 or row["seconds"] == empty_sparkline()["seconds"]


@pytest.mark.parametrize("when", [-5.0, math.nan, math.inf, -math.inf, 1e300])
def test_a_clock_that_is_wrong_does_no_harm(when: float) -> None:
    row = made_of([(when, True)])
    assert sum(row["ended"]) == sum(row["failed"]) == 1
    assert len(row["ended"]) <= BARS


def test_a_row_is_never_changed() -> None:
    row = made_of([(1.0, False)])
    before = {**row, "ended": [*row["ended"]]}
    add_ends(row, [(100.0, True)])
    assert {**row, "ended": row["ended"]} == before
