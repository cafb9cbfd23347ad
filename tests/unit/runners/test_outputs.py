"""What a function may return for what its task declares."""

from __future__ import annotations

import pytest

from maze_nb.errors import TaskFailedError
from maze_nb.runners.outputs import match_outputs


@pytest.mark.parametrize(
    ("returned", "outputs", "style", "expected"),
    [
        ({"a": 1}, ("a",), "dict", {"a": 1}),
        ({"b": 2, "a": 1}, ("a", "b"), "dict", {"a": 1, "b": 2}),
        ({}, (), "dict", {}),
        (5, ("a",), "plain", {"a": 5}),
        (None, ("a",), "plain", {"a": None}),
        ({"x": 1}, ("a",), "plain", {"a": {"x": 1}}),
        ({"a": 1}, ("a",), "plain", {"a": 1}),
        ((1, 2), ("a", "b"), "plain", {"a": 1, "b": 2}),
        ([1, 2], ("a", "b"), "plain", {"a": 1, "b": 2}),
        ({"b": 2, "a": 1}, ("a", "b"), "plain", {"a": 1, "b": 2}),
        (None, (), "plain", {}),
    ],
)
def test_outputs_by_name(returned, outputs, style, expected) -> None:
    assert match_outputs(returned, outputs, style, "t") == expected


@pytest.mark.parametrize(
    ("returned", "outputs", "style", "message"),
    [
        (None, ("a",), "dict", "must return a dict with the outputs 'a', but returned None"),
        ([1], ("a",), "dict", "but returned a list of 1"),
        ({}, ("a",), "dict", "did not return its output 'a'; it returned \\(none\\)"),
        ({"A": 1}, ("a",), "dict", "did not return its output 'a'"),
        ({"a": 1, "b": 2}, ("a",), "dict", "returned 'b', which is not among its outputs 'a'"),
        ((1, 2, 3), ("a", "b"), "plain", "but returned a tuple of 3"),
        (1, (), "plain", "0 outputs"),
    ],
)
def test_what_does_not_match_fails(returned, outputs, style, message) -> None:
    with pytest.raises(TaskFailedError, match=message):
        match_outputs(returned, outputs, style, "t")
