"""Grids as they are typed, and their combinations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_nb.errors import InputError
from maze_nb.sdk.sweep.grid import Grid, read_axes

VALUES: dict[str, list[Any]] = {
    "0.1,0.01": [0.1, 0.01],
    "1e-3": [0.001],
    "010": [10],
    "0x10": [16],
    "-1,.5": [-1, 0.5],
    "2:6": [2, 3, 4, 5, 6],
    "0:10:4": [0, 4, 8],
    "6:2:-2": [6, 4, 2],
    "-1:1": [-1, 0, 1],
    "2:3,8": [2, 3, 8],
    "adam, sgd": ["adam", "sgd"],
    "'2:6'": ["2:6"],
    '"0.1"': ["0.1"],
    "'a,b',c": ["a,b", "c"],
    "it's,ours": ["it's", "ours"],
    "true,False,None": [True, False, None],
    "yes,no,on": ["yes", "no", "on"],
    "2024-01-01": ["2024-01-01"],
    "s3://bucket/a,b:c": ["s3://bucket/a", "b:c"],
    "[1,2],[3]": [[1, 2], [3]],
    "{a: 1, b: 'x,y'}": [{"a": 1, "b": "x,y"}],
    "''": [""],
}


@pytest.mark.parametrize(("text", "wanted"), VALUES.items(), ids=VALUES.keys())
def test_values_are_read_with_their_types(text: str, wanted: list[Any]) -> None:
    found = list(read_axes([f"x={text}"])["x"])
    assert found == wanted
    assert [type(value) for value in found] == [type(value) for value in wanted]


BAD = {
    ("lr",): "'lr' is no part of a grid",
    ("=1",): "'=1' is no part of a grid",
    ("a b=1",): "'a b=1' is no part of a grid",
    ("lr=",): "'lr=' has an empty value",
    ("lr=1,,2",): "'lr=1,,2' has an empty value",
    ("lr=1", "lr=2"): "'lr' is in the grid twice",
    ("d=6:2",): "the range '6:2' in 'd=6:2' is empty: did you mean 6:2:-1?",
    ("d=2:6:-1",): "is empty: did you mean 2:6?",
    ("d=1:5:0",): "has the step 0",
    ("d=0:1:0.1",): "'0:1:0.1' in 'd=0:1:0.1' is no range of whole numbers",
    ("d=1:2:3:4",): "",
    ("d='abc",): "has no closing '",
    ("d=[1,2",): "has no closing bracket",
    ("d=[1,2}",): "cannot be read",
    ("d=1:1000000000,5",): "has more than 100,000 values",
    ("d=1:1000000000",): "the grid has 1,000,000,000 combinations, more than 100,000",
    ("a=1:1000", "b=1:1000"): "a (1,000) × b (1,000)",
    ("d=1,2,1",): "the grid has 1 for 'd' twice",
    (): "a sweep needs a grid",
}


@pytest.mark.parametrize(("texts", "wanted"), BAD.items(), ids=map(str, BAD))
def test_a_bad_grid_is_refused_by_name(texts: tuple[str, ...], wanted: str) -> None:
    if not wanted:
        assert read_axes(texts)["d"] == ["1:2:3:4"]
        return
    with pytest.raises(InputError) as caught:
        Grid(read_axes(texts))
    assert wanted in str(caught.value)


@given(st.text(alphabet="ab=:,'\"[]{}0123.-e \\\n", max_size=20))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        grid = Grid(read_axes([f"x={text}"]))
    except InputError:
        return
    assert len(grid) >= 1


def test_the_last_parameter_counts_fastest() -> None:
    grid = Grid({"a": [1, 2], "b": ["x", "y"]})
    assert list(grid) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]
    assert len(grid) == 4


REFUSED = {
    "a text": ({"a": "xyz"}, {}, "a list of values for 'a'"),
    "a number": ({"a": 3}, {}, "write [3]"),
    "nothing": ({"a": []}, {}, "no values for 'a'"),
    "an object": ({"a": [object()]}, {}, "value 0 of 'a' in the grid is an object"),
    "fixed too": ({"a": [1]}, {"a": 2}, "'a' is in the grid and fixed too"),
    "fixed to an object": ({"a": [1]}, {"b": {1}}, "parameter 'b' is a set"),
    "no name": ({"a-b": [1]}, {}, "is no name of a parameter"),
}


@pytest.mark.parametrize(("axes", "fixed", "wanted"), REFUSED.values(), ids=REFUSED.keys())
def test_a_grid_that_makes_no_sense(axes: Any, fixed: Any, wanted: str) -> None:
    with pytest.raises(InputError) as caught:
        Grid(axes, fixed)
    assert wanted in str(caught.value)
