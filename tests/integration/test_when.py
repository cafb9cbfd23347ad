"""Tasks that run only if what another made is true, and what follows where they are skipped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from maze_nb import MaClient, either, not_, task
from maze_nb.errors import InputError, TaskFailedError, TaskSkippedError, WorkflowError
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow import Workflow

SECONDS = 30


@task
def give(value: Any) -> Any:
    """Return what it is given."""
    return value


@task(outputs=["low", "high"])
def ends(value: int) -> dict[str, int]:
    """Return two outputs."""
    return {"low": value, "high": value + 1}


@task
def double(x: int) -> int:
    """Need its input."""
    return 2 * x


@task
def broken() -> None:
    """Fail."""
    raise ValueError("broken")


@task
def or_seven(x: int = 7) -> int:
    """Do without its input."""
    return x


@task
def how_many(xs: Any = ()) -> int:
    """Count a list, or nothing."""
    return len(xs)


@task
def total(xs: list[int]) -> int:
    """Add up a list."""
    return sum(xs)


def states(run: Run) -> dict[str, str]:
    """Return how each task ended, by name."""
    run.wait(SECONDS)
    ends = {"finish_task": "done", "task_skipped": "skipped", "task_exception": "failed"}
    return {
        message["data"]["task_name"]: ends[message["type"]]
        for message in run.messages()
        if message["type"] in ends
    }


def started(run: Run) -> set[str]:
    """Return the names of the tasks whose code ran."""
    return {
        message["data"]["task_name"]
        for message in run.messages()
        if message["type"] == "start_task"
    }


def reason(run: Run, name: str) -> str:
    """Return why a task was skipped."""
    (found,) = [
        message["data"]["reason"]
        for message in run.messages()
        if message["type"] == "task_skipped" and message["data"]["task_name"] == name
    ]
    return str(found)


@pytest.mark.parametrize(
    ("value", "is_negated", "runs"),
    [
        (True, False, True),
        (False, False, False),
        (False, True, True),
        (True, True, False),
        (0, False, False),
        (3, False, True),
        ([], False, False),
        ("text", False, True),
        (None, False, False),
    ],
)
def test_a_task_runs_only_if_its_condition_is_met(
    embedded: MaClient, value: Any, is_negated: bool, runs: bool
) -> None:
    workflow = embedded.create_workflow("when")
    check = workflow.add_task(give, {"value": value}, name="check")
    condition = check.outputs["result"]
    workflow.add_task(
        double, {"x": 1}, name="maybe", when=not_(condition) if is_negated else condition
    )
    run = embedded.get_run(workflow.run())
    assert states(run) == {"check": "done", "maybe": "done" if runs else "skipped"}
    assert run.status == "succeeded"
    assert run.summary()["workflow_completed"]
    if not runs:
        assert "maybe" not in started(run)
        what = "true" if is_negated else "false"
        assert reason(run, "maybe") == f"its condition, 'result' of 'check', is {what}"


def branches(workflow: Workflow, is_fast: bool) -> None:
    """Add two branches of which one runs, and tasks that read them in every way."""
    check = workflow.add_task(give, {"value": is_fast}, name="check").outputs["result"]
    fast = workflow.add_task(ends, {"value": 10}, name="fast", when=check)
    slow = workflow.add_task(give, {"value": 20}, name="slow", when=not_(check))
    low, made = fast.outputs["low"], slow.outputs["result"]
    workflow.add_task(double, {"x": low}, name="of fast")
    workflow.add_task(double, {"x": made}, name="of slow")
    workflow.add_task(or_seven, {"x": low}, name="fast or seven")
    workflow.add_task(double, {"x": either(low, made)}, name="either")
    workflow.add_task(total, {"xs": [either(made, low), 1]}, name="either in a list")
    workflow.add_task(total, {"xs": [low, 1]}, name="fast in a list")
    after = workflow.add_task(give, {"value": 1}, name="after fast")
    workflow.add_edge(fast, after)


@pytest.mark.parametrize(
    ("is_fast", "skipped", "results"),
    [
        (
            True,
            {"slow", "of slow"},
            {"of fast": 20, "fast or seven": 10, "either": 20, "either in a list": 11,
             "fast in a list": 11, "after fast": 1},
        ),
        (
            False,
            {"fast", "of fast", "fast in a list", "after fast"},
            {"of slow": 40, "fast or seven": 7, "either": 40, "either in a list": 21},
        ),
    ],
)  # fmt: skip
def test_what_reads_a_skipped_task_is_skipped_unless_it_can_do_without(
    client: MaClient, is_fast: bool, skipped: set[str], results: dict[str, int]
) -> None:
    workflow = client.create_workflow("branches")
    branches(workflow, is_fast)
    run = client.get_run(workflow.run())
    ended = states(run)
    assert {name for name, state in ended.items() if state == "skipped"} == skipped
    assert run.status == "succeeded"
    assert {name: run.result(name)["result"] for name in results} == results
    assert not skipped & started(run)
    with pytest.raises(TaskSkippedError):
        run.result(next(iter(skipped)))


def test_without_any_of_several_a_task_is_skipped(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("neither")
    no = workflow.add_task(give, {"value": False}, name="no").outputs["result"]
    one = workflow.add_task(give, {"value": 1}, name="one", when=no).outputs["result"]
    two = workflow.add_task(give, {"value": 2}, name="two", when=no).outputs["result"]
    workflow.add_task(double, {"x": either(one, two)}, name="reads either")
    workflow.add_task(or_seven, {"x": either(one, two)}, name="or seven")
    run = embedded.get_run(workflow.run())
    assert states(run)["reads either"] == "skipped"
    assert run.result("or seven") == {"result": 7}
    assert run.status == "succeeded"


def test_what_is_skipped_makes_conditions_of_others_skip_them(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("chain")
    no = workflow.add_task(give, {"value": False}, name="no").outputs["result"]
    second = workflow.add_task(give, {"value": True}, name="second", when=no).outputs["result"]
    workflow.add_task(give, {"value": 1}, name="third", when=second)
    run = embedded.get_run(workflow.run())
    assert states(run) == {"no": "done", "second": "skipped", "third": "skipped"}
    assert run.status == "succeeded"


def test_a_run_with_a_failure_fails_whatever_is_skipped(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("both")
    no = workflow.add_task(give, {"value": False}, name="no").outputs["result"]
    workflow.add_task(give, {"value": 1}, name="maybe", when=no)
    workflow.add_task(broken, name="broken")
    run = embedded.get_run(workflow.run())
    assert states(run) == {"no": "done", "maybe": "skipped", "broken": "failed"}
    assert run.status == "failed"


def test_a_condition_that_is_neither_true_nor_false_fails_its_task(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("table")
    check = workflow.add_task(give, {"value": object}, name="check").outputs["result"]
    maybe = workflow.add_task(give, {"value": 1}, name="maybe", when=check)
    workflow.add_task(double, {"x": maybe.outputs["result"]}, name="reads it")
    run = embedded.get_run(workflow.run())
    assert states(run) == {"check": "done", "maybe": "failed", "reads it": "skipped"}
    says = r"'maybe' cannot tell whether to run.*'result' of 'check', is a type"
    with pytest.raises(TaskFailedError, match=says):
        run.result(maybe)


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_map_runs_only_if_its_condition_is_met(client: MaClient, is_wanted: bool) -> None:
    workflow = client.create_workflow("map")
    check = workflow.add_task(give, {"value": is_wanted}, name="check").outputs["result"]
    mapped = workflow.add_map(double, [1, 2, 3], when=check)
    workflow.add_reduce(total, mapped.outputs["result"], name="needs it")
    workflow.add_task(how_many, {"xs": mapped.outputs["result"]}, name="can do without")
    run = client.get_run(workflow.run())
    run.wait(SECONDS)
    assert run.status == "succeeded"
    assert run.result("can do without") == {"result": 3 if is_wanted else 0}
    if is_wanted:
        assert run.result("needs it") == {"result": 12}
    else:
        assert states(run)["needs it"] == "skipped"
        assert not [name for name in started(run) if name.startswith("double")]


def test_a_list_that_is_not_empty_is_a_condition_that_is_met(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("lists")
    found = workflow.add_map(give, [], name="none").outputs["result"]
    workflow.add_task(give, {"value": 1}, name="maybe", when=found)
    run = embedded.get_run(workflow.run())
    assert states(run)["maybe"] == "skipped"


def test_conditions_hold_for_a_run_again_and_for_the_result_cache(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("again")
    branches(workflow, is_fast=False)
    first = embedded.get_run(workflow.run(cache=True))
    ended = states(first)
    second = embedded.get_run(workflow.run(cache=True))
    assert states(second) == ended
    again = first.rerun(failed_only=True)
    assert states(again) == ended
    assert not started(again)
    whole = first.rerun(from_task="check")
    assert states(whole) == ended
    assert whole.status == "succeeded"


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (lambda _: True, "give an output of a task, or not_\\(\\) of one"),
        (lambda check: check, "is the task 'check' itself"),
        (lambda check: either(check.outputs["result"]), "either\\(\\) takes two or more"),
    ],
)
def test_what_is_no_condition_is_refused(
    embedded: MaClient, when: Callable[[Any], Any], says: str
) -> None:
    workflow = embedded.create_workflow("refused")
    check = workflow.add_task(give, {"value": 1}, name="check")
    with pytest.raises(InputError, match=says):
        workflow.add_task(give, {"value": 1}, when=when(check))


def test_a_task_cannot_lose_its_condition(embedded: MaClient) -> None:
    workflow = embedded.create_workflow("lost")
    check = workflow.add_task(give, {"value": 1}, name="check")
    maybe = workflow.add_task(give, {"value": 1}, name="maybe", when=check.outputs["result"])
    with pytest.raises(WorkflowError, match="take 'maybe' out first"):
        check.delete()
    with pytest.raises(WorkflowError, match="take 'maybe' out first"):
        workflow.del_edge(check, maybe)
    with pytest.raises(InputError, match="that is for when="):
        maybe.set_input("value", not_(check.outputs["result"]))
    maybe.delete()
    check.delete()
    assert not workflow.get_tasks()
