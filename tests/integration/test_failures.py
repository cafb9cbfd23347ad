"""What goes wrong is told clearly, hangs nothing and loses nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from maze_nb import MaClient, task
from maze_nb.errors import (
    ResultLostError,
    TaskCancelledError,
    TaskFailedError,
    TaskSkippedError,
    UnknownRunError,
    UnknownTaskError,
)
from tests.waiting import wait_until


@task
def divide(a, b):
    return a / b


@task
def follow(value):
    return value


@task(inputs=[], outputs=["wanted"])
def returns_none(params):
    return None


@task(inputs=[], outputs=["wanted"])
def lacks(params):
    return {"wantd": 1}


@task(inputs=[], outputs=["wanted"])
def adds(params):
    return {"wanted": 1, "extra": 2}


@task(outputs=["a", "b"])
def too_few():
    return (1,)


@task
def makes_lock():
    return threading.Lock()


@task
def makes_list_with_lock():
    return [*range(100_000), threading.Lock()]


class OddError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@task
def raises_odd():
    raise OddError


@task
def raises_unpicklable():
    error = ValueError("with a lock")
    error.lock = threading.Lock()
    raise error


@task
def wait_for(path, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)
    return os.getpid()


def test_a_failure_skips_its_dependents_only(client: MaClient) -> None:
    workflow = client.create_workflow()
    bad = workflow.add_task(divide, inputs={"a": 1, "b": 0}, name="bad")
    child = workflow.add_task(follow, inputs={"value": bad.outputs["result"]}, name="child")
    grandchild = workflow.add_task(follow, inputs={"value": child.outputs["result"]})
    good = workflow.add_task(divide, inputs={"a": 1, "b": 2})
    after = workflow.add_task(follow, inputs={"value": good.outputs["result"]})
    run_id = workflow.run()
    summary = workflow.show_results(run_id)
    assert summary["status"] == "failed"
    assert summary["has_exception"]
    assert not summary["workflow_completed"]
    assert summary["exception_tasks"] == [bad.task_id]
    assert summary["task_results"].keys() == {good.task_id, after.task_id}
    messages = list(workflow.get_results(run_id, verbose=False))
    assert messages[-1]["type"] == "finish_workflow"
    assert messages[-1]["data"]["has_exception"]
    skipped = [m["data"] for m in messages if m["type"] == "task_skipped"]
    assert {s["task_id"] for s in skipped} == {child.task_id, grandchild.task_id}
    assert {s["root_cause"]["task_name"] for s in skipped} == {"bad"}
    failed = next(m["data"] for m in messages if m["type"] == "task_exception")
    assert failed["error"]["type"] == "ZeroDivisionError"
    assert failed["error"]["task"] == "bad"
    assert "in divide" in failed["result"]
    assert "maze_nb/worker" not in failed["result"]
    with pytest.raises(ZeroDivisionError) as caught:
        workflow.get_task_result(run_id, bad)
    assert "in divide" in str(caught.value.__cause__)
    with pytest.raises(TaskSkippedError, match="'bad'"):
        workflow.get_task_result(run_id, grandchild)


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (returns_none, TaskFailedError, "must return a dict .*'wanted'.*returned None"),
        (lacks, TaskFailedError, "did not return its output 'wanted'.*did you mean 'wantd'"),
        (adds, TaskFailedError, "returned 'extra', which is not among its outputs 'wanted'"),
        (too_few, TaskFailedError, "2 outputs 'a', 'b' as a tuple.*a tuple of 1"),
        (makes_lock, Exception, "output 'result' of task 'makes_lock'.*cannot be pickled"),
        (makes_list_with_lock, Exception, "output 'result' .*cannot be pickled"),
        (raises_unpicklable, Exception, "with a lock"),
    ],
)
def test_what_a_task_must_not_return(embedded, function, kind, message) -> None:
    workflow = embedded.create_workflow()
    made = workflow.add_task(function)
    run_id = workflow.run()
    with pytest.raises(kind, match=f"(?s){message}"):
        workflow.get_task_result(run_id, made)
    assert embedded.get_run(run_id).wait(10) == "failed"


def test_an_exception_without_text(embedded) -> None:
    workflow = embedded.create_workflow()
    workflow.add_task(raises_odd)
    summary = workflow.show_results(workflow.run())
    assert summary["status"] == "failed"


def test_fail_fast_cancels_the_rest(embedded, tmp_path: Path) -> None:
    workflow = embedded.create_workflow()
    workflow.add_task(divide, inputs={"a": 1, "b": 0})
    slow = workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
    waiting = workflow.add_task(follow, inputs={"value": slow.outputs["result"]})
    run_id = workflow.run(fail_fast=True)
    try:
        assert embedded.get_run(run_id).wait(20) == "failed"
        for task_ in (slow, waiting):
            with pytest.raises(TaskCancelledError):
                workflow.get_task_result(run_id, task_)
    finally:
        (tmp_path / "go").touch()


def test_cancel_frees_the_slots_when_the_threads_end(embedded, tmp_path: Path) -> None:
    workflow = embedded.create_workflow()
    for _ in range(6):
        workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
    run = embedded.get_run(workflow.run())
    for message in run.messages():
        if message["type"] == "start_task":
            break
    run.cancel()
    assert run.wait(10) == "cancelled"
    types = [m["type"] for m in run.messages()]
    assert types.count("task_cancelled") == 6
    assert types[-1] == "finish_workflow"
    (tmp_path / "go").touch()
    again = embedded.create_workflow()
    made = again.add_task(divide, inputs={"a": 4, "b": 2})
    whole = again.add_task(
        divide, inputs={"a": 4, "b": 2}, resources={"cpu": embedded.nodes()[0].cpu}
    )
    run_id = again.run()
    assert embedded.get_run(run_id).result(made, 20) == {"result": 2}
    assert embedded.get_run(run_id).result(whole, 20) == {"result": 2}


def test_unknown_runs_and_tasks(client: MaClient) -> None:
    workflow = client.create_workflow()
    workflow.add_task(divide, inputs={"a": 1, "b": 1})
    run_id = workflow.run()
    with pytest.raises(
        UnknownRunError, match=rf"'nonsense' at .*newest are .*{run_id[:8]} \(workflow-"
    ):
        workflow.get_results("nonsense")
    with pytest.raises(UnknownRunError, match=f"did you mean '{run_id}'"):
        workflow.get_results(run_id[:8])
    with pytest.raises(UnknownTaskError, match=r"its tasks are 'divide'$"):
        workflow.get_task_result(run_id, "nonsense")
    with pytest.raises(UnknownTaskError, match="did you mean 'divide'"):
        workflow.get_task_result(run_id, "divid")
    client.forget(run_id)
    with pytest.raises(UnknownRunError):
        client.get_run(run_id)


def test_a_result_that_was_dropped(client: MaClient) -> None:
    workflow = client.create_workflow()
    made = workflow.add_task(follow, inputs={"value": b"x" * 200_000})
    run_id = workflow.run()
    run = client.get_run(run_id)
    assert run.wait(20) == "succeeded"
    client.forget(run_id)
    with pytest.raises(ResultLostError, match="run the workflow again"):
        run.result(made)


def test_a_worker_killed_in_the_middle(start_cluster, tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a")
    cluster.add_worker("b")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow()
        first = workflow.add_task(follow, inputs={"value": 7})
        stuck = [
            workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")}) for _ in range(2)
        ]
        more = [workflow.add_task(follow, inputs={"value": n}) for n in range(50)]
        last = workflow.add_task(
            follow, inputs={"value": [t.outputs["result"] for t in (first, *stuck, *more)]}
        )
        run = client.get_run(workflow.run())
        started = [m for m in _until(run, "start_task", 2) if m["type"] == "start_task"]
        assert started
        victim = cluster.workers[0]
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait(10)
        (tmp_path / "go").touch()
        assert run.wait(60) == "succeeded"
        found = run.result(last)["result"]
        assert found[0] == 7
        assert found[3:] == list(range(50))
        seqs = [m["seq"] for m in run.messages()]
        assert seqs == list(range(1, len(seqs) + 1))
        node = next(n for n in client.nodes() if n.status == "available")
        assert node.cpu_free == node.cpu


def _until(run, kind: str, count: int) -> list[dict]:
    found = []
    for message in run.messages():
        found.append(message)
        if sum(m["type"] == kind for m in found) >= count:
            break
    return found


def test_a_run_that_is_cancelled_while_it_is_taken_in(separate: str, tmp_path: Path) -> None:
    with MaClient(separate) as client, MaClient(separate) as other:
        workflow = client.create_workflow("cancelled early")
        for number in range(1500):
            workflow.add_task(leave_mark, inputs={"folder": str(tmp_path), "number": number})
        submitting = threading.Thread(target=workflow.run)
        submitting.start()
        found: list[str] = []

        def is_there() -> bool:
            found[:] = [r.run_id for r in other.runs() if r.workflow_id == workflow.workflow_id]
            return bool(found)

        wait_until(is_there)
        other.get_run(found[0]).cancel()
        submitting.join(60)
        assert not submitting.is_alive()
        assert other.get_run(found[0]).wait(30) == "cancelled"
        wait_until(lambda: not keys_of(other, found[0]))
        done = len(list(tmp_path.iterdir()))
        assert done < 1500


def keys_of(client: MaClient, run_id: str) -> int:
    """Return how many keys Dask has of a run."""
    return client.dask_client.run_on_scheduler(_count_keys, run_id)


def _count_keys(run_id, dask_scheduler):
    return sum(run_id in str(key) for key in dask_scheduler.tasks)


@task
def leave_mark(folder, number):
    Path(folder, str(number)).touch()
