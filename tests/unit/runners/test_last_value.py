"""The value of a cell's last line."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

from maze_nb.runners.cell import CellFunction
from maze_nb.runners.screen import current


class Screen:
    """Takes down what is displayed."""

    def __init__(self) -> None:
        self.figures: OrderedDict[Any, Any] | None = None
        self.shown: list[str] = []

    def display(self, data: dict[str, Any], metadata: dict[str, Any], display_id: str = "") -> None:
        self.shown.append(data["text/plain"])


def shown_by(source: str) -> list[str]:
    screen = Screen()
    token = current.set(screen)
    try:
        CellFunction("c", source, source, (), (), False)({})
    finally:
        current.reset(token)
    return screen.shown


@pytest.mark.parametrize(
    ("source", "shown", "why"),
    [
        ("1 + 1", ["2"], "an expression"),
        ("x = 3\nx", ["3"], "the last of several lines"),
        ("1\n2", ["2"], "only the last"),
        ("1 + 1;", [], "a semicolon"),
        ("1 + 1; # quiet", [], "a semicolon before a comment"),
        ("1 + 1 # ; loud", ["2"], "a semicolon in a comment"),
        ("';'", ["';'"], "a semicolon in a string"),
        ("1; 2", ["2"], "a semicolon between"),
        ("None", [], "None is not shown"),
        ("x = 1", [], "an assignment"),
        ("if True:\n    1", [], "an expression in a block"),
        ("(1,\n 2,\n)\n\n# end", ["(1, 2)"], "several lines and a comment"),
        ("import asyncio\nawait asyncio.sleep(0, 'slept')", ["'slept'"], "await"),
        ("async def f(): return 1\nx = await f()\nx", ["1"], "await before"),
        ("# nothing", [], "only a comment"),
        ("'''text'''", ["'text'"], "a string that could be a docstring"),
        ("len", ["<function len(obj, /)>"], "a function"),
        ("f'{1}'", ["'1'"], "an f-string"),
    ],
)
def test_it_is_shown_as_in_a_notebook(source, shown, why):
    assert shown_by(source) == shown, why


def test_it_is_no_name_of_the_cell():
    source = "x = 1\nx + 1"
    function = CellFunction("c", source, source, (), ("x",), False)
    assert function({}) == {"x": 1}
    assert shown_by("1\nsorted(name for name in globals() if name[1] != '_')") == ["[]"]


def test_a_line_of_several_that_raises_is_told_by_its_own_number():
    source = "# %%maze_task\nx = 1\n(x +\n  1 /\n  0)"
    with pytest.raises(ZeroDivisionError) as caught:
        shown_by(source)
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno + 1) == ("<cell c>", 4)
