"""What every kind of task promises: how it starts, ends and is ended, and that nothing is left.

A kind is a row of `CASES`, and every kind that is registered has one.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from maze_nb import MaClient, Run, Workflow
from maze_nb.errors import InputError
from maze_nb.magics.options import parse_options
from maze_nb.magics.shell_cell import shell_source
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import TaskOptions
from maze_nb.runners.commands.shell_cell import ShellCell
from maze_nb.runners.registry import known_kinds
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import WorkflowTask
from tests.containers import IMAGE, Engine
from tests.endless import COMMAND, ENDLESS, endless_processes
from tests.waiting import wait_until

SHELL = {
    "answer": 'echo "{x}!"',
    "lines": "echo one; while [ ! -e {place}/gate ]; do sleep 0.05; done; echo two; echo three",
    "endless": f"echo begun; {COMMAND} & {COMMAND}",
    "leave": f"{COMMAND} > /dev/null 2>&1 &\necho left",
    "fail": "echo lost; exit 3",
    # A process of its own grows, so that the one that began it has to be found out about it.
    "hoard": "echo begun; sleep 0.5; sh -c 'tail /dev/zero'; exit $?",
}
PYTHON = {
    "answer": "found = f'{x}!'",
    "lines": """\
import pathlib, time
print("one", flush=True)
while not pathlib.Path(place, "gate").exists():
    time.sleep(0.05)
print("two")
print("three", flush=True)
found = ""
""",
    "endless": f"""\
import subprocess
held = subprocess.Popen({ENDLESS})
print("begun", flush=True)
held.wait()
found = ""
""",
    "fail": "print('lost', flush=True)\nraise ValueError('ended with 3')",
    "hoard": """\
import time
print("begun", flush=True)
time.sleep(0.5)
held = bytearray(600_000_000)
held[::4096] = bytes(len(held[::4096]))
time.sleep(60)
found = ""
""",
}

Add = Callable[..., WorkflowTask]


@dataclass(frozen=True)
class Case:
    """One kind of task.

    Attributes
    ----------
    add
        Adds a task to a workflow that does one of the things in `SHELL`: it is given the workflow,
        the name of that thing, a folder, its inputs and options.
    output
        Where the answer is.
    can
        What it can be asked to do; a function that leaves a process running may mean to.
    engine
        Whether it takes an engine for containers.
    begins
        Within how many seconds it is sure to begin; None: that depends on how busy all is.
    memory
        The MB that it can do with.
    """

    add: Add
    output: str = "stdout"
    can: frozenset[str] = field(default=frozenset(SHELL))
    engine: bool = False
    begins: float | None = 3
    memory: float = 400


def add_python(workflow: Workflow, what: str, place: Path, inputs: Any, options: Any) -> Any:
    names: dict[str, Any] = {}
    body = "\n    ".join(PYTHON[what].splitlines())
    exec(f"def work(x, place):\n    {body}\n    return found", names)
    return workflow.add_task(names["work"], inputs, **{"isolation": "process", **options})


def add_notebook(workflow: Workflow, what: str, place: Path, inputs: Any, options: Any) -> Any:
    record = "\nimport maze_nb\nmaze_nb.record('result', found)"
    cells = [("x = place = ''", ["parameters"]), (PYTHON[what] + record, [])]
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell{number}",
                "source": source,
                "metadata": {"tags": tags},
                "outputs": [],
                "execution_count": None,
            }
            for number, (source, tags) in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = place / "work.ipynb"
    path.write_text(json.dumps(notebook))
    return workflow.add_notebook(path, inputs, outputs=["result"], **options)


def add_command(workflow: Workflow, what: str, place: Path, inputs: Any, options: Any) -> Any:
    return workflow.add_command(SHELL[what], inputs, name="work", **options)


def add_shell(workflow: Workflow, what: str, place: Path, inputs: Any, options: Any) -> Any:
    text = f"%%maze_task work --kind shell\n{SHELL[what]}"
    source = shell_source(text, parse_options("work --kind shell -i x,place -o stdout"))
    cell = ShellCell("work", source, text, (), ("stdout",), is_strict=True)
    signature = Signature("dict", ("x", "place"), ("stdout",))
    base = CheckedOptions(TaskOptions(isolation="process"))
    function = TaskFunction(cell, signature, Resources(), base)
    return workflow.add_task(function, inputs, **options)


def add_container(workflow: Workflow, what: str, place: Path, inputs: Any, options: Any) -> Any:
    given = {**inputs, "place": "/place"} if "place" in inputs else inputs
    mounts = {str(place): "/place"}
    return workflow.add_container(
        IMAGE, SHELL[what], given, mounts=mounts, pull="never", name="work", **options
    )


CASES = {
    "python": Case(add_python, "result", frozenset(PYTHON)),
    "notebook": Case(add_notebook, "result", frozenset(PYTHON), begins=None),
    "command": Case(add_command),
    "shell": Case(add_shell),
    "container": Case(add_container, engine=True, begins=12, memory=64),
}


@dataclass
class Subject:
    """A kind with a cluster that can run it."""

    kind: str
    case: Case
    client: MaClient
    engine: Engine | None
    place: Path = Path()
    before: set[str] = field(default_factory=set)

    def begin(self, what: str, **options: Any) -> tuple[Run, WorkflowTask]:
        if what not in self.case.can:
            pytest.skip(f"tasks of kind {self.kind} are not asked to {what}")
        workflow = self.client.create_workflow(what)
        task = self.add(workflow, what, {"x": "a b", "place": str(self.place)}, **options)
        return self.client.get_run(workflow.run()), task

    def add(self, workflow: Workflow, what: str, inputs: Any, **options: Any) -> WorkflowTask:
        return self.case.add(workflow, what, self.place, inputs, options)

    def left(self) -> list[str]:
        """Return what is there that only a task can have made."""
        found = [f"process {pid}" for pid in endless_processes()]
        places = Path(os.environ["MAZE_HOME"], "results")
        # Hidden ones are no files of the tasks here, but what they work in and half-written files.
        found += map(str, places.rglob(".*"))
        # Jupyter's own programs may leave something if they are killed while they start.
        if self.case.begins is not None:
            found += sorted(_temporary() - self.before)
        if self.engine is None:
            return found + _mounts([places, self.place])
        # An engine mounts its storage for itself.
        overlays = [self.engine.folder / "storage/vfs-containers", self.engine.folder / "run"]
        return found + self.engine.containers() + _mounts([places, self.place, *overlays])


@pytest.fixture(scope="module", params=CASES)
def kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Subject]:
    case = CASES[request.param]
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        engine: Engine | None = None
        cluster: LocalCluster | None = None
        if case.engine:
            engine = request.getfixturevalue("container_engine")
            patch.setenv("DOCKER_HOST", engine.url)
        # One for this alone, where nobody else leaves anything; tasks have it from here.
        temporary = str(tmp_path_factory.mktemp("temporary"))
        patch.setenv("TMPDIR", temporary)
        patch.setattr(tempfile, "tempdir", temporary)
        if engine is not None:
            # The embedded cluster may be there from before, and knows of no engine then.
            cluster = stack.enter_context(
                LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0")
            )
        client = stack.enter_context(MaClient(cluster=cluster))
        yield Subject(request.param, case, client, engine)


@pytest.fixture
def subject(kind: Subject, tmp_path: Path) -> Iterator[Subject]:
    kind.place, kind.before = tmp_path, _temporary()
    yield kind
    with contextlib.suppress(AssertionError):
        wait_until(lambda: kind.left() == [], 15)
    assert kind.left() == []


def test_every_kind_has_a_row() -> None:
    assert set(known_kinds()) == set(CASES)


def test_it_starts_and_stops_with_its_outputs(subject: Subject) -> None:
    run, task = subject.begin("answer")
    assert run.result(task)[subject.case.output] == "a b!"
    assert kinds_of(run) == ["start_task", "finish_task"]
    (told,) = subject.client.get_run(run.run_id).log.read()[0]["data"]["graph"]["tasks"]
    assert told["kind"] == subject.kind


def test_what_it_leaves_running_ends_with_it(subject: Subject) -> None:
    run, task = subject.begin("leave")
    assert run.result(task)[subject.case.output] == "left"


def test_a_timeout_ends_it_with_all_that_it_started(subject: Subject) -> None:
    run, _ = subject.begin("endless", timeout=subject.case.begins or 5)
    assert run.wait(60) == "failed"
    assert error_of(run)["type"] == "TaskTimeoutError"
    assert "begun" in log_of(run) or subject.case.begins is None
    if subject.case.engine:
        assert usage_of(run)["cpu"] is not None


def test_more_memory_than_it_may_use_ends_it_with_all_that_it_started(subject: Subject) -> None:
    run, _ = subject.begin("hoard", resources={"cpu_mem": subject.case.memory})
    assert run.wait(60) == "failed"
    assert error_of(run)["type"] == "MemoryLimitError"
    assert f"more than the {subject.case.memory:g} MB of its cpu_mem" in error_of(run)["message"]
    assert "begun" in log_of(run)


def test_a_cancel_ends_it_with_all_that_it_started(subject: Subject) -> None:
    run, _ = subject.begin("endless")
    wait_until(lambda: "begun" in log_of(run), 60)
    run.cancel()
    assert run.wait(30) == "cancelled"
    wait_until(lambda: not endless_processes(), 30)


def test_what_it_prints_is_told_in_order_while_it_runs_and_kept(subject: Subject) -> None:
    run, task = subject.begin("lines")
    wait_until(lambda: "one" in log_of(run), 60)
    assert "two" not in log_of(run)
    (subject.place / "gate").touch()
    assert run.wait(60) == "succeeded"
    assert log_of(run).split() == ["one", "two", "three"]
    kept = Path(os.environ["MAZE_HOME"], "results", run.run_id, task.task_id, "stdout.log")
    assert kept.read_text().split()[-1] == "three"


def test_a_failure_has_its_exit_code_and_its_log_and_is_tried_again(subject: Subject) -> None:
    run, _ = subject.begin("fail", retries=1, backoff=0.01)
    assert run.wait(60) == "failed"
    assert kinds_of(run).count("start_task") == 2
    assert "3" in error_of(run)["message"]
    assert "lost" in log_of(run)
    if subject.case.output == "stdout":
        assert "exit code 3" in error_of(run)["message"]
        assert "lost" in error_of(run)["message"]


def test_bad_input_is_refused_before_it_runs(subject: Subject) -> None:
    workflow = subject.client.create_workflow("bad")
    with pytest.raises(InputError, match=r"'[xy]'|{x}"):
        subject.add(workflow, "answer", {"y": 1, "place": ""})
    assert workflow.get_tasks() == []


def kinds_of(run: Run) -> list[str]:
    return [
        each["type"] for each in run.log.read() if each["type"] in ("start_task", "finish_task")
    ]


def log_of(run: Run) -> str:
    """Return what the task has printed on its standard output so far."""
    told = (each["data"] for each in run.log.read() if each["type"] == "task_log")
    return "".join(each["text"] for each in told if each["stream"] == "stdout")


def usage_of(run: Run) -> dict[str, Any]:
    (found,) = [
        each["data"]["usage"] for each in run.log.read() if each["type"] == "task_exception"
    ]
    return found


def error_of(run: Run) -> dict[str, Any]:
    (found,) = [
        each["data"]["error"] for each in run.log.read() if each["type"] == "task_exception"
    ]
    return found


def _temporary() -> set[str]:
    return set(map(str, Path(tempfile.gettempdir()).iterdir()))


def _mounts(folders: list[Path]) -> list[str]:
    """Return what is mounted below some folders."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    places = [Path(line.split()[1]) for line in lines]
    return [
        f"mount {place}"
        for place in places
        if any(place != folder and place.is_relative_to(folder) for folder in folders)
    ]
