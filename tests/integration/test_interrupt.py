"""Ctrl-C while waiting says that the run goes on, where it does, and how to cancel it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.sdk import log
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow import Workflow


@task
def wait_for(path):
    import os
    import time

    deadline = time.monotonic() + 60
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)


WAITS: dict[str, Callable[[Workflow, Run], Any]] = {
    "wait": lambda workflow, run: run.wait(30),
    "result": lambda workflow, run: run.result("wait_for", 30),
    "messages": lambda workflow, run: list(run.messages()),
    "one message": lambda workflow, run: run.messages()[100],
    "get_results": lambda workflow, run: deque(workflow.get_results(run.run_id), 0),
    "get_task_result": lambda workflow, run: workflow.get_task_result(run.run_id, "wait_for"),
    "show_results": lambda workflow, run: workflow.show_results(run.run_id),
}


def interrupt_once_waiting() -> threading.Thread:
    """Send this process SIGINT as soon as its main thread waits for messages."""
    main = threading.main_thread().ident

    def is_waiting() -> bool:
        frame = sys._current_frames().get(main)
        while frame is not None:
            if frame.f_code is log.MessageLog.wait.__code__:
                return True
            frame = frame.f_back
        return False

    def interrupt() -> None:
        deadline = time.monotonic() + 20
        while not is_waiting() and time.monotonic() < deadline:
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("name", WAITS)
def test_ctrl_c_says_how_to_cancel(separate: str, tmp_path: Path, name: str) -> None:
    with MaClient(separate) as client:
        workflow = client.create_workflow()
        workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
        run = client.get_run(workflow.run())
        thread = interrupt_once_waiting()
        with pytest.raises(KeyboardInterrupt) as caught:
            WAITS[name](workflow, run)
        thread.join(30)
        (note,) = caught.value.__notes__
        assert f"Run {run.run_id} goes on in the cluster" in note
        assert run.status in ("pending", "running")
        exec(note.partition("to cancel it: ")[2], {"MaClient": MaClient})
        (tmp_path / "go").touch()
        assert run.wait(20) == "cancelled"


def test_nothing_is_said_where_the_cluster_ends_with_the_process(
    embedded: MaClient, tmp_path: Path
) -> None:
    workflow = embedded.create_workflow()
    workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
    run = embedded.get_run(workflow.run())
    thread = interrupt_once_waiting()
    with pytest.raises(KeyboardInterrupt) as caught:
        run.wait(30)
    thread.join(30)
    (tmp_path / "go").touch()
    assert not hasattr(caught.value, "__notes__")
    assert run.wait(20) == "succeeded"
