"""A scheduler is killed in the middle of runs: what has a stored result never runs again."""

from __future__ import annotations

import json
import os
import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import (
    MazeError,
    ResultLostError,
    RunInterruptedError,
    TaskSkippedError,
    UnknownRunError,
    UnknownTaskError,
)
from maze_nb.scheduler.dask_graph import DaskGraph
from maze_nb.sdk.run import Run
from maze_nb.store.protocol import StoredRun
from maze_nb.store.sqlite import SqliteRunStore
from maze_nb.wire.submission import encode

SIZE = 100_000
BIG = SIZE - 1
BOUND = 60
CPU = 0.05


def go(name: str) -> None:
    """Let the tasks go on that wait for this name."""
    (folder() / f"go-{name}").touch()


def folder() -> Path:
    return Path(os.environ[HOME_VARIABLE]).parent


def times(run: Run, name: str) -> int:
    """How often the code of a task was begun."""
    note = folder() / f"{run.run_id}-{name}"
    return len(note.read_text()) if note.exists() else 0


def count() -> None:
    """Note, in a task, that it was begun."""
    from maze_nb import current_task

    me = current_task()
    with open(os.path.join(os.environ["NOTES"], f"{me.run_id}-{me.name}"), "a") as note:
        note.write("x")


def wait_for(name: str) -> None:
    """Wait, in a task, until a file is there."""
    deadline = time.monotonic() + 100
    while not os.path.exists(os.path.join(os.environ["NOTES"], f"go-{name}")):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@task(outputs=["small", "big"], resources={"cpu": CPU})
def make():
    count()
    return 7, list(range(SIZE))


@task(resources={"cpu": CPU}, keep="memory")
def make_in_memory():
    count()
    return list(range(SIZE))


@task(resources={"cpu": CPU})
def last_of(values, more):
    count()
    return values[-1] + more


@task(resources={"cpu": CPU})
def fail():
    count()
    raise ValueError("no further")


@task(resources={"cpu": CPU})
def block(name, value):
    count()
    wait_for(name)
    return value


@task(resources={"cpu": CPU}, retries=2, backoff=0)
def fail_then_block(name):
    count()
    from maze_nb import current_task

    if current_task().attempt == 1:
        raise ValueError("the first time")
    wait_for(name)
    return current_task().attempt


def add_mixed(client: MaClient) -> Any:
    """Return a workflow with tasks that end in each way, and some that wait."""
    workflow = client.create_workflow("mixed")
    made = workflow.add_task(make)
    memory = workflow.add_task(make_in_memory)
    inputs = {"values": made.outputs["big"], "more": made.outputs["small"]}
    workflow.add_task(last_of, inputs=inputs, name="early")
    blocked = workflow.add_task(block, inputs={"name": "mixed", "value": 1}, name="blocked")
    failed = workflow.add_task(fail)
    workflow.add_task(
        block, inputs={"name": "mixed", "value": failed.outputs["result"]}, name="lame"
    )
    after = workflow.add_task(block, inputs={"name": "mixed", "value": 2}, name="after")
    workflow.add_edge(made, after)
    ordered = workflow.add_task(make, name="ordered")
    workflow.add_edge(after, ordered)
    workflow.add_task(
        last_of,
        inputs={"values": made.outputs["big"], "more": blocked.outputs["result"]},
        name="late",
    )
    workflow.add_task(
        last_of,
        inputs={"values": memory.outputs["result"], "more": blocked.outputs["result"]},
        name="late from memory",
    )
    return workflow


class Interrupted(NamedTuple):
    """A scheduler with a run store in which another has left runs, and a client of it."""

    client: MaClient
    runs: dict[str, str]
    results: Path

    def get(self, name: str) -> Run:
        return self.client.get_run(self.runs[name])


def begin(client: MaClient, name: str) -> str:
    """Begin one of the runs in the middle of which the scheduler is killed."""
    if name == "mixed":
        run_id = add_mixed(client).run()
        waiting = {"blocked", "after"}
    else:
        workflow = client.create_workflow(name)
        first = workflow.add_task(make)
        if name == "retried":
            last = workflow.add_task(fail_then_block, inputs={"name": name}, name="last")
        else:
            last = workflow.add_task(
                block, inputs={"name": name, "value": first.outputs["big"]}, name="last"
            )
        if name == "fail fast":
            failed = workflow.add_task(fail, inputs={})
            workflow.add_edge(last, failed)
            other = workflow.add_task(block, inputs={"name": "never", "value": 1}, name="other")
            workflow.add_edge(last, other)
        run_id = workflow.run(fail_fast=name == "fail fast")
        waiting = {"last"}
    done = {"mixed": {"make", "make_in_memory", "early", "fail"}}.get(name, {"make"})
    seen: set[str] = set()
    for message in client.get_run(run_id).messages():
        kind, of = message["type"], message["data"].get("task_name", "")
        attempt = message["data"].get("attempt", 1)
        if kind in ("finish_task", "task_exception"):
            seen.add(of)
        if kind == "start_task" and of in waiting and attempt == 1 + (name == "retried"):
            seen.add(of)
        if seen >= waiting | done:
            return run_id
    raise AssertionError(f"run {name} ended")


LEFT = (
    "mixed",
    "retried",
    "fail fast",
    "plain",
    "removed",
    "harmed",
    "raced",
    "forgotten",
    "elsewhere",
)


@pytest.fixture(scope="module")
def interrupted(
    tmp_path_factory: pytest.TempPathFactory, cluster_type: Any
) -> Iterator[Interrupted]:
    work = tmp_path_factory.mktemp("resume")
    env = {HOME_VARIABLE: str(work / "home"), "NOTES": str(work)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(work / "home"))
        first = cluster_type(work, env)
        try:
            first.add_worker("a", "--nthreads", "16")
            with MaClient(first.address) as client:
                runs = {name: begin(client, name) for name in LEFT}
        finally:
            first.kill()
        second = cluster_type(work, env)
        try:
            second.add_worker("b", "--nthreads", "16")
            with MaClient(second.address) as client:
                yield Interrupted(client, runs, work / "home" / "results")
        finally:
            second.close()


def resumed(interrupted: Interrupted, name: str) -> Run:
    run = interrupted.client.resume(interrupted.runs[name])
    go(name)
    run.wait(BOUND)
    return run


def types(run: Run, task_name: str) -> list[str]:
    return [m["type"] for m in run.messages() if m["data"].get("task_name") == task_name]


def numbers_are_whole(run: Run) -> bool:
    return [m["seq"] for m in run.messages()] == list(range(1, len(run.messages()) + 1))


def test_a_mixed_run(interrupted):
    run = interrupted.get("mixed")
    assert run.status == "interrupted"
    with pytest.raises(RunInterruptedError, match=r"client\.resume"):
        run.wait(BOUND)
    known = {summary.run_id: summary.status for summary in interrupted.client.runs()}
    assert known[run.run_id] == "interrupted"
    assert run.result("make")["big"][-1] == BIG
    plan = {planned.name: (planned.verdict, planned.reason) for planned in run.plan()}
    assert plan["make"][0] == plan["early"][0] == "stored"
    assert plan["make_in_memory"] == ("runs", "its stored result is gone")
    before = len(run.log.read())

    run = resumed(interrupted, "mixed")
    assert run.status == "failed"
    assert numbers_are_whole(run)
    kinds = [m["type"] for m in run.messages()]
    assert kinds.count("resume_workflow") == 1
    assert kinds[before] == "resume_workflow"
    assert kinds[-1] == "finish_workflow"
    once = ("make", "early", "fail", "late", "ordered", "late from memory")
    assert {name: times(run, name) for name in once} == dict.fromkeys(once, 1)
    twice = ("make_in_memory", "blocked", "after")
    assert {name: times(run, name) for name in twice} == dict.fromkeys(twice, 2)
    assert times(run, "lame") == 0
    assert run.result("late")["result"] == BIG + 1
    assert run.result("late from memory")["result"] == BIG + 1
    assert run.result("ordered")["small"] == 7
    with pytest.raises(ValueError, match="no further"):
        run.result("fail")
    with pytest.raises(TaskSkippedError, match="fail"):
        run.result("lame")
    assert types(run, "fail") == ["start_task", "task_exception"]
    assert types(run, "early") == ["start_task", "finish_task"]
    starts = [
        m["data"]["attempt"]
        for m in run.messages()
        if m["type"] == "start_task" and m["data"]["task_name"] == "blocked"
    ]
    assert starts == [1, 2]


def test_attempts_go_on_being_counted(interrupted):
    run = resumed(interrupted, "retried")
    assert run.status == "succeeded"
    assert run.result("last")["result"] == 3
    assert times(run, "make") == 1
    assert numbers_are_whole(run)


def test_fail_fast_holds_after_a_resume(interrupted):
    run = resumed(interrupted, "fail fast")
    assert run.status == "failed"
    assert "task_cancelled" in types(run, "other")
    assert times(run, "make") == 1


def test_results_that_were_removed_are_computed_again(interrupted):
    run = interrupted.get("removed")
    for file in (interrupted.results / run.run_id).rglob("*.value"):
        file.unlink()
    assert [planned.verdict for planned in run.plan()] == ["runs", "runs"]
    run = resumed(interrupted, "removed")
    assert run.status == "succeeded"
    assert run.result("last")["result"][-1] == BIG
    assert times(run, "make") == 2
    assert "task_retry" in types(run, "make")


def test_results_with_flipped_bytes_are_computed_again(interrupted):
    run = interrupted.get("harmed")
    (file,) = (interrupted.results / run.run_id).rglob("*.value")
    content = bytearray(file.read_bytes())
    content[-1000] ^= 1
    file.write_bytes(content)
    run = resumed(interrupted, "harmed")
    assert run.status == "succeeded"
    assert run.result("last")["result"] == list(range(SIZE))
    assert run.result("make")["big"] == list(range(SIZE))


def test_what_cannot_be_resumed(interrupted):
    client = interrupted.client
    run_id = client.create_workflow().run()
    client.get_run(run_id).wait(BOUND)
    with pytest.raises(MazeError, match=r"has ended \(succeeded\).*rerun\(failed_only=True\)"):
        client.resume(run_id)
    workflow = client.create_workflow()
    workflow.add_task(block, inputs={"name": "cancel", "value": 1})
    run = client.get_run(workflow.run())
    with pytest.raises(MazeError, match="goes on"):
        run.resume()
    run.cancel()
    run.wait(BOUND)
    with pytest.raises(MazeError, match=r"has ended \(cancelled\)"):
        run.resume()
    go("cancel")
    with pytest.raises(UnknownRunError, match="there is no run 'nobody'"):
        client.resume("nobody")
    with pytest.raises(MazeError, match="interrupted"):
        interrupted.get("plain").cancel()


RACE = """
import sys
from maze_nb import MaClient
from maze_nb.errors import MazeError
with MaClient() as client:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        run = client.resume({run_id!r})
    except MazeError as error:
        print("lost", error, flush=True)
        run = client.get_run({run_id!r})
    else:
        print("won", flush=True)
    print(run.wait(60), len(run.result("last")["result"]), flush=True)
"""


def test_of_two_processes_that_resume_at_once_one_wins(interrupted, script):
    run_id = interrupted.runs["raced"]
    go("raced")
    env = {"NOTES": str(folder()), "DASK_MAZE__SLOTS": "1"}
    racers = [script(RACE.format(run_id=run_id), **env) for _ in range(2)]
    for racer in racers:
        assert racer.process.stdout.readline() == "ready\n"
    for racer in racers:
        racer.process.stdin.write("\n")
        racer.process.stdin.flush()
    said = [racer.end().splitlines() for racer in racers]
    assert [lines[1] for lines in said] == [f"succeeded {SIZE}"] * 2
    lost, won = sorted(lines[0] for lines in said)
    assert won == "won"
    assert lost.startswith("lost")
    run = interrupted.get("raced")
    run.wait(BOUND)
    assert times(run, "last") == 2
    assert [m["type"] for m in run.messages()].count("resume_workflow") == 1


def test_an_interrupted_run_can_be_forgotten(interrupted):
    run_id = interrupted.runs["forgotten"]
    interrupted.client.forget(run_id)
    assert run_id not in {summary.run_id for summary in interrupted.client.runs()}
    assert not (interrupted.results / run_id).exists()
    with pytest.raises(UnknownRunError):
        interrupted.client.get_run(run_id)


def test_an_interrupted_run_can_be_rerun(interrupted):
    run = interrupted.get("plain")
    again = run.rerun(failed_only=True)
    go("plain")
    again.wait(BOUND)
    assert again.status == "succeeded"
    assert (times(again, "make"), times(again, "last")) == (0, 1)
    assert interrupted.get("plain").status == "interrupted"
    (reused,) = (m for m in again.messages() if m["data"].get("reused_from"))
    assert reused["data"]["reused_from"] == f"run {run.run_id}"


def test_a_handle_of_an_interrupted_run_goes_along_when_others_resume_it(interrupted, script):
    run = interrupted.get("elsewhere")
    assert run.status == "interrupted"
    go("elsewhere")
    code = (
        "from maze_nb import MaClient\n"
        "with MaClient() as client:\n"
        f"    print(client.resume({run.run_id!r}).wait(60))\n"
    )
    env = {"NOTES": str(folder()), "DASK_MAZE__SLOTS": "1"}
    assert script(code, **env).end() == "succeeded\n"
    again = interrupted.get("elsewhere")
    assert again is run
    assert run.wait(BOUND) == "succeeded"
    assert numbers_are_whole(run)


KILLED = """
import os, time
from maze_nb import MaClient, task

def note(name):
    with (HERE / name).open("a") as file:
        file.write("x")

@task
def first():
    note("first")
    return list(range(100_000))

@task
def second(values):
    note("second")
    deadline = time.monotonic() + 60
    while not (HERE / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return sum(values)

client = MaClient()
workflow = client.create_workflow()
made = workflow.add_task(first)
workflow.add_task(second, inputs={"values": made.outputs["result"]})
run_id = workflow.run()
for message in client.get_run(run_id).messages():
    if message["type"] == "start_task" and message["data"]["task_name"] == "second":
        break
print(run_id, flush=True)
os.kill(os.getpid(), 9)
"""

RESUMED = """
from maze_nb import MaClient
with MaClient(offline=True) as client:
    run = client.get_run({run_id!r})
    print(run.status, len(run.result("first")["result"]))
with MaClient() as client:
    run = client.resume({run_id!r})
    print(run.wait(60), run.result("second")["result"])
    print([message["seq"] for message in run.messages()])
"""


def test_an_embedded_cluster_that_was_killed_with_its_process(script, tmp_path):
    env = {HOME_VARIABLE: str(tmp_path / "home"), "DASK_MAZE__SLOTS": "1"}
    run_id = script(KILLED, **env).end(-signal.SIGKILL).strip()
    (tmp_path / "go").touch()
    lines = script(RESUMED.format(run_id=run_id), **env).end().splitlines()
    assert lines[0] == "interrupted 100000"
    assert lines[1] == f"succeeded {sum(range(100_000))}"
    numbers = json.loads(lines[2])
    assert numbers == list(range(1, len(numbers) + 1))
    assert (tmp_path / "first").read_text() == "x"
    assert (tmp_path / "second").read_text() == "xx"


@task(resources={"cpu": CPU})
def make_list():
    count()
    return list(range(SIZE))


@task(resources={"cpu": CPU})
def stumble(values):
    """Fail, until it may go on."""
    count()
    if not os.path.exists(os.path.join(os.environ["NOTES"], "go-stumble")):
        raise ValueError("no further")
    return sum(values)


@task(resources={"cpu": CPU})
def add(value, values):
    count()
    return value + values[0]


NAMES = ("make_list", "other", "stumble", "add")


@pytest.fixture
def ended(interrupted) -> Run:
    """Give a run of which one task failed and one was skipped."""
    go_on = folder() / "go-stumble"
    go_on.unlink(missing_ok=True)
    workflow = interrupted.client.create_workflow()
    made = workflow.add_task(make_list)
    other = workflow.add_task(make_list, name="other")
    between = workflow.add_task(stumble, inputs={"values": made.outputs["result"]})
    inputs = {"value": between.outputs["result"], "values": other.outputs["result"]}
    workflow.add_task(add, inputs=inputs)
    run = interrupted.client.get_run(workflow.run())
    assert run.wait(BOUND) == "failed"
    go_on.touch()
    return run


def ran(run: Run) -> dict[str, int]:
    return {name: times(run, name) for name in NAMES}


RERUNS = {
    "all": ({}, (1, 1, 1, 1)),
    "failed only": ({"failed_only": True}, (0, 0, 1, 1)),
    "from a name": ({"from_task": "other"}, (0, 1, 1, 1)),
    "from the last": ({"from_task": "add"}, (0, 0, 1, 1)),
    "from the first": ({"from_task": "make_list"}, (1, 0, 1, 1)),
}


@pytest.mark.parametrize("how", RERUNS)
def test_reruns(ended, how):
    options, expected = RERUNS[how]
    again = ended.rerun(**options)
    assert again.run_id != ended.run_id
    assert again.wait(BOUND) == "succeeded"
    assert tuple(ran(again).values()) == expected
    assert again.result("add")["result"] == sum(range(SIZE))
    assert numbers_are_whole(again)
    told = {
        m["data"]["task_name"]: m["data"]["reused_from"]
        for m in again.messages()
        if m["type"] == "finish_task"
    }
    source = f"run {ended.run_id}"
    assert told == {
        name: "" if begun else source for name, begun in zip(NAMES, expected, strict=True)
    }
    assert ended.status == "failed"
    assert ended.result("make_list")["result"][-1] == BIG


def test_what_a_rerun_is_asked_wrongly(ended):
    with pytest.raises(UnknownTaskError, match="did you mean 'stumble'"):
        ended.rerun(from_task="stumbel")


def test_a_task_is_named_by_its_id_too(ended):
    (task_id,) = (m["data"]["task_id"] for m in ended.messages() if m["type"] == "task_exception")
    again = ended.rerun(from_task=task_id)
    again.wait(BOUND)
    assert tuple(ran(again).values()) == (0, 0, 1, 1)


def test_a_rerun_of_a_rerun_after_the_first_was_forgotten(interrupted, ended):
    second = ended.rerun(failed_only=True)
    second.wait(BOUND)
    interrupted.client.forget(ended.run_id)
    with pytest.raises(UnknownRunError):
        interrupted.client.get_run(ended.run_id)
    assert second.result("make_list")["result"][-1] == BIG
    third = second.rerun(from_task="add")
    assert third.wait(BOUND) == "succeeded"
    assert tuple(ran(third).values()) == (0, 0, 0, 1)
    interrupted.client.forget(second.run_id)
    assert third.result("make_list")["result"][-1] == BIG
    interrupted.client.forget(third.run_id)
    for run_id in (ended.run_id, second.run_id, third.run_id):
        assert not (interrupted.results / run_id).exists(), run_id


def test_results_of_an_ended_run_that_were_removed(interrupted, ended):
    ended_well = ended.rerun(failed_only=True)
    ended_well.wait(BOUND)
    (file,) = (interrupted.results / ended.run_id).glob(f"{task_id_of(ended, 'other')}/*.value")
    file.unlink()
    fresh = MaClient(interrupted.client.address)
    with fresh, pytest.raises(ResultLostError, match=r"rerun\(failed_only=True\)"):
        fresh.get_run(ended_well.run_id).result("other")["result"]
    again = ended_well.rerun(failed_only=True)
    assert again.wait(BOUND) == "succeeded"
    assert tuple(ran(again).values()) == (0, 1, 0, 0)
    assert again.result("other")["result"] == list(range(SIZE))


def task_id_of(run: Run, name: str) -> str:
    return next(m["data"]["task_id"] for m in run.messages() if m["data"].get("task_name") == name)


def killed_at_once(interrupted: Interrupted, graph: bytes | None = None) -> str:
    """Return the id of a run that was taken in, and nothing more, before its scheduler was lost."""
    workflow = interrupted.client.create_workflow()
    workflow.add_task(make)
    run = interrupted.client.get_run(workflow.run())
    run.wait(BOUND)
    file = interrupted.results.parent / "runs.db"
    with closing(SqliteRunStore(file)) as store:
        submission, whole = store.submission(run.run_id)
        stored = store.run(run.run_id)
        interrupted.client.forget(run.run_id)
        new = StoredRun(stored.run_id, stored.workflow_id, stored.workflow_name, stored.started)
        store.create(new, submission, whole if graph is None else graph)
    return run.run_id


def test_a_run_whose_scheduler_was_killed_before_its_first_event(interrupted):
    run_id = killed_at_once(interrupted)
    run = interrupted.client.get_run(run_id)
    assert run.status == "interrupted"
    run.resume()
    assert run.wait(BOUND) == "succeeded"
    assert [m["type"] for m in run.messages()][:2] == ["start_workflow", "resume_workflow"]
    assert run.result("make")["small"] == 7


def test_a_graph_that_this_scheduler_cannot_take(interrupted):
    graph = encode(DaskGraph(pickle.dumps(({}, [b"nothing"])), [], []))
    run_id = killed_at_once(interrupted, graph)
    with pytest.raises(MazeError, match="could not take the graph"):
        interrupted.client.resume(run_id)
    run = interrupted.client.get_run(run_id)
    assert run.wait(BOUND) == "failed"
    with pytest.raises(MazeError, match="could not take the graph"):
        run.result("make")
    with pytest.raises(MazeError, match="graph"):
        run.rerun()
