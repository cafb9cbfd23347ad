"""Inputs made of parts of what a task is given."""

from __future__ import annotations

import pytest

from maze_nb.errors import InputError
from maze_nb.runners.recipe import Joined, Part, Prepared, part_of, prepared, text_of

RESULT = {"metrics": {"accuracy": 0.9, "by class": [1, 2]}, "rows": [{"x": 1}]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), RESULT),
        (("metrics", "accuracy"), 0.9),
        (("metrics", "by class", 1), 2),
        (("rows", -1, "x"), 1),
    ],
)
def test_a_part_keeps_its_type(path, found) -> None:
    assert part_of(RESULT, path, "") == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("metrics", "acuracy"), "${a.b} has no part 'acuracy': did you mean 'accuracy'?"),
        (("rows", 5), "${a.b} has no part 5: there are 1 items"),
        (("rows", "x"), "${a.b} has no part 'x': what is looked into is a list"),
        (("metrics", "accuracy", 0), "what is looked into is a float"),
    ],
)
def test_a_part_that_is_not_there(path, said) -> None:
    with pytest.raises(InputError) as found:
        part_of(RESULT, path, "${a.b}")
    assert said in str(found.value)


def test_what_is_not_json_is_a_text_too() -> None:
    assert text_of({"a": {1}}) == "{'a': {1}}"
    assert text_of(float("nan")) == "nan"
    assert text_of(b"x") == "b'x'"


def test_an_input_made_of_what_was_not_made_is_left_out() -> None:
    recipe = {"x": [Part("item")], "y": Joined(("a", Part(0)))}
    assert prepared({"x": [], "y": [1]}, recipe) == {"y": "a1"}
    assert prepared({"x": [], "item": 3}, recipe) == {"x": [3], "item": 3}


@pytest.mark.parametrize("style", ["plain", "dict"])
def test_a_function_is_called_in_its_own_form(style) -> None:
    def plain(x, y=2):
        return x, y

    def in_dict_form(params):
        return params

    recipe = {"x": Part("item", ("a",))}
    if style == "plain":
        assert Prepared(plain, recipe, ("item",))(x=[], item={"a": 1}) == (1, 2)
    else:
        given = {"x": [], "item": {"a": 1}}
        assert Prepared(in_dict_form, recipe, ("item",))(given) == {"x": 1}


def test_it_goes_by_the_name_of_its_function_and_awaits_it() -> None:
    async def later(x):
        return x

    made = Prepared(later, {}, ())
    assert made.__name__ == "later"
    assert made.__module__ == __name__
    assert made(x=3) == 3
