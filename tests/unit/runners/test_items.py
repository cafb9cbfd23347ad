"""What can be mapped over, what counts as true, and which item a call picks."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maze_nb.errors import InputError
from maze_nb.runners.items import ITEM, Gathered, length_of, narrowed, not_mappable, truth_of
from maze_nb.runners.parts import gather, spread
from maze_nb.runners.python import bind_inputs
from maze_nb.runners.references import NotMade, Reference
from maze_nb.wire.code import dump_value
from maze_nb.wire.packed import pack
from maze_nb.wire.task_call import Source, TaskCall


class Odd:
    """Raises when it is looked at."""

    @property
    def shape(self) -> Any:
        raise ValueError("it has no shape")


def endless() -> Any:
    """Be a generator."""
    yield 1


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ([], 0), ([1, 2], 2), ((), 0), (range(3), 3), (deque([1]), 1),
        (np.zeros((4, 2)), 4), (np.array(1), None), (np.float64(1), None),
        (pd.Series([1, 2]), 2), (pd.Index([1]), 1), (pd.DataFrame({"a": [1]}), None),
        ("abc", None), (b"abc", None), (bytearray(2), None), (memoryview(b"a"), None),
        ({"a": 1}, None), ({1}, None), (frozenset(), None), (None, None), (3, None),
        (endless(), None), (Odd(), None), (list, None),
    ],
)  # fmt: skip
def test_what_is_in_order_and_knows_its_length_can_be_mapped_over(value, length):
    assert length_of(value) == length


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (True, True), (False, False), (0, False), (2.5, True), (None, False), ("", False),
        ("a", True), ([], False), ([0], True), ({}, False), (np.bool_(True), True),
        (np.int64(0), False), (np.zeros(2), None), (pd.DataFrame(), None), (Odd(), None),
        (object(), None), (Odd, None),
    ],
)  # fmt: skip
def test_plain_values_are_known_to_be_true_or_not(value, truth):
    assert truth_of(value) is truth


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("NoneType", "the list is None, which cannot be mapped over: let the task return a list"),
        ("dict", "the list is a dict, which cannot be mapped over: give list(….items())"),
        ("int", "the list is an int, which cannot be mapped over"),
        ("Thing", "the list is a Thing, which cannot be mapped over: give a list of its items"),
    ],
)
def test_it_is_said_what_to_give_instead(kind, says):
    assert not_mappable("the list", kind).startswith(says)


def call(inputs: dict[str, Source], references: list[Source] | None = None) -> TaskCall:
    """Return a call with these inputs."""
    return TaskCall(
        "python", "r", "M.1", "f[1]", "plain", "c", inputs, references or [], ("result",)
    )


def test_a_call_gets_its_item_alone():
    shared = [dump_value(item, "x") for item in ("p", "q")]
    made = spread({"rows": pack([{"a": 1}, {"a": 2}], "rows")}, "rows")
    inputs = {
        "x": Source(0, ITEM, 1),
        "same": Source(0, ITEM, 1),
        "y": Source(1, "\0shared", 1),
        "all": Source(2, "rows"),
    }
    found = narrowed(call(inputs), [made, shared, {"rows": [1, 2]}])
    assert found == [{ITEM: {"a": 2}}, shared[1], {"rows": [1, 2]}]
    assert bind_inputs(call(inputs), b"", found) == {
        "x": {"a": 2}, "same": {"a": 2}, "y": "q", "all": [1, 2]
    }  # fmt: skip


def test_a_list_that_became_shorter_is_told_of():
    with pytest.raises(InputError, match=r"'f\[1\]' has 1 items now, fewer than"):
        narrowed(call({"x": Source(0, ITEM, 1)}), [["only one"]])


def test_what_items_made_is_gathered_and_unpacked_once():
    made = gather("rows", {"rows": pack([1], "rows")}, {"rows": [2]})
    assert isinstance(made["rows"], Gathered)
    assert bind_inputs(call({"xs": Source(0, "rows")}), b"", [made]) == {"xs": [[1], [2]]}
    packed = {"rows": pack(made["rows"], "rows")}
    assert bind_inputs(call({"xs": Source(0, "rows")}), b"", [packed]) == {"xs": [[1], [2]]}


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (1, 2, {"either": 1, "first": 1, "listed": [1, 5]}),
        (NotMade(), 2, {"either": 2}),
        (NotMade(), NotMade(), {}),
    ],
)
def test_what_was_not_made_is_left_out(first, second, found):
    sources = Source(0, "a", others=(Source(1, "b"),)), Source(0, "a")
    constants = dump_value({"listed": [Reference(0), 5]}, "constants")
    inputs = {"either": sources[0], "first": sources[1], "listed": Source(-1)}
    dependencies = [{"a": pack(first, "a")}, {"b": second}]
    assert bind_inputs(call(inputs, [sources[1]]), constants, dependencies) == found
