"""What is shown of values of users is bounded, and their own code cannot break it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest
from IPython.lib.pretty import pretty

from maze_nb.sdk.outputs import Outputs
from maze_nb.sdk.task_result import TaskResult


class Long:
    """Says fifty million characters of itself."""

    def __repr__(self) -> str:
        return "x" * 50_000_000


class Raising:
    """Cannot be shown."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __repr__(self) -> str:
        raise self.error


def _gone(_: bytes) -> Any:
    raise ImportError("no module named 'elsewhere'")


class _Unloadable:
    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return _gone, (b"",)


def _outputs(**values: Any) -> Outputs:
    inline = {name: cloudpickle.dumps(value) for name, value in values.items()}
    return Outputs("work", tuple(values), inline, lambda name: pytest.fail(f"{name} was fetched"))


SHOWN = [
    pytest.param(42, "42", id="plain"),
    pytest.param(Long(), "more characters>", id="long"),
    pytest.param(Raising(RuntimeError("no")), "its repr raised RuntimeError>", id="raises"),
    pytest.param(Raising(SystemExit(3)), "its repr raised SystemExit>", id="exits"),
]


@pytest.mark.parametrize(("value", "said"), SHOWN)
@pytest.mark.parametrize("make", [_outputs, TaskResult])
@pytest.mark.parametrize("show", [repr, pretty])
def test_what_is_shown_of_a_value_is_bounded_and_never_raises(
    show: Callable[[Any], str], make: Callable[..., Any], value: Any, said: str
) -> None:
    shown = show(make(first=value, last=1))

    assert said in shown
    assert "'last': 1" in shown
    assert len(shown) < 200_000


def test_the_summary_of_a_run_is_shown_though_its_values_cannot_be() -> None:
    summary = {"task_results": {str(n): _outputs(bad=Long()) for n in range(3)}}

    assert len(pretty(summary)) < 20_000


def test_many_outputs_of_a_task_are_shown_up_to_a_bound() -> None:
    shown = repr(_outputs(**{f"name_{number}": "y" * 1_000 for number in range(500)}))

    assert len(shown) < 10_000
    assert " more>" in shown


def test_what_cannot_be_loaded_here_is_said_where_values_are_shown() -> None:
    assert repr(_outputs(model=_Unloadable())) == "{'model': <it cannot be unpickled here>}"


def test_what_is_not_here_yet_is_not_fetched_to_be_shown() -> None:
    outputs = Outputs("work", ("big",), {}, lambda name: pytest.fail(f"{name} was fetched"))

    assert repr(outputs) == "{'big': <not read yet>}"


def test_a_result_is_a_dict_in_all_else() -> None:
    result = TaskResult(a=1, b=[2])

    assert result == {"a": 1, "b": [2]}
    assert json.dumps(result) == '{"a": 1, "b": [2]}'
    assert type(pickle.loads(pickle.dumps(result))) is dict
    assert repr(result) == pretty(result) == "{'a': 1, 'b': [2]}"
