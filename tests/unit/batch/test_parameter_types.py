"""Parameters are held against what the parameters cell says of them."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from maze_nb.batch.parameter_types import parameters_of
from maze_nb.errors import InputError
from maze_nb.sdk.notebook_parameters import check, with_types

CELL = """\
n: int = 3  # how many
rate: float = 0.1
name: str = "x"
is_on: bool = True
layers: list[int] = [1, 2]
maybe: int | None = None
options: dict[str, float] = {}
kind: Literal["a", "b"] = "a"
model: Unknown = make()
count = 2
word = "w"
flag = False
items = [1]
nothing = None
computed = 2 * n
"""
OK: Any = None


def known():
    cell = nbformat.v4.new_code_cell(CELL, metadata={"tags": ["parameters"]})
    found = parameters_of(nbformat.v4.new_notebook(cells=[cell]), "python3", "python")
    assert found is not None
    return found


def test_what_is_listed():
    found = known()
    assert list(found) == [
        "n", "rate", "name", "is_on", "layers", "maybe", "options", "kind", "model", "count",
        "word", "flag", "items", "nothing", "computed",
    ]  # fmt: skip
    assert (found["n"].expected, found["n"].default, found["n"].help) == ("int", "3", "how many")
    assert found["layers"].expected == "list[int]"
    assert [found[name].expected for name in ("count", "word", "flag", "items", "nothing")] == [
        "a number", "str", "bool", "list", "anything",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("n", 4, OK),
        ("n", 0.5, "parameter 'n' of nb.ipynb takes int, not 0.5 (float)"),
        ("n", True, "takes int, not True (bool)"),
        ("n", "four", "takes int, not 'four' (str)"),
        ("rate", 1, OK),
        ("rate", "fast", "takes float, not 'fast' (str)"),
        ("name", "y", OK),
        ("name", 5, "takes str, not 5 (int)"),
        ("is_on", False, OK),
        ("is_on", "true", "takes bool, not 'true' (str): write True or False"),
        ("is_on", 1, "takes bool"),
        ("layers", [3], OK),
        ("layers", ["3"], "takes list[int], not ['3'] (list)"),
        ("layers", "[3]", "-y 'layers: …' gives one as YAML"),
        ("maybe", None, OK),
        ("maybe", 2, OK),
        ("maybe", "2", "takes int | None"),
        ("options", {"a": 1}, OK),
        ("options", {"a": "b"}, "takes dict[str, float]"),
        ("kind", "b", OK),
        ("kind", "c", "takes Literal["),
        ("model", object(), OK),
        ("count", 0.5, OK),
        ("count", "2", "takes a number, not '2' (str)"),
        ("count", True, "takes a number, not True (bool)"),
        ("word", 2, "takes str"),
        ("flag", 0, "takes bool"),
        ("items", {}, "takes list"),
        ("nothing", [1], OK),
        ("computed", "x", OK),
        ("cuont", 1, "did you mean 'count'"),
        ("n", "x" * 100, "…"),
    ],
)
def test_check(name, value, complaint):
    if complaint is OK:
        check({name: value}, known(), "nb.ipynb")
        return
    with pytest.raises(InputError) as caught:
        check({name: value}, known(), "nb.ipynb", typed=[name])
    assert complaint in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_text_that_was_typed_stays_one():
    found = with_types({"name": "5", "n": "5", "x": "5"}, {"name": 5, "n": 5, "x": 5}, known())
    assert found == {"name": "5", "n": 5, "x": 5}
    assert with_types({}, {"name": 5}, known()) == {"name": 5}


def test_without_a_parameters_cell_anything_is_taken():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    assert parameters_of(notebook, "python3", "python") is None
    check({"anything": 1}, {}, "nb.ipynb")
