"""Why a cell has to run, in the words of a notebook."""

from __future__ import annotations

import pytest

from maze_nb.magics.status import in_words

REASONS = [
    (
        "input `x` comes from task 'load', which runs again",
        "cell 'load', which makes 'x', is stale",
    ),
    (
        "inputs `X_test`, `X_train`, `y`, … come from task 'split', which runs again",
        "cell 'split', which makes 'X_test', 'X_train', 'y', …, is stale",
    ),
    ("input `x` changed, which task 'load' made", "'x' of cell 'load' changed"),
    ("inputs `x`, `y` changed, which task 'load' made", "'x', 'y' of cell 'load' changed"),
    (
        "helper `f` changed, inputs `x`, `y` come from task 'a', which runs again and 1 more",
        "the function 'f' changed, cell 'a', which makes 'x', 'y', is stale and 1 more",
    ),
]


@pytest.mark.parametrize(("reason", "words"), REASONS)
def test_reasons_are_told_by_cell(reason, words):
    assert in_words(reason) == words
