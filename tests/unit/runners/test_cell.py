"""Cells as functions, as a worker runs them."""

from __future__ import annotations

import traceback

import cloudpickle
import pytest

from maze_nb.errors import TaskFailedError
from maze_nb.runners.cell import NOTEBOOK, Absent, Captured, CellFunction
from maze_nb.wire.code import dump_value


def cell(source: str, *outputs: str, is_strict: bool = False, prelude=()) -> CellFunction:
    text = f"%%maze_task c\n{source}"
    return CellFunction("c", "\n" + source, text, tuple(prelude), outputs, is_strict)


@pytest.mark.parametrize(
    ("source", "params", "expected"),
    [
        ("y = x + 1", {"x": 1}, {"y": 2}),
        ("y = x + 1", {"x": Captured(dump_value(4, "x"))}, {"y": 5}),
        ("def y(): return x", {"x": 1}, None),
        ("import asyncio\nawait asyncio.sleep(0)\ny = 3", {}, {"y": 3}),
        ("y = [a * x for a in range(3)]", {"x": 2}, {"y": [0, 2, 4]}),
        ("class A:\n    v = 1\ny = A.v", {}, {"y": 1}),
        ("y = math.floor(2.5)", {}, {"y": 2}),
    ],
)
def test_what_a_cell_makes(source, params, expected) -> None:
    found = cell(source, "y", prelude=["import math"])(params)
    if expected is None:
        assert found["y"]() == 1
    else:
        assert found == expected


def test_a_traceback_has_the_lines_of_the_notebook() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        cell("a = 1\nb = a / 0", "b")({})
    text = "".join(traceback.format_exception(caught.value))
    assert 'File "<cell c>", line 3' in text
    assert "b = a / 0" in text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("pass", "ended without making 'y'"),
        ("y = (n for n in [1])", "a generator cannot leave the worker"),
        ("import threading\ny = threading.Lock()", "a lock cannot leave the worker"),
        ("import sys\ny = sys.__stderr__", "a file stays where it was opened"),
    ],
)
def test_inferred_outputs_that_cannot_travel_are_absent(source: str, reason: str) -> None:
    found = cell(source, "y")({})["y"]
    assert isinstance(found, Absent)
    assert reason in found.reason
    with pytest.raises(TaskFailedError, match="'y' of cell 'c' is not there"):
        cell("z = y", "z")({"y": found})


def test_named_outputs_must_be_made() -> None:
    with pytest.raises(TaskFailedError, match="without making 'y': did you mean 'yy'"):
        cell("yy = 1", "y", is_strict=True)({})


def test_modules_travel_by_name() -> None:
    try_first = "try:\n    import no_such_module as y\nexcept ImportError:\n    import math as y"
    assert cell(try_first, "y")({})["y"].floor(2.5) == 2


def test_what_comes_from_the_notebook_shares_one_namespace() -> None:
    notebook: dict = {"__name__": "__main__"}
    exec(
        "import math\nk = 2\nshared = [k]\nagain = [shared]\ndef f(v): return v * k + made",
        notebook,
    )
    exec("def carrier(): return (f, shared, again, math)", notebook)
    captured = Captured(cloudpickle.dumps(notebook["carrier"]))
    found = cell("y = f(10) + math.floor(0.5), shared is again[0], __name__", "y")(
        {"made": 1, NOTEBOOK: captured}
    )
    assert found == {"y": (21, True, "__main__")}
