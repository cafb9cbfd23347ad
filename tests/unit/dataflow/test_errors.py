"""Cells that Python refuses: the message says where and what."""

from __future__ import annotations

import warnings

import pytest

from maze_nb.dataflow import analyse_cell
from maze_nb.errors import CellError

REFUSED = [
    ("x = = 2", "line 1", "invalid syntax", "plain nonsense"),
    ("x = 1\nreturn x", "line 2", "'return' outside function", "return at top level"),
    ("x = 1\n\nyield x", "line 3", "'yield' outside function", "yield at top level"),
    ("yield from x", "line 1", "outside function", "yield from at top level"),
    ("break", "line 1", "'break' outside loop", "break at top level"),
    ("continue", "line 1", "not properly in loop", "continue at top level"),
    ("nonlocal x", "line 1", "nonlocal declaration not allowed at module level", "nonlocal"),
    ("def f(x):\n    global x", "line 2", "parameter and global", "two scopes for one name"),
    ("def f():\n    await x", "line 2", "'await' outside async function", "await in a plain def"),
    ("if x:\ny = 1", "line 2", "expected an indented block", "indentation"),
    ("f(", "line 1", "'(' was never closed", "an open bracket"),
    ("x = 'abc", "line 1", "unterminated string", "an open string"),
    ("f() = 1", "line 1", "cannot assign to function call", "no target"),
    ("def f(a, a): pass", "line 1", "duplicate argument 'a'", "a parameter twice"),
    ("x = 1\x00", "", "null bytes", "a null byte"),
    ("from __future__ import braces", "line 1", "not a chance", "a future that never comes"),
]


@pytest.mark.parametrize(("cell", "place", "words", "why"), REFUSED)
def test_a_refused_cell_is_named_with_its_line(cell, place, words, why):
    with pytest.raises(CellError) as caught:
        analyse_cell(cell, name="train")
    message = str(caught.value)
    assert "'train'" in message, why
    assert place in message, why
    assert words in message, why


def test_the_caret_stands_under_the_place():
    with pytest.raises(CellError) as caught:
        analyse_cell("ok = 1\nvalue = 1 +* 2\n")
    assert str(caught.value).splitlines()[1:] == ["    value = 1 +* 2", "               ^"]


def test_warnings_of_the_compiler_are_left_for_when_the_cell_runs():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        analyse_cell("x = '\\d'\ny = 1 is 1")


def test_too_deep_a_cell_is_refused_and_not_a_crash():
    with pytest.raises(CellError):
        analyse_cell("x = " + "(" * 1000 + ")" * 1000)
