"""The options of a task as people write them: what is taken, and what is refused in which words."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from maze_nb.errors import OptionError, WorkflowError
from maze_nb.model.parse_options import CheckedOptions, check_deadline, parse_options
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import Deadline, TaskOptions

HOUR = timedelta(hours=1)


def parse(given: Mapping[str, Any], base: CheckedOptions | None = None) -> CheckedOptions:
    asked = {"gpu": given["gpu"]} if "gpu" in given else {}
    options = {name: value for name, value in given.items() if name != "gpu"}
    return parse_options(options, base=base, resources=Resources(**asked), where="task 'x'")


# What is written, and what becomes of it.
TAKEN = [
    ({}, {}),
    ({"timeout": 3}, {"timeout": 3.0}),
    ({"timeout": Fraction(1, 2)}, {"timeout": 0.5}),
    ({"timeout": timedelta(minutes=2)}, {"timeout": 120.0}),
    ({"timeout": None, "deadline": None, "tags": None, "retry_on": None}, {}),
    ({"isolation": "thread"}, {"isolation": "thread"}),
    ({"isolation": "process", "timeout": 1, "gpu": 1}, {"isolation": "process", "timeout": 1.0}),
    ({"retries": 0}, {"retries": 0}),
    ({"retries": 7, "backoff": 0}, {"retries": 7, "backoff": 0.0}),
    ({"backoff": timedelta(seconds=2)}, {"backoff": 2.0}),
    ({"retry_on": OSError}, {"retry_on": ("OSError",)}),
    ({"retry_on": [OSError, ValueError, OSError]}, {"retry_on": ("OSError", "ValueError")}),
    ({"retry_on": (kind for kind in (KeyError, OSError))}, {"retry_on": ("KeyError", "OSError")}),
    ({"retry_on": ()}, {"retry_on": ()}),
    ({"priority": -100}, {"priority": -100}),
    ({"priority": 100}, {"priority": 100}),
    ({"deadline": 90}, {"deadline": Deadline(90.0)}),
    ({"deadline": HOUR}, {"deadline": Deadline(3600.0)}),
    ({"tags": "a100"}, {"tags": ("a100",)}),
    ({"node": "rack-7"}, {"node": "rack-7"}),
    ({"node": None}, {"node": ""}),
    ({"tags": ["b", "a", "b"], "prefer": {"z"}}, {"tags": ("a", "b"), "prefer": ("z",)}),
    ({"tags": []}, {"tags": ()}),
]


@pytest.mark.parametrize(("given", "made"), TAKEN)
def test_what_is_taken(given: dict[str, Any], made: dict[str, Any]) -> None:
    assert parse(given).options == TaskOptions(**made)


NAIVE = datetime.now() + HOUR
AWARE = datetime.now(UTC) + HOUR


def test_a_point_in_time_is_a_deadline_and_without_a_zone_it_is_local() -> None:
    soon = time.time() + 3600
    for when in (datetime.fromtimestamp(soon), datetime.fromtimestamp(soon, UTC)):
        deadline = parse({"deadline": when}).options.deadline
        assert deadline is not None
        assert deadline.is_absolute
        assert abs(deadline.seconds - soon) < 0.001


# What is written, and words that the refusal has beside the name of the option.
REFUSED = [
    ({"timeout": 0}, ["a timeout of 0 would stop it before it starts", "leave it out"]),
    ({"timeout": -1}, ["-1", "cannot be negative", "leave it out"]),
    ({"timeout": timedelta(seconds=-1)}, ["cannot be negative"]),
    ({"timeout": True}, ["True", "finite number of seconds", "such as 30"]),
    ({"timeout": "30"}, ["'30'", "finite number of seconds"]),
    ({"timeout": math.inf}, ["inf", "finite"]),
    ({"timeout": math.nan}, ["nan", "finite"]),
    ({"timeout": 1e12}, ["over 30 years"]),
    ({"isolation": "proces"}, ["'proces'", "did you mean 'process'?"]),
    ({"isolation": None}, ["'auto', 'process', 'thread'"]),
    ({"isolation": ["thread"]}, ["'thread'"]),
    ({"isolation": "thread", "timeout": 2}, ["cannot be stopped", "use isolation='process'"]),
    ({"isolation": "thread", "gpu": 0.5}, ["0.5 GPU", "devices", "use isolation='process'"]),
    ({"retries": -1}, ["-1", "whole number from 0"]),
    ({"retries": 1.0}, ["1.0", "whole number"]),
    ({"retries": True}, ["True", "whole number"]),
    ({"retries": "3"}, ["'3'", "whole number"]),
    ({"backoff": -0.5}, ["-0.5", "0 or more seconds"]),
    ({"backoff": math.inf}, ["finite"]),
    ({"backoff": None}, ["finite number"]),
    ({"retry_on": 5}, ["has 5, which is no exception type", "ValueError"]),
    ({"retry_on": int}, ["<class 'int'>", "no exception type"]),
    ({"retry_on": [ValueError, "OSError"]}, ["'OSError'", "without quotes"]),
    ({"retry_on": [[OSError]]}, ["no exception type"]),
    ({"retry_on": ValueError("x")}, ["ValueError('x')", "no exception type"]),
    ({"priority": 101}, ["101", "from -100 to 100"]),
    ({"priority": -101}, ["from -100 to 100"]),
    ({"priority": 0.5}, ["whole number"]),
    ({"priority": False}, ["whole number"]),
    ({"deadline": 0}, ["more than 0 seconds from the run's start"]),
    ({"deadline": -HOUR}, ["more than 0 seconds"]),
    ({"deadline": 1_900_000_000}, ["over 30 years", "give a datetime"]),
    ({"deadline": date(2090, 1, 1)}, ["or a datetime"]),
    ({"deadline": datetime.min}, ["out of range"]),
    ({"deadline": NAIVE - 2 * HOUR}, ["ago", "still to come"]),
    ({"deadline": AWARE - 49 * HOUR}, ["2 days, 0:", "still to come"]),
    ({"tags": "a,b"}, ["'a,b' is no tag", "such as tags=['a100'"]),
    ({"tags": ["a b"]}, ["'a b' is no tag"]),
    ({"tags": ["a\t"]}, ["is no tag"]),
    ({"tags": [""]}, ["'' is no tag"]),
    ({"tags": [3]}, ["3 is no tag"]),
    ({"tags": b"a"}, ["tag or a list of tags"]),
    ({"node": 3}, ["the name of a node"]),
    ({"node": " "}, ["the name of a node"]),
    ({"prefer": 3}, ["such as prefer=['a100'"]),
    ({"timout": 3}, ["unknown option", "did you mean 'timeout'?"]),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_what_is_refused(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        parse(given)
    assert isinstance(caught.value, WorkflowError)
    for word in ["task 'x'", next(iter(given)), *words]:
        assert word in str(caught.value)


def test_what_is_given_goes_before_the_base_name_by_name() -> None:
    base = parse({"timeout": 5, "retries": 2, "retry_on": OSError, "tags": "a"})
    found = parse({"retries": 0, "timeout": None, "priority": 3}, base)
    assert found.options == TaskOptions(priority=3, retry_on=("OSError",), tags=("a",))
    assert found.retry_types == (OSError,)
    assert parse({"retry_on": None}, base).retry_types == ()


def test_the_base_and_what_is_given_must_agree() -> None:
    base = parse({"isolation": "thread"})
    with pytest.raises(OptionError, match=r"isolation='thread' and a timeout of 9 s"):
        parse({"timeout": 9}, base)
    assert parse({"timeout": 9, "isolation": "auto"}, base).options.timeout == 9


def test_a_deadline_that_has_passed_meanwhile_is_told() -> None:
    check_deadline(TaskOptions(), "task 'x'")
    check_deadline(TaskOptions(deadline=Deadline(1.0)), "task 'x'")
    check_deadline(TaskOptions(deadline=Deadline(time.time() + 60, is_absolute=True)), "task 'x'")
    with pytest.raises(OptionError, match=r"'deadline' of task 'x' is .* ago"):
        check_deadline(TaskOptions(deadline=Deadline(1.0, is_absolute=True)), "task 'x'")
