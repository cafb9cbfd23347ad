"""Type hints are held against what inputs are given, when the graph is made."""

from __future__ import annotations

import collections.abc as abc
import functools
import typing
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from maze_nb import task
from maze_nb.errors import InputError, TypeHintError
from maze_nb.sdk.hint_fit import element_of, fits, misfit
from maze_nb.sdk.type_hints import hints_of
from maze_nb.sdk.workflow_graph import WorkflowGraph

T = TypeVar("T")
Number = TypeVar("Number", int, float)
UserId = NewType("UserId", int)


class Point(NamedTuple):
    x: int
    label: str


class Row(TypedDict):
    x: int
    label: str


class Loose(TypedDict, total=False):
    y: list[int]


class Boxed(TypedDict, typing.Generic[T]):
    item: T


class Unresolved(TypedDict):
    x: "Nowhere"  # noqa: F821, UP037 - a name that is not there


class Sized(typing.Protocol):
    def __len__(self) -> int: ...


class Base: ...


class Derived(Base): ...


class Box(typing.Generic[T]): ...


@pytest.mark.parametrize(
    ("value", "hint", "is_right"),
    [
        (3, int, True),
        (3, float, True),
        (3.0, int, False),
        (3.0, complex, True),
        (1j, float, False),
        (True, int, True),
        (np.int64(3), int, True),
        (np.float32(3), float, True),
        (np.float64(3), int, False),
        (Fraction(1, 2), float, True),
        (Decimal(1), float, False),
        ("3", int, False),
        (None, int, False),
        (None, None, True),
        (None, Optional[int], True),  # noqa: UP045
        ("x", int | None, False),
        ([1, 2], list[int], True),
        ([1, 2], list[float], True),
        ([1, "a"], list[int], False),
        ([0] * 500 + ["a"], list[int], False),
        ((1, 2), list[int], False),
        ((1, 2), abc.Sequence[int], True),
        (range(3), abc.Iterable[int], True),
        ("abc", abc.Sequence[str], True),
        ({"a": 1}, dict[str, int], True),
        ({"a": "b"}, dict[str, int], False),
        ({1: 1}, dict[str, int], False),
        ({"a": [1, None]}, dict[str, list[int | None]], True),
        ({"a": [1, ""]}, dict[str, list[int | None]], False),
        ((1, "a"), tuple[int, str], True),
        ((1, "a", 2), tuple[int, str], False),
        ((1, 2, 3), tuple[int, ...], True),
        ((1, "a"), tuple[int, ...], False),
        ({1, 2}, set[int], True),
        ("a", Literal["a", "b"], True),
        ("c", Literal["a", "b"], False),
        (int, type[int], True),
        (str, type[int], False),
        (len, abc.Callable[[str], int], True),
        (3, abc.Callable[[str], int], False),
        (Derived(), Base, True),
        (Base(), Derived, False),
        (Path("x"), Path, True),
        ("x", Path, False),
        (3, Annotated[int, "m"], True),
        ("3", Annotated[int, "m"], False),
        (3, UserId, True),
        ("3", UserId, False),
        (np.zeros(2), NDArray[np.float64], True),
        ([0.0], NDArray[np.float64], False),
        (np.zeros(2), np.ndarray, True),
        ("s", Sized, True),
        (3, Sized, True),
        ({"x": 1, "label": "a"}, Row, True),
        ({"x": "1", "label": "a"}, Row, False),
        ({"x": 1}, Row, False),
        ({"x": 1, "label": "a", "more": 2}, Row, True),
        ([("x", 1)], Row, False),
        ({}, Loose, True),
        ({"y": [1, 2]}, Loose, True),
        ({"y": [1, "2"]}, Loose, False),
        ([{"x": 1, "label": 2}], list[Row], False),
        ({"x": 1, "label": None}, Row | None, False),
        ({"item": 1}, Boxed[int], True),
        ({}, Boxed[int], False),
        ({"x": 1}, Unresolved, True),
        ({}, Unresolved, False),
        ("abc", abc.Sequence[float], False),
        ("abc", abc.Iterable[int], False),
        ("abc", abc.Sequence[Any], True),
        ("abc", abc.Sequence[str | int], True),
        ("abc", abc.Sequence, True),
        ("abc", list[str] | str, True),
        (b"abc", abc.Sequence[int], True),
        (b"abc", abc.Sequence[str], False),
        (range(3), abc.Sequence[float], True),
        (range(3), abc.Sequence[str], False),
        (Point(1, "a"), Point, True),
        (Point(1, "a"), tuple[int, str], True),
        ((1, "a"), Point, False),
        ([1], typing.List, True),  # noqa: UP006
        ("x", typing.List, False),  # noqa: UP006
        (object(), T, True),
        (object(), list[T], False),
        ([object()], list[T], True),
        (object(), "Unknown", True),
        (object(), Any, True),
        (object(), typing.LiteralString, True),
        (object(), Box[int], False),
        (Box(), Box[int], True),
    ],
)
def test_values_against_hints(value, hint, is_right):
    assert (misfit(value, hint, lambda _: None) is None) is is_right


@pytest.mark.parametrize(
    ("source", "target", "is_right"),
    [
        (int, int, True),
        (int, float, True),
        (float, int, False),
        (int, str, False),
        (bool, int, True),
        (np.int64, int, True),
        (Derived, Base, True),
        (Base, Derived, False),
        (Any, int, True),
        (int, Any, True),
        (object, int, True),
        (int, object, True),
        (int, int | None, True),
        (int | None, int, False),
        (int | None, float | None, True),
        (int | str, int | str | None, True),
        (list, list[int], True),
        (list[int], list, True),
        (list[int], list[float], True),
        (list[str], list[int], False),
        (list[Any], list[int], True),
        (list[int], abc.Sequence[int], True),
        (abc.Sequence[int], list[int], False),
        (dict[str, int], abc.Mapping[str, float], True),
        (dict[str, int], dict[str, str], False),
        (dict[str, int], abc.Iterable[str], True),
        (dict[int, int], abc.Iterable[str], False),
        (tuple[int, str], tuple[int, str], True),
        (tuple[int, str], tuple[int, int], False),
        (tuple[int, str], tuple[int, str, int], False),
        (tuple[int, int], tuple[int, ...], True),
        (tuple[int, ...], tuple[int, int], True),
        (tuple[int, ...], tuple[str, ...], False),
        (tuple[int, str], abc.Sequence[int], False),
        (Literal["a"], str, True),
        (Literal["a"], int, False),
        (Literal["a"], Literal["a", "b"], True),
        (UserId, int, True),
        (int, UserId, True),
        (str, UserId, False),
        (Annotated[int, 1], Annotated[float, []], True),
        (Annotated[str, []], Annotated[float, 1], False),
        (NDArray[np.float64], np.ndarray, True),
        (np.ndarray, NDArray[np.float64], True),
        (NDArray[np.float64], NDArray[np.int64], False),
        (Row, dict, True),
        (str, abc.Sequence[float], False),
        (str, abc.Sequence[str], True),
        (str, abc.Sequence, True),
        (bytes, abc.Sequence[int], True),
        (Row, abc.Mapping[str, Any], True),
        (Point, tuple[int, str], True),
        (Box[int], Box[str], False),
        (Box[int], Box, True),
        (abc.Callable[[int], str], abc.Callable[[str], str], True),
        (abc.Callable[[int], str], int, False),
        (type[int], type[int], True),
        (T, int, True),
        (int, Number, True),
        ("Late", int, True),
        (None, int, False),
        (None, None, True),
        (str, Sized, True),
    ],
)
def test_hints_against_hints(source, target, is_right):
    assert fits(source, target) is is_right


@pytest.mark.parametrize(
    ("hint", "element"),
    [
        (list[int], int),
        (tuple[int, ...], int),
        (tuple[int, str], int | str),
        (abc.Iterable[str], str),
        (list[int] | None, int),
        (dict[str, int], Any),
        (list, Any),
        (int, Any),
        (list[int] | list[str], Any),
    ],
)
def test_what_items_are(hint, element):
    assert element_of(hint) == element


@task
def count(text: str, times: int = 1) -> int:
    return len(text) * times


@task(outputs=["number", "word"])
def several(x) -> tuple[int, str]:
    return x, str(x)


@task(outputs=["label", "x"])
def row() -> Row:
    return {"x": 1, "label": ""}


@task(outputs=["first", "second"])
def point() -> Point:
    return Point(1, "")


@task
def late(a: Nowhere, b: int, c: list[Nowhere]) -> Nowhere:  # noqa: F821
    return a


@task
def implicit(n: int = None) -> int:  # noqa: RUF013
    return n


@task(inputs=["n"], outputs=["n2"])
def in_dict_form(params: dict[str, int]) -> dict[str, str]:
    return {"n2": ""}


@task(outputs=["table"])
def by_name() -> dict[str, int]:
    return {"table": 3}


@pytest.mark.parametrize(
    ("function", "inputs", "outputs"),
    [
        (count, {"text": str, "times": int}, {"result": int}),
        (several, {}, {"number": int, "word": str}),
        (row, {}, {"x": int, "label": str}),
        (point, {}, {"first": int, "second": str}),
        (late, {"b": int}, {}),
        (implicit, {"n": int | None}, {"result": int}),
        (in_dict_form, {}, {}),
        (by_name, {}, {}),
        (task(functools.partial(count.function, times=2)), {"text": str, "times": int}, None),
        (task(dict), {}, {}),
    ],
)
def test_what_a_function_says(function, inputs, outputs):
    found = hints_of(function)
    known = {name: hint for name, hint in found.outputs.items() if hint is not Any}
    assert found.inputs == inputs
    assert outputs is None or known == outputs


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (
            lambda flow: flow.add_task(count, {"text": 3}, name="t"),
            (
                "task 't' takes 'text' as str, but is given 3 (int): "
                "give it another value, or change the hint"
            ),
        ),
        (
            lambda flow: flow.add_task(
                count, {"text": flow.add_task(count, {"text": ""}, name="a").outputs["result"]}
            ),
            (
                "task 'count' takes 'text' as str, but is given output 'result' of task 'a' "
                "(int): give it another output, or change one of the hints"
            ),
        ),
        (
            lambda flow: flow.add_task(total, {"xs": [1, "a"]}),
            (
                "task 'total' takes 'xs' as list[int], but is given 'a' (str) "
                "where it has to be int: give it another value, or change the hint"
            ),
        ),
        (
            lambda flow: flow.add_task(
                total, {"xs": [1, flow.add_task(several, {"x": 1}).outputs["word"]]}
            ),
            (
                "task 'total' takes 'xs' as list[int], but is given output 'word' of task "
                "'several' (str) where it has to be int: "
                "give it another output, or change one of the hints"
            ),
        ),
        (
            lambda flow: flow.add_task(total, {"xs": []}).set_input("xs", None),
            (
                "task 'total' takes 'xs' as list[int], but is given None (NoneType): "
                "give it another value, or change the hint"
            ),
        ),
    ],
)
def test_the_error_says_what_came_from_where(give, said):
    with pytest.raises(TypeHintError) as caught:
        give(WorkflowGraph("tested"))
    assert str(caught.value) == said
    assert isinstance(caught.value, InputError)


@task
def total(xs: list[int]) -> int:
    return sum(xs)


def test_a_refused_task_is_not_there():
    flow = WorkflowGraph("tested")
    with pytest.raises(TypeHintError):
        flow.add_task(count, {"text": 3})
    assert flow.get_tasks() == []


def test_what_matches_is_taken():
    flow = WorkflowGraph("tested")
    a = flow.add_task(count, {"text": "x"})
    b = flow.add_task(several, {"x": a.outputs["result"]})
    flow.add_task(count, {"text": b.outputs["word"], "times": b.outputs["number"]})
    flow.add_task(total, {"xs": [1, a.outputs["result"], b.outputs["number"]]})
    flow.add_task(late, {"a": object(), "b": 3, "c": 5})
    flow.add_task(in_dict_form, {"n": "not a number"})
    flow.add_task(implicit, {"n": None})
