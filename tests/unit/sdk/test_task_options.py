"""The options of tasks on their way from the decorator to what a worker is told."""

from __future__ import annotations

import functools
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from maze_nb import task
from maze_nb.errors import OptionError, WorkflowError
from maze_nb.model.task_options import TaskOptions
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.freeze import freeze
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.code import load_value
from maze_nb.wire.task_call import Limits, TaskCall, decode_call


class FlakyError(Exception):
    """Something that may go well the next time."""


@task(timeout=60, retries=2, backoff=0.5, retry_on=(FlakyError, OSError), tags=["a"], priority=1)
def careful(value):
    return value


@task(resources={"cpu_mem": 256})
def capped():
    return 1


@task
def plain():
    return 1


def call_of(workflow: WorkflowGraph, name: str) -> TaskCall:
    frozen = freeze(workflow, "run")
    found = next(key for key in frozen.keys if decode_call(frozen.nodes[key].args[0]).name == name)
    return decode_call(frozen.nodes[found].args[0])


def test_options_are_in_the_graph() -> None:
    workflow = WorkflowGraph("tested")
    workflow.add_task(careful, {"value": 1})
    workflow.add_task(careful, {"value": 1}, name="other", retries=0, tags="b", prefer=["d", "c"])
    first, other = workflow.graph().tasks
    assert first.options == TaskOptions(
        timeout=60,
        retries=2,
        backoff=0.5,
        retry_on=("FlakyError", "OSError"),
        tags=("a",),
        priority=1,
    )
    assert (other.options.retries, other.options.timeout) == (0, 60)
    assert (other.options.tags, other.options.prefer) == (("b",), ("c", "d"))
    assert workflow.as_dict()["tasks"][0]["options"]["timeout"] == 60


LIMITS = [
    (careful, {"value": 1}, {}, Limits(cpu=1, in_child=True, timeout=60)),
    (careful, {"value": 1}, {"timeout": None}, Limits(cpu=1)),
    (capped, {}, {}, Limits(cpu=1, in_child=True, memory=256)),
    (plain, {}, {}, Limits(cpu=1)),
    (plain, {}, {"isolation": "process"}, Limits(cpu=1, in_child=True)),
    (plain, {}, {"resources": {"gpu": 0.5}}, Limits(cpu=1, in_child=True)),
    (plain, {}, {"resources": {"gpu": 2}}, Limits(cpu=1, in_child=True, is_alone=True)),
    (capped, {}, {"isolation": "thread"}, Limits(cpu=1, in_child=False, memory=256)),
]


@pytest.mark.parametrize(("function", "inputs", "options", "limits"), LIMITS)
def test_a_worker_is_told_the_limits(
    function: TaskFunction, inputs: dict[str, Any], options: dict[str, Any], limits: Limits
) -> None:
    workflow = WorkflowGraph("tested")
    workflow.add_task(function, inputs, name="it", **options)
    assert call_of(workflow, "it").limits == limits


def test_a_worker_is_told_the_types_to_retry_on() -> None:
    workflow = WorkflowGraph("tested")
    workflow.add_task(careful, {"value": 1}, name="it")
    workflow.add_task(plain, name="plain", retries=3)
    assert load_value(call_of(workflow, "it").retry_on) == (FlakyError, OSError)
    assert call_of(workflow, "plain").retry_on == b""


CELL = CellFunction("cell", "x = 1", "x = 1", (), ("x",), False)
MODULES = [
    (plain, __name__),
    (functools.partial(functools.partial(time.sleep), 0), "time"),
    (TaskFunction(CELL, Signature("dict", (), ("x",)), plain.resources), "__main__"),
]


@pytest.mark.parametrize(("function", "module"), MODULES)
def test_a_worker_is_told_the_module(function: Any, module: str) -> None:
    workflow = WorkflowGraph("tested")
    workflow.add_task(function, name="it")
    assert call_of(workflow, "it").module == module


def test_a_deadline_is_looked_at_again_when_the_run_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflow = WorkflowGraph("tested")
    workflow.add_task(plain, deadline=datetime.now() + timedelta(hours=1))
    freeze(workflow, "run")
    in_two_hours = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: in_two_hours)
    with pytest.raises(OptionError, match=r"'deadline' of task 'plain' is .* ago"):
        freeze(workflow, "run")


BAD = [
    ({"timeout": 0}, "option 'timeout' of task 'it' is 0"),
    ({"isolation": "thread", "resources": {"gpu": 1}}, "task 'it' has isolation='thread'"),
    ({"resource": {"gpu": 1}}, "'resource' of task 'it': did you mean 'resources'"),
    ({"task_di": "x"}, "'task_di' of task 'it': did you mean 'task_id'"),
]


@pytest.mark.parametrize(("options", "said"), BAD)
def test_a_task_with_a_bad_option_is_not_added(options: dict[str, Any], said: str) -> None:
    workflow = WorkflowGraph("tested")
    with pytest.raises(OptionError, match=said):
        workflow.add_task(plain, name="it", **options)
    assert workflow.get_tasks() == []


def test_a_decorator_refuses_too() -> None:
    with pytest.raises(OptionError, match="option 'retries' of task 'broken' is -1"):

        @task(retries=-1)
        def broken():
            return 1

    with pytest.raises(OptionError, match="did you mean 'outputs'"):
        task(output=["x"])(lambda: 1)


def test_a_graph_without_a_client_has_nothing_to_cancel() -> None:
    made = WorkflowGraph("tested").add_task(plain)
    with pytest.raises(WorkflowError, match="no client runs workflow 'tested'"):
        made.cancel()
