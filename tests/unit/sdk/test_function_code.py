"""What travels of a function besides its code."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from maze_nb.sdk.function_code import dump_function
from maze_nb.wire.code import load_code
from maze_nb.wire.source_texts import LONGEST

HELPER = "/nowhere/cell-1.py"
CELL = "/nowhere/cell-2.py"


def nothing(name: str) -> Any:
    raise AssertionError(name)


def defined(filename: str, text: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Define what a cell of a notebook does, as IPython does."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), namespace)
    return namespace


@pytest.fixture
def fit() -> Callable[[], None]:
    namespace = defined(
        HELPER, "def check(x):\n    assert x > 2, 'too few'\n", {"__name__": "__main__"}
    )
    return defined(CELL, "def fit():\n    check(1)  # only one\n", namespace)["fit"]


def told_of(function: Callable[[], None]) -> str:
    """Return the traceback of a function where nobody has its cells."""
    data, _ = dump_function(function, "fit")
    for filename in (HELPER, CELL):
        linecache.cache.pop(filename, None)
    loaded = load_code(data, nothing)
    with pytest.raises(AssertionError) as raised:
        loaded()
    return "".join(traceback.format_exception(raised.value))


def test_tracebacks_show_the_lines_of_a_function_and_of_what_it_calls(fit):
    told = told_of(fit)
    assert "check(1)  # only one" in told
    assert "assert x > 2, 'too few'" in told


def test_a_text_that_is_too_long_stays_at_home():
    text = f"def fit():\n    assert 0, 'no'  # {'x' * LONGEST}\n"
    told = told_of(defined(CELL, text, {"__name__": "__main__"})["fit"])
    assert CELL in told
    assert "xxx" not in told
