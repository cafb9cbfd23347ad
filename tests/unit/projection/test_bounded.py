"""Text of any object is bounded, sendable, and never fatal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_nb.projection.bounded import bounded_text, first_line, middle_cut_text, preview_text


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("no")

    __str__ = __repr__


class Verbose:
    def __repr__(self) -> str:
        return "x" * 10_000_000


class NotText:
    def __repr__(self):
        return 7


@pytest.mark.parametrize(
    ("value", "preview"),
    [
        (1, "1"),
        ("text", "'text'"),
        ([1, 2], "[1, 2]"),
        (Unprintable(), "⟨no preview: its repr raised ValueError⟩"),
        (NotText(), "⟨no preview: its repr raised TypeError⟩"),
        (Verbose(), "x" * 1999 + "…"),
    ],
)
def test_preview(value, preview):
    assert preview_text(value) == preview


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x00b", "a\ufffdb"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\ud800", "\ufffd"),
        (Unprintable(), "⟨no text: its str raised ValueError⟩"),
    ],
)
def test_unsendable_characters_are_replaced(value, text):
    assert bounded_text(value) == text


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_bounded_text_is_bounded_and_travels(text, limit):
    bounded = bounded_text(text, limit)
    assert len(bounded) <= limit
    assert json.loads(json.dumps(bounded, ensure_ascii=False).encode()) == bounded


def test_the_middle_of_a_long_traceback_is_left_out():
    text = middle_cut_text("top\n" + "x" * 9000 + "\nValueError: last", 300)
    assert text.startswith("top\n")
    assert text.endswith("ValueError: last")
    assert "characters left out" in text
    assert len(text) < 400


@pytest.mark.parametrize(
    ("value", "line"),
    [("", ""), ("\n\n one \n two", "one"), ("x" * 300, "x" * 199 + "…")],
)
def test_first_line(value, line):
    assert first_line(value) == line
