"""Runs that take from others what those have, or still compute."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, Run, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.store.open import open_store
from tests.waiting import wait_until

SECONDS = 60.0


@task
def first(gate: str, log: str, size: int) -> list[int]:
    with Path(log).open("a") as file:
        file.write("first\n")
    end = time.monotonic() + 60
    while not Path(gate).exists():
        assert time.monotonic() < end, "nobody opened the gate"
        time.sleep(0.01)
    assert Path(gate).read_text() != "fail", "it was to fail"
    return [20] * size


@task(outputs=["y"])
def second(x: list[int], log: str) -> int:
    with Path(log).open("a") as file:
        file.write("second\n")
    return x[0] + 1


class Bench:
    """Chains of two tasks that wait at a gate, and what of them ran."""

    def __init__(self, client: MaClient, folder: Path) -> None:
        self.client = client
        self.gate = folder / "gate"
        self._log = folder / "log"
        self._log.touch()

    def start(self, taken: dict[str, str] | None = None, size: int = 1, **options: Any) -> Run:
        """Start a chain; `taken` says of which runs it takes which tasks."""
        workflow = WorkflowGraph("joined")
        given = {"gate": str(self.gate), "log": str(self._log), "size": size}
        one = workflow.add_task(first, given, task_id="a", **options)
        workflow.add_task(
            second, {"x": one.outputs["result"], "log": str(self._log)}, task_id="b", **options
        )
        return self.client.get_run(self.client.submit(workflow, fail_fast=False, taken=taken))

    @property
    def ran(self) -> list[str]:
        """The code that ran, in order."""
        return self._log.read_text().split()


@pytest.fixture
def bench(client: MaClient, tmp_path: Path) -> Bench:
    return Bench(client, tmp_path)


def sources(run: Run) -> dict[str, str]:
    """Return where the outputs of each task come from; empty for those computed in the run."""
    return {m["data"]["task_id"]: m["data"]["reused_from"] for m in run.messages()
            if m["type"] == "finish_task"}  # fmt: skip


def until(run: Run, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait for a message of a run."""
    deadline = time.monotonic() + SECONDS
    for message in run.log.follow(deadline):
        if condition(message):
            return message
    raise AssertionError(f"no such message in {SECONDS} s")


def of(kind: str, task_id: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["type"] == kind and message["data"].get("task_id") == task_id


def test_what_goes_on_elsewhere_is_waited_for(bench: Bench) -> None:
    one = bench.start()
    until(one, of("start_task", "a"))
    two = bench.start({"a": one.run_id})
    held = until(two, of("task_pending", "a"))
    assert held["data"]["reason"] == f"waits for run {one.run_id[:8]}…, which computes it"
    assert two.explain("a") == held["data"]["reason"]
    three = bench.start({"a": two.run_id, "b": two.run_id})
    until(three, of("task_pending", "b"))
    bench.gate.touch()
    assert {run.wait(SECONDS) for run in (one, two, three)} == {"succeeded"}
    assert sources(one) == {"a": "", "b": ""}
    assert sources(two) == {"a": f"run {one.run_id}", "b": ""}
    assert sources(three) == {"a": f"run {two.run_id}", "b": f"run {two.run_id}"}
    assert three.result("b") == {"y": 21}
    assert bench.ran == ["first", "second", "second"]


def test_what_has_ended_elsewhere_is_taken_at_once(bench: Bench) -> None:
    bench.gate.touch()
    one = bench.start()
    one.wait(SECONDS)
    two = bench.start({"a": one.run_id})
    assert two.wait(SECONDS) == "succeeded"
    three = bench.start({"a": one.run_id, "b": two.run_id})
    assert three.wait(SECONDS) == "succeeded"
    assert sources(three) == {"a": f"run {one.run_id}", "b": f"run {two.run_id}"}
    assert bench.ran == ["first", "second", "second"]


def test_a_failure_elsewhere_is_a_failure_here(bench: Bench) -> None:
    one = bench.start()
    until(one, of("start_task", "a"))
    two = bench.start({"a": one.run_id})
    until(two, of("task_pending", "a"))
    bench.gate.with_name("part").write_text("fail")
    bench.gate.with_name("part").replace(bench.gate)
    assert two.wait(SECONDS) == "failed"
    with pytest.raises(AssertionError, match="it was to fail"):
        two.result("a")
    failures = [until(run, of("task_exception", "a"))["data"]["result"] for run in (one, two)]
    assert failures[0] == failures[1]
    # The same of one that has ended before.
    one.wait(SECONDS)
    three = bench.start({"a": one.run_id})
    assert three.wait(SECONDS) == "failed"
    assert bench.ran == ["first"]


LOST: dict[str, Callable[[Bench, Run], object]] = {
    "cancelled": lambda bench, run: run.cancel(),
    "cancelled alone": lambda bench, run: run.cancel("a"),
    "forgotten": lambda bench, run: bench.client.forget(run.run_id),
}


@pytest.mark.parametrize("how", LOST)
def test_what_comes_to_nothing_elsewhere_is_computed_here(bench: Bench, how: str) -> None:
    one = bench.start()
    until(one, of("start_task", "a"))
    two = bench.start({"a": one.run_id, "b": one.run_id})
    until(two, of("task_pending", "b"))
    # What is told to end before its code begins does not write that it ran.
    wait_until(lambda: bench.ran == ["first"])
    LOST[how](bench, one)
    bench.gate.touch()
    assert two.wait(SECONDS) == "succeeded"
    assert sources(two) == {"a": "", "b": ""}
    assert bench.ran == ["first", "first", "second"]


def test_what_is_in_memory_only_or_never_was_is_computed_here(bench: Bench) -> None:
    bench.gate.touch()
    one = bench.start(size=100_000, keep="memory")
    assert one.wait(SECONDS) == "succeeded"
    two = bench.start({"a": one.run_id, "b": "0" * 32, "c": one.run_id}, size=100_000)
    assert two.wait(SECONDS) == "succeeded"
    assert sources(two) == {"a": "", "b": ""}
    assert bench.ran == ["first", "second"] * 2


def test_one_that_waits_can_be_cancelled(bench: Bench) -> None:
    one = bench.start()
    until(one, of("start_task", "a"))
    two = bench.start({"a": one.run_id, "b": one.run_id})
    until(two, of("task_pending", "b"))
    two.cancel()
    assert two.wait(SECONDS) == "cancelled"
    bench.gate.touch()
    assert one.wait(SECONDS) == "succeeded"


def test_a_superseded_run_ends_as_far_as_nobody_waits_for_it(bench: Bench) -> None:
    one = bench.start()
    until(one, of("start_task", "a"))
    two = bench.start({"a": one.run_id})
    until(two, of("task_pending", "a"))
    bench.client.supersede(one.run_id)
    assert "its cell was run again" in until(one, of("task_cancelled", "b"))["data"]["reason"]
    bench.client.supersede(two.run_id)
    assert two.wait(SECONDS) == "cancelled"
    bench.client.supersede(one.run_id)
    assert one.wait(SECONDS) == "cancelled"
    bench.client.supersede(one.run_id)
    bench.gate.touch()


def test_the_files_of_runs_that_others_took_from_are_known(
    embedded: MaClient, tmp_path: Path
) -> None:
    bench = Bench(embedded, tmp_path)
    bench.gate.touch()
    one = bench.start()
    one.wait(SECONDS)
    two = bench.start({"a": one.run_id})
    two.wait(SECONDS)
    three = bench.start({"b": two.run_id, "a": one.run_id})
    three.wait(SECONDS)
    place = embedded._call("maze_store")[1]
    uses = {
        run.run_id: {used for used in run.uses if "/" not in used}
        for run in open_store(Path(place), reading=True).runs()
    }
    assert uses[two.run_id] == {one.run_id}
    assert uses[three.run_id] == {one.run_id, two.run_id}


def test_what_waited_goes_on_after_its_scheduler_was_lost(
    cluster_type: type[Any], tmp_path: Path
) -> None:
    env = {HOME_VARIABLE: str(tmp_path / "home")}
    lost = cluster_type(tmp_path, env)
    pairs = []
    try:
        lost.add_worker("a")
        with MaClient(lost.address) as client:
            bench = Bench(client, tmp_path)
            for is_source_resumed in (True, False):
                one = bench.start()
                until(one, of("start_task", "a"))
                two = bench.start({"a": one.run_id})
                until(two, of("task_pending", "a"))
                pairs.append((is_source_resumed, one.run_id, two.run_id))
    finally:
        lost.kill()
    found = cluster_type(tmp_path, env)
    try:
        found.add_worker("b")
        with MaClient(found.address) as client:
            resumed = []
            for is_source_resumed, source, taker in pairs:
                if is_source_resumed:
                    client.resume(source)
                resumed.append((client.resume(taker), f"run {source}" if is_source_resumed else ""))
            bench.gate.touch()
            for again, source in resumed:
                assert again.wait(SECONDS) == "succeeded"
                assert again.result("b") == {"y": 21}
                assert sources(again)["a"] == source
    finally:
        found.close()
