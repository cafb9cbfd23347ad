"""What goes into child processes and comes out: values, exceptions, files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from maze_nb import current_task, task
from tests.child_tasks import goes_wrong


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_exceptions_keep_their_type_and_lines(client, isolation):
    workflow = client.create_workflow()
    workflow.add_task(goes_wrong, inputs={"value": 1}, name="wrong", isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "failed"
    with pytest.raises(KeyError) as caught:
        run.result("wrong")
    assert caught.value.args == ("valeu",)
    text = next(m for m in run.messages() if m["type"] == "task_exception")["data"]["result"]
    assert 'return nested["valeu"]' in text
    assert "maze_nb/worker" not in text


@task(outputs=["grown", "pid"])
def grow(array):
    array += 1
    return array, os.getpid()


def test_large_arrays_go_in_and_out(client):
    array = np.arange(3_000_000, dtype=float).reshape(1000, 3000)
    workflow = client.create_workflow()
    first = workflow.add_task(grow, inputs={"array": array}, name="first", isolation="process")
    second = workflow.add_task(
        grow, inputs={"array": first.outputs["grown"]}, name="second", isolation="process"
    )
    workflow.add_task(
        grow, inputs={"array": second.outputs["grown"]}, name="third", isolation="thread"
    )
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    for count, name in enumerate(("first", "second", "third"), start=1):
        assert np.array_equal(run.result(name)["grown"], array + count)
    assert run.result("third")["pid"] not in {run.result(n)["pid"] for n in ("first", "second")}


class Recorder:
    """Says in which process it was unpickled."""

    def __init__(self, folder: str, load: bytes) -> None:
        self.folder = folder
        self.load = load

    def __reduce__(self) -> tuple[object, ...]:
        return make_recorder, (self.folder, self.load)


def make_recorder(folder: str, load: bytes) -> Recorder:
    Path(folder, f"unpickled-{os.getpid()}").touch()
    return Recorder(folder, load)


@task
def record(folder):
    return Recorder(folder, bytes(200_000))


@task
def read(recorder):
    return os.getpid(), len(recorder.load)


def test_the_worker_never_unpickles_what_goes_from_child_to_child(client, tmp_path):
    workflow = client.create_workflow()
    made = workflow.add_task(record, inputs={"folder": str(tmp_path)}, isolation="process")
    workflow.add_task(
        read, inputs={"recorder": made.outputs["result"]}, name="read", isolation="process"
    )
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    pid, length = run.result("read")["result"]
    assert length == 200_000
    assert [path.name for path in tmp_path.iterdir()] == [f"unpickled-{pid}"]


@task
def leaves_a_file(text):
    path = current_task().dir / "note.txt"
    path.write_text(text)
    return str(path), current_task().task_id


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_task_has_a_folder(client, isolation):
    workflow = client.create_workflow()
    added = workflow.add_task(leaves_a_file, inputs={"text": "kept"}, name="a", isolation=isolation)
    run = client.get_run(workflow.run())
    assert run.wait(30) == "succeeded"
    path, task_id = run.result("a")["result"]
    assert task_id == added.task_id
    assert Path(path).parts[-3:] == (run.run_id, task_id, "note.txt")
    assert Path(path).read_text() == "kept"
