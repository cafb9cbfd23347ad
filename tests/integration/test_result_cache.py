"""Tasks whose outputs are known from earlier runs do not run again, and never give wrong ones."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import ResultLostError
from maze_nb.sdk.run import Run

BOUND = 60
SIZE = 100_000


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, cluster_type: Any) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("cache")
    home = str(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, home)
        made = cluster_type(folder, {HOME_VARIABLE: home})
        try:
            made.add_worker("a", "--nthreads", "4")
            yield made
        finally:
            made.close()


@pytest.fixture
def client(cluster) -> Iterator[MaClient]:
    with MaClient(cluster.address) as made:
        yield made


@pytest.fixture
def cache(cluster) -> Path:
    return Path(os.environ[HOME_VARIABLE]) / "cache"


def doubled(value):
    return value * 2


def tripled(value):
    return value * 3


def make_tasks(salt: str, *, helper: Callable[[Any], Any] = doubled, limit: int = 10) -> Any:
    """Return tasks that no other test has, as `salt` is part of them."""

    @task(cache=True, outputs=["small", "big"])
    def make(size):
        return helper(limit), [salt, *range(size)]

    @task(cache=True)
    def total(values, more):
        return sum(values[1:]) + more

    return make, total


def add(client: MaClient, salt: str, *, size: int = SIZE, **options: Any) -> Any:
    make, total = make_tasks(salt, **options)
    workflow = client.create_workflow()
    made = workflow.add_task(make, inputs={"size": size})
    inputs = {"values": made.outputs["big"], "more": made.outputs["small"]}
    workflow.add_task(total, inputs=inputs)
    return workflow


def run_it(client: MaClient, workflow: Any, **how: Any) -> Run:
    run = client.get_run(workflow.run(**how))
    run.wait(BOUND)
    return run


def from_where(run: Run) -> dict[str, str]:
    """Return by each task's name from where its outputs came; empty: it ran."""
    return {
        message["data"]["task_name"]: message["data"]["reused_from"]
        for message in run.messages()
        if message["type"] == "finish_task"
    }


def expected(size: int = SIZE, small: int = 20) -> int:
    return sum(range(size)) + small


BOTH_RAN = {"make": "", "total": ""}
BOTH_CACHED = {"make": "cache", "total": "cache"}


def kept(client: MaClient, cache: Path, salt: str) -> Run:
    """Return a run whose outputs are in the cache by now."""
    run = run_it(client, add(client, salt))
    assert from_where(run) == BOTH_RAN
    deadline = time.monotonic() + 20
    while {planned.verdict for planned in add(client, salt).plan()} != {"cached"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return run


def test_the_second_run_computes_nothing(client, cache):
    before = add(client, "second").plan()
    assert [(planned.verdict, planned.reason) for planned in before] == [
        ("runs", "never run before"),
        ("runs", "never run before"),
    ]
    first = kept(client, cache, "second")
    plan = add(client, "second").plan()
    assert "cached" in repr(plan)
    assert "<table" in plan._repr_html_()
    run = run_it(client, add(client, "second"))
    assert run.status == "succeeded"
    assert from_where(run) == BOTH_CACHED
    assert "start_task" not in {message["type"] for message in run.messages()}
    assert run.result("make") == first.result("make")
    assert run.result("total") == {"result": expected()}
    client.forget(first.run_id)
    client.forget(run.run_id)
    third = run_it(client, add(client, "second"))
    assert from_where(third) == BOTH_CACHED
    assert third.result("make")["big"] == ["second", *range(SIZE)]


CHANGES: dict[str, tuple[dict[str, Any], str, int]] = {
    "input": ({"size": 99_999}, "input `size` changed", expected(99_999)),
    "helper": ({"helper": tripled}, "helper", expected(small=30)),
    "constant": ({"limit": 11}, "function `make` changed", expected(small=22)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_has_a_task_run_again(client, cache, change):
    options, reason, total = CHANGES[change]
    salt = f"changed {change}"
    kept(client, cache, salt)
    made, after = add(client, salt, **options).plan()
    assert made.verdict == after.verdict == "runs"
    assert reason in made.reason
    assert "inputs `values`, `more` come from task 'make', which runs again" in after.reason
    run = run_it(client, add(client, salt, **options))
    assert from_where(run) == BOTH_RAN
    assert run.result("total") == {"result": total}
    assert from_where(run_it(client, add(client, salt))) == BOTH_CACHED


def test_what_makes_the_same_bytes_again_changes_nothing_after_it(client, cache):
    def two_times(value):
        return value + value

    kept(client, cache, "cutoff")
    run = run_it(client, add(client, "cutoff", helper=two_times))
    assert from_where(run) == {"make": "", "total": "cache"}
    assert run.result("total") == {"result": expected()}


def test_cache_for_all_tasks_of_a_run_or_none(client, cache):
    @task
    def plain(value):
        return [value, "for all"]

    def workflow():
        made = client.create_workflow()
        made.add_task(plain, inputs={"value": 1})
        return made

    (planned,) = workflow().plan()
    assert (planned.verdict, planned.reason) == ("runs", "not cached: it has no cache=True")
    run_it(client, workflow(), cache=True)
    again = run_it(client, workflow(), cache=True)
    assert from_where(again) == {"plain": "cache"}
    assert from_where(run_it(client, workflow())) == {"plain": ""}
    kept(client, cache, "none")
    assert from_where(run_it(client, add(client, "none"), cache=False)) == BOTH_RAN


def test_all_is_computed_anew_and_kept_in_place_of_what_was_kept(client, cache):
    first = kept(client, cache, "refreshed")
    assert {task.reason for task in add(client, "refreshed").plan(cache="refresh")} == {
        "all are to be computed anew"
    }
    second = run_it(client, add(client, "refreshed"), cache="refresh")
    assert from_where(second) == BOTH_RAN
    assert from_where(run_it(client, add(client, "refreshed"))) == BOTH_CACHED
    assert (entries(cache, first), len(entries(cache, second))) == ([], 2)


def test_who_runs_a_run_again_has_it_computed(client, cache):
    first = kept(client, cache, "again")
    for how in ({}, {"from_task": "make"}):
        again = first.rerun(**how)
        again.wait(BOUND)
        assert from_where(again) == BOTH_RAN


def entries(cache: Path, run: Run) -> list[Path]:
    """Return the files of the entries that a run has made."""
    files = cache.glob("[0-9a-f][0-9a-f]/*")
    return [each for each in files if run.run_id.encode() in each.read_bytes()]


def harm_entries(cache: Path, run: Run) -> None:
    for file in entries(cache, run):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)


def data_of(run: Run) -> list[str]:
    return [
        output["stored"]["digest"]
        for message in run.messages()
        if message["type"] == "finish_task"
        for output in message["data"]["outputs"]
        if output["stored"]
    ]


def harm_data(cache: Path, run: Run) -> None:
    for name in data_of(run):
        content = bytearray((cache / "data" / name).read_bytes())
        content[-SIZE] ^= 1
        (cache / "data" / name).write_bytes(content)


def remove_data(cache: Path, run: Run) -> None:
    for name in data_of(run):
        (cache / "data" / name).unlink()


def test_an_entry_that_was_tampered_with(client, cache, cluster):
    run = kept(client, cache, "signature")
    assert len(entries(cache, run)) == 2
    harm_entries(cache, run)
    run = run_it(client, add(client, "signature"))
    assert from_where(run) == BOTH_RAN
    assert run.result("total") == {"result": expected()}
    assert "its signature is not that of this cache" in cluster.log.read_text()


def test_entries_of_another_key(client, cache, cluster):
    """An entry in its own place, signed with a key that somebody else has."""
    run = kept(client, cache, "key")
    from maze_nb.store.signing import sign

    for file in entries(cache, run):
        file.write_bytes(sign(b"x" * 32, "entry", file.read_bytes()[32:]))
    run = run_it(client, add(client, "key"))
    assert from_where(run) == BOTH_RAN
    assert run.result("total") == {"result": expected()}


def use_it(client: MaClient, salt: str) -> Any:
    """Return a workflow with a task that is not cached and reads what is."""

    @task
    def count(values):
        return len(values)

    workflow = add(client, salt)
    made = workflow.get_tasks()[0]
    workflow.add_task(count, inputs={"values": made.outputs["big"]})
    return workflow


@pytest.mark.parametrize("harm", [harm_data, remove_data])
def test_data_that_is_not_what_it_was(client, cache, harm):
    salt = f"data {harm.__name__}"
    harm(cache, kept(client, cache, salt))
    run = run_it(client, use_it(client, salt))
    assert run.status == "succeeded"
    assert run.result("count") == {"result": SIZE + 1}
    assert run.result("total") == {"result": expected()}
    assert run.result("make")["big"] == [salt, *range(SIZE)]


def test_damaged_data_that_only_a_person_reads(client, cache):
    harm_data(cache, kept(client, cache, "read"))
    run = run_it(client, add(client, "read"))
    assert from_where(run) == BOTH_CACHED
    with pytest.raises(ResultLostError, match=r"rerun\(failed_only=True\)"):
        run.result("make")["big"]
    again = run.rerun(failed_only=True)
    again.wait(BOUND)
    assert again.result("make")["big"] == ["read", *range(SIZE)]
    fresh = run_it(client, add(client, "read"))
    assert fresh.result("make")["big"] == ["read", *range(SIZE)]


def test_outputs_in_memory_only_are_not_cached(client, cache):
    @task(cache=True, keep="memory")
    def hold(size):
        return ["held", *range(size)]

    for _ in range(2):
        workflow = client.create_workflow()
        workflow.add_task(hold, inputs={"size": SIZE})
        run = run_it(client, workflow)
        assert from_where(run) == {"hold": ""}
        assert run.result("hold")["result"] == ["held", *range(SIZE)]


def test_failures_are_not_cached(client, cache, tmp_path):
    mark = str(tmp_path / "mark")

    @task(cache=True)
    def stumble(path):
        if not os.path.exists(path):
            open(path, "w").close()
            raise ValueError("the first time")
        return 1

    statuses = []
    for _ in range(3):
        workflow = client.create_workflow()
        workflow.add_task(stumble, inputs={"path": mark})
        run = run_it(client, workflow)
        statuses.append((run.status, from_where(run)))
    assert statuses == [
        ("failed", {}),
        ("succeeded", {"stumble": ""}),
        ("succeeded", {"stumble": "cache"}),
    ]


def test_two_runs_of_the_same_at_once(client, cache):
    runs = [client.get_run(add(client, "at once").run()) for _ in range(6)]
    for run in runs:
        assert run.wait(BOUND) == "succeeded"
        assert run.result("total") == {"result": expected()}
        assert run.result("make")["big"] == ["at once", *range(SIZE)]


ORDERS = """
from maze_nb import MaClient, task

@task(cache=True)
def count(names, table):
    return sorted(names), sorted(table)

with MaClient({address!r}) as client:
    workflow = client.create_workflow()
    workflow.add_task(count, inputs={inputs})
    run = client.get_run(workflow.run())
    run.wait(60)
    print([m["data"]["reused_from"] for m in run.messages() if m["type"] == "finish_task"])
    print(run.result("count"))
"""


def test_other_processes_and_orders_are_the_same(cluster, script):
    said = []
    for number, inputs in enumerate(
        [
            '{"names": {"a", "b", "c", "d"}, "table": {"x": 1, "y": 2}}',
            '{"table": {"x": 1, "y": 2}, "names": {"d", "c", "b", "a"}}',
        ]
    ):
        code = ORDERS.format(address=cluster.address, inputs=inputs)
        said.append(script(code, PYTHONHASHSEED=str(number)).end().splitlines())
    assert [lines[0] for lines in said] == ["['']", "['cache']"]
    assert said[0][1] == said[1][1]


def chain_and_leaves(client: MaClient, count: int) -> Any:
    @task(cache=True, resources={"cpu": 0.1})
    def step(value):
        return value + 1

    workflow = client.create_workflow()
    first = workflow.add_task(step, inputs={"value": count})
    for number in range(count - 1):
        value = first.outputs["result"] if number % 2 else number
        workflow.add_task(step, inputs={"value": value}, name=f"step {number}")
    return workflow


def test_many_tasks_that_are_all_known(client):
    count = 300
    run_it(client, chain_and_leaves(client, count))
    run = run_it(client, chain_and_leaves(client, count))
    assert set(from_where(run).values()) == {"cache"}
