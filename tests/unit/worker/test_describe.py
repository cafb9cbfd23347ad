"""On which failures a task is tried again, and what is told of outputs."""

from __future__ import annotations

import dask.config
import numpy as np
import pytest

from maze_nb.errors import SerializationError, TaskTimeoutError
from maze_nb.wire.code import dump_value
from maze_nb.wire.task_call import TaskCall
from maze_nb.worker.describe import describe_output, is_retryable, pack_output

CALL = TaskCall("python", "run", "task", "name", "plain", "", {}, [], ("a",))


@pytest.mark.parametrize(
    ("error", "types", "expected"),
    [
        (ValueError(), (), True),
        (SystemExit(), (), False),
        (KeyboardInterrupt(), (), False),
        (ValueError(), (ValueError,), True),
        (UnicodeError(), (ValueError,), True),
        (ValueError(), (OSError, TimeoutError), False),
        (TaskTimeoutError(), (OSError, TimeoutError), True),
        (SystemExit(), (SystemExit,), True),
    ],
)
def test_is_retryable(error, types, expected):
    assert is_retryable(error, dump_value(types, "types") if types else b"") is expected


@pytest.mark.parametrize("packed", [b"no pickle", dump_value(3, "x"), dump_value(("x",), "x")])
def test_types_that_cannot_be_read_are_met_by_no_error(packed):
    assert not is_retryable(ValueError(), packed)


@pytest.mark.parametrize("value", [1, "text", np.arange(10), np.arange(100_000), [{}] * 5000, None])
def test_a_packed_output_is_told_of_as_any_other(value):
    info, packed = pack_output("a", value, CALL)
    assert info == describe_output("a", value, CALL)
    assert np.array_equal(packed.load(), value)


def test_an_output_that_cannot_be_pickled_is_named():
    with pytest.raises(SerializationError, match=r"output 'a' of task 'name'"):
        pack_output("a", (each for each in ()), CALL)


def test_small_enough_is_what_the_setting_says():
    with dask.config.set({"maze.inline-limit": 10}):
        assert pack_output("a", "x" * 100, CALL)[0].inline is None
    assert pack_output("a", "x" * 100, CALL)[0].inline is not None
