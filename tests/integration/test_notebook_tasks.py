"""Notebooks as tasks: what they are given and record, how they fail, and that they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from maze_nb import MaClient, task
from maze_nb.errors import (
    InputError,
    OptionError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
)
from maze_nb.wire.records import read_notebook
from tests.waiting import wait_until

TRAIN = """\
import maze_nb
import helper

print("training with", rate)
if rate > 1:
    raise ValueError(f"{rate} is too fast")
maze_nb.record("loss", rate * helper.FACTOR)
maze_nb.record("pair", (1, rate))
"""
INNER = """\
from maze_nb import MaClient, record, task

@task
def double(x):
    return 2 * x

client = MaClient()
workflow = client.create_workflow("inner")
made = workflow.add_task(double, {"x": start})
record("doubled", workflow.get_task_result(workflow.run(), made)["result"])
record("address", client.address)
"""
ENDLESS = """\
import os, pathlib, subprocess, time

held = subprocess.Popen(["sleep", "600"], start_new_session=True)
told = pathlib.Path(place + ".part")
told.write_text(f"{os.getpid()} {os.getppid()} {held.pid}")
told.rename(place)
time.sleep(600)
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes a notebook."""

    def write(name: str, parameters: str, *cells: str) -> Path:
        made = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
        )
        made.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        made.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
        for number, cell in enumerate(made.cells):
            cell.id = str(number)
        path = tmp_path / name
        nbformat.write(made, path)
        return path

    return write


@task
def faster(x: float) -> float:
    return x + 0.25


def printed(messages: Any) -> str:
    return "".join(m["data"]["text"] for m in messages if m["type"] == "task_log")


@pytest.mark.slow
def test_a_notebook_gives_what_it_recorded(
    client: MaClient, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("from deeper import FACTOR\n")
    (tmp_path / "deeper.py").write_text("FACTOR = 2\n")
    train = write("train.ipynb", "rate: float = 0.5", TRAIN)
    workflow = client.create_workflow("notebooks")
    before = workflow.add_task(faster, {"x": 0.25})
    good = workflow.add_notebook(
        train, {"rate": before.outputs["result"]}, outputs=["loss", "pair"]
    )
    after = workflow.add_task(faster, {"x": good.outputs["loss"]}, name="after")
    bad = workflow.add_notebook(train, {"rate": 2}, name="too fast")
    silent = workflow.add_notebook(train, outputs=["los"], name="silent")
    # What they import travels, and so does the notebook.
    for file in ("helper.py", "deeper.py", "train.ipynb"):
        (tmp_path / file).unlink()
    run = client.get_run(workflow.run())
    run.wait(110)

    found = run.result(good)
    assert (found["loss"], found["pair"]) == (1.0, (1, 0.5))
    assert run.result(after)["result"] == 1.25
    output = Path(found["notebook"])
    assert output.name == "train.ipynb"
    assert output.parent.name == good.task_id
    assert [*output.parent.glob(".notebook*")] == []
    assert read_notebook(nbformat.read(output, as_version=4))["loss"].value == 1.0

    messages = run.messages()
    assert "training with 0.5\n" in printed(messages)
    told = [m["data"] for m in messages if m["type"] == "task_progress"]
    assert {each["total"] for each in told if each["task_id"] == good.task_id} == {3.0}

    with pytest.raises(TaskFailedError, match=r"In \[3\]: ValueError: 2 is too fast"):
        run.result(bad)
    failure = next(m for m in messages if m["type"] == "task_exception"
                   and m["data"]["task_id"] == bad.task_id)["data"]  # fmt: skip
    assert 'raise ValueError(f"{rate} is too fast")' in failure["result"]
    assert "\x1b" not in failure["result"]
    with pytest.raises(TaskFailedError, match=r"without recording its output 'los'.*'loss'"):
        run.result(silent)


@pytest.mark.slow
def test_clients_in_a_notebook_do_not_wait_for_the_cores_it_holds(
    start_cluster: Callable[..., Any], write: Callable[..., Path]
) -> None:
    cluster = start_cluster()
    cluster.add_worker("alone", "--resources", "CPU=1")
    with MaClient(cluster.address) as client:
        workflow = client.create_workflow("nested")
        outputs = ["doubled", "address"]
        inner = write("inner.ipynb", "start = 1", INNER)
        own = workflow.add_notebook(inner, {"start": 4}, outputs=outputs)
        shared = workflow.add_notebook(
            inner,
            {"start": own.outputs["doubled"]},
            outputs=outputs,
            name="shared",
            resources={"cpu": 0},
            env={"DASK_SCHEDULER_ADDRESS": client.address},
        )
        run = client.get_run(workflow.run())
        assert run.wait(110) == "succeeded"
        assert run.result(own)["doubled"] == 8
        assert run.result(own)["address"] != client.address
        assert run.result(shared)["doubled"] == 16
        assert run.result(shared)["address"] == client.address


ENDS: dict[str, type[Exception] | None] = {
    "cancelled": TaskCancelledError,
    "timed out": TaskTimeoutError,
    "its worker is lost": None,
}
# A kernel of a busy machine may take longer to come than one of these.
TIMEOUTS = (8, 16, 60)


@pytest.mark.slow
@pytest.mark.parametrize("how", ENDS)
def test_all_processes_of_a_notebook_end_with_its_task(
    how: str, start_cluster: Callable[..., Any], write: Callable[..., Path], tmp_path: Path
) -> None:
    error = ENDS[how]
    told = tmp_path / "processes"
    endless = write("endless.ipynb", "place = ''", ENDLESS)
    cluster = start_cluster()
    cluster.add_worker("alone")
    with MaClient(cluster.address) as client:
        for timeout in TIMEOUTS if how == "timed out" else (None,):
            workflow = client.create_workflow("endless")
            notebook = workflow.add_notebook(endless, {"place": str(told)}, timeout=timeout)
            run = client.get_run(workflow.run())
            wait_until(lambda run=run: told.exists() or run.is_finished, 70)
            if told.exists():
                break
        processes = [psutil.Process(int(pid)) for pid in told.read_text().split()]
        if how == "cancelled":
            run.cancel()
        if error is None:
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
        else:
            with pytest.raises(error):
                run.result(notebook, 70)
        wait_until(lambda: not any(map(psutil.Process.is_running, processes)), 30)
        if error is None:
            run.cancel()
            run.wait(30)


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an input that is no parameter": (
        {"inputs": {"rat": 1}},
        InputError,
        "no parameter 'rat' in its cell tagged 'parameters': did you mean 'rate'?",
    ),
    "a value that is no JSON": (
        {"inputs": {"rate": {1, 2}}},
        InputError,
        "input 'rate' of task 'train' is a set, which cannot be written into a notebook",
    ),
    "a value deep inside": (
        {"inputs": {"rate": [{"a": object()}]}},
        InputError,
        "'a' in item 0 of input 'rate' of task 'train' is an object",
    ),
    "an output given twice": ({"outputs": ["a", "a"]}, InputError, "'a' of task 'train' is there"),
    "an output of ours": ({"outputs": ["notebook"]}, InputError, "the path of the executed"),
    "an output that is a text": ({"outputs": "loss"}, InputError, "not 'loss'"),
    "a thread": ({"isolation": "thread"}, OptionError, "runs in a process of its own"),
}


@pytest.mark.parametrize(("given", "kind", "wanted"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_is_refused_when_it_is_added(
    given: dict[str, Any],
    kind: type[Exception],
    wanted: str,
    embedded: MaClient,
    write: Callable[..., Path],
) -> None:
    workflow = embedded.create_workflow()
    with pytest.raises(kind) as caught:
        workflow.add_notebook(write("train.ipynb", "rate = 1"), **given)
    assert wanted in str(caught.value)


@pytest.mark.slow
def test_a_cached_notebook_runs_again_if_it_or_a_module_changes(
    embedded: MaClient, write: Callable[..., Path], tmp_path: Path
) -> None:
    helper = tmp_path / "helper.py"

    def submitted() -> Any:
        notebook = write("train.ipynb", "rate = 1", "import maze_nb, helper", cell)
        workflow = embedded.create_workflow()
        workflow.add_notebook(notebook, {"rate": 2}, outputs=["x"], cache=True)
        return workflow

    helper.write_text("FACTOR = 2\n")
    cell = "maze_nb.record('x', rate * helper.FACTOR)"
    workflow = submitted()
    assert embedded.get_run(workflow.run()).wait(60) == "succeeded"
    states = [submitted().plan()[0].verdict]
    helper.write_text("FACTOR = 3\n")
    states.append(submitted().plan()[0].verdict)
    helper.write_text("FACTOR = 2\n")
    cell += "\n"
    states.append(submitted().plan()[0].verdict)
    assert states == ["cached", "runs", "runs"]


@pytest.mark.parametrize(
    ("task", "place"),
    [
        ("a: {notebook: train.ipynb, inputs: {rate: fast}}", "flow.yaml:2: tasks.a.inputs.rate: "),
        (
            "a: {notebook: train.ipynb,\n    foreach: {rate: [0.5, fast]}}",
            "flow.yaml:3: tasks.a.foreach: ",
        ),
    ],
    ids=["input", "item"],
)
def test_values_in_workflow_files_are_held_against_the_types(
    write: Callable[..., Path], tmp_path: Path, task: str, place: str
) -> None:
    write("train.ipynb", "rate: float = 0.5", TRAIN)
    (tmp_path / "helper.py").write_text("FACTOR = 2\n")
    (tmp_path / "flow.yaml").write_text(f"tasks:\n  {task}\n")
    answer = subprocess.run(
        [Path(sys.executable).parent / "maze-nb", "validate", "flow.yaml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert answer.stdout.startswith(place)
    assert "takes float, not 'fast' (str)" in answer.stdout
