"""Which variables hold what tasks made, and which a person assigned since."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from maze_nb.magics.values import Values


def begin(values: Values, variables: dict[str, Any]) -> None:
    values.begin(["x"])


def bind(run: str) -> Any:
    return lambda values, variables: values.bind({"x": [run]}, run)


def assign(values: Values, variables: dict[str, Any]) -> None:
    variables["x"] = ["a person's"]
    values.assign(["x"])


def assign_unseen(values: Values, variables: dict[str, Any]) -> None:
    variables["x"] = ["by exec"]


def change(values: Values, variables: dict[str, Any]) -> None:
    variables["x"].append("more")


def lend(values: Values, variables: dict[str, Any]) -> None:
    values.lend(["x"])
    variables["x"] = ["as a task had it"]


def take_back(values: Values, variables: dict[str, Any]) -> None:
    values.take_back()


def delete(values: Values, variables: dict[str, Any]) -> None:
    del variables["x"]


# What happened in order; whether the variable is a person's own then, the run whose value it
# holds if any, and why.
CASES = [
    ([], False, "", "nothing is there"),
    ([assign], True, "", "no task makes it"),
    ([assign, begin], False, "", "the task comes after the assignment"),
    ([assign_unseen, begin], False, "", "also where nobody saw it"),
    ([begin], False, "", "the task has made nothing yet"),
    ([begin, assign], True, "", "assigned after the task was begun"),
    ([begin, assign_unseen], True, "", "by code that hides it"),
    ([begin, bind("1")], False, "1", "bound"),
    ([begin, bind("1"), change], False, "1", "changed in place: it stays as it is"),
    ([begin, bind("1"), assign], True, "", "assigned after it was bound"),
    ([begin, bind("1"), assign_unseen], True, "", "by code that hides it"),
    ([begin, bind("1"), delete], False, "", "deleted: who reads it gets it anew"),
    ([begin, bind("1"), begin], False, "1", "a newer run has made nothing yet"),
    ([begin, bind("1"), begin, bind("2")], False, "2", "the newer value"),
    ([begin, bind("1"), assign, begin], False, "", "the newer run comes after the assignment"),
    ([begin, bind("1"), begin, assign], True, "", "the assignment comes after the newer run"),
    ([begin, assign, begin, bind("2")], False, "2", "bound over what came before the newer run"),
    ([begin, bind("1"), lend], True, "", "what a task had, to look at"),
    ([begin, bind("1"), lend, assign, take_back], False, "", "until the next run begins"),
    ([begin, bind("1"), assign, lend, take_back], True, "", "what is a person's is not lent"),
    ([bind("1")], False, "1", "by %maze_run, without having been read"),
]


@pytest.mark.parametrize(("steps", "is_persons", "run", "why"), CASES)
def test_whose_value_it_is(steps: list[Any], is_persons: bool, run: str, why: str) -> None:
    variables: dict[str, Any] = {}
    values = Values(variables)
    for step in steps:
        step(values, variables)
    assert values.is_persons("x") is is_persons, why
    for known in ("1", "2"):
        assert values.is_from("x", known) is (known == run), why


def test_who_changed_what_a_task_then_replaced_is_told_once() -> None:
    variables: dict[str, Any] = {}
    values = Values(variables)
    values.begin("xy")
    assert values.bind({"x": 1, "y": 2}, "1") == {}
    variables["x"] = 3
    values.assign(["x"], "cell [4]")
    variables["y"] = 4
    assert values.persons("xyz") == {"x": "cell [4]", "y": "a cell"}
    values.begin("xy")
    assert values.persons("xy") == {}
    assert values.bind({"x": 5, "y": 6}, "2") == {"x": "cell [4]"}
    assert values.bind({"x": 5}, "3") == {}


def test_nothing_is_kept_alive() -> None:
    class Big:
        pass

    variables: dict[str, Any] = {}
    values = Values(variables)
    values.bind({"x": Big()}, "1")
    held = weakref.ref(variables["x"])
    values.begin(["x"])
    del variables["x"]
    assert held() is None
