"""Large values that travel as files are read once, however often cells are taken apart."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.fingerprint.cell import cell_parts
from maze_nb.sdk.fingerprint.reach import Reach
from maze_nb.sdk.fingerprint.seen import Seen
from maze_nb.sdk.values import keep_value
from maze_nb.wire.kept_value import KeptValue, MappedValue

COUNT = 150_000
BOXES = """
class Box:
    def __init__(self, n):
        self.n = n
"""


@pytest.fixture
def loads(monkeypatch) -> list[str]:
    """Give the names of the files that were read, as they are."""
    found: list[str] = []
    load = MappedValue.load

    def noted(self: MappedValue) -> Any:
        found.append(self.path.name)
        return load(self)

    monkeypatch.setattr(MappedValue, "load", noted)
    return found


@pytest.fixture
def boxes(tmp_path, monkeypatch) -> ModuleType:
    """Give a local module with a class."""
    (tmp_path / "fp_boxes.py").write_text(BOXES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    yield importlib.import_module("fp_boxes")
    sys.modules.pop("fp_boxes", None)


def parts_of(**captured: Any) -> dict[str, str]:
    """Take a cell apart that reads these values, in files; as in a submission of its own."""
    kept = {name: keep_value(value, name) for name, value in captured.items()}
    assert all(isinstance(each, KeptValue) for each in kept.values())
    source = f"out = [{', '.join(captured)}]"
    return cell_parts(
        CellFunction("cell", source, source, (), ("out",), is_strict=True), kept, Reach(Seen())
    )


VALUES = {
    "numbers": lambda n: [float(each + n) for each in range(COUNT)],
    "texts": lambda n: pd.DataFrame({"a": [f"text {each + n}" for each in range(COUNT)]}),
    "an array": lambda n: np.arange(COUNT) + n,
    "nested": lambda n: {"rows": [f"row {each + n}" for each in range(COUNT)], "n": [n]},
}


@pytest.mark.parametrize("why", VALUES)
def test_a_value_is_read_once(loads, why):
    make = VALUES[why]
    told = [parts_of(big=make(n)) for n in (0, 1, 0, 0, 1)]
    assert told[0] == told[2] == told[3] != told[1] == told[4]
    assert len(loads) == len(set(loads)) <= 2


def test_equal_contents_are_alike_wherever_they_are_read_first(loads):
    first, second = VALUES["numbers"](2), VALUES["numbers"](3)
    both = parts_of(one=first, other=second)
    assert parts_of(one=second, other=first) != both
    assert parts_of(one=list(first), other=list(second)) == both
    assert len(loads) == 2


def test_the_class_of_what_is_in_a_value_still_counts(loads, boxes):
    big = [boxes.Box(f"the number {n} of many") for n in range(COUNT // 4)]
    told = [parts_of(big=big) for _ in range(2)]
    assert told[0] == told[1]
    assert "class `Box`" in told[0]


def test_a_value_whose_file_is_gone_is_told_by_its_name():
    kept = keep_value(VALUES["numbers"](4), "big")
    gone = [KeptValue("0" * 64, kept.nbytes, "list"), KeptValue("1" * 64, kept.nbytes, "list")]
    function = CellFunction("cell", "out = big", "out = big", (), ("out",), is_strict=True)
    told = [cell_parts(function, {"big": each}, Reach(Seen())) for each in (*gone, gone[0])]
    assert told[0] == told[2] != told[1]
