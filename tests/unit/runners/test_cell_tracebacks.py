"""What the traceback of a cell shows of functions that other cells define."""

from __future__ import annotations

import linecache
import traceback
from typing import Any

import pytest

from maze_nb.dataflow import analyse_cell
from maze_nb.magics.capture import capture
from maze_nb.runners.cell import NOTEBOOK, CellFunction

HELPER = "# first line\ndef helper(x):\n    return (1 +\n            x / 0)\n"
SOURCE = "# %%maze_task\n\nvalue = (\n    helper(2)\n)"


def defined(filename: str) -> dict[str, Any]:
    """Return the variables of a notebook in which a cell was run, as IPython runs it."""
    lines = HELPER.splitlines(keepends=True)
    linecache.cache[filename] = (len(HELPER), None, lines, filename)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(HELPER, filename, "exec"), namespace)
    return namespace


def told_of(function: CellFunction, params: dict[str, Any], forgotten: str) -> str:
    # Workers have not run the cell that defines the function.
    linecache.cache.pop(forgotten)
    with pytest.raises(ZeroDivisionError) as caught:
        function(params)
    return "".join(traceback.format_exception(caught.value))


def test_a_function_of_the_notebook():
    filename = "/no/such/ipykernel_1/2.py"
    namespace = defined(filename)
    names = analyse_cell(SOURCE, name="c")
    taken = capture({"helper"}, namespace, "c", SOURCE, names).inputs
    text = told_of(
        CellFunction("c", SOURCE, SOURCE, (), (), False), {NOTEBOOK: taken[NOTEBOOK]}, filename
    )
    assert 'File "<cell c>", line 4, in <module>\n    helper(2)\n' in text
    assert f'File "{filename}", line 4, in helper\n    x / 0)\n' in text


def test_a_function_of_another_task():
    helper = defined("<cell helpers>")["helper"]
    function = CellFunction("c", SOURCE, SOURCE, (), (), False, (("helpers", HELPER),))
    text = told_of(function, {"helper": helper}, "<cell helpers>")
    assert 'File "<cell helpers>", line 4, in helper\n    x / 0)\n' in text
