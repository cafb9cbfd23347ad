"""Functions to map over lists, and what runs of them tell."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from maze_nb import MaClient, task
from maze_nb.sdk.run import Run

SECONDS = 60


BIG = 100_000


@task
def give(value: Any) -> Any:
    """Return what it is given."""
    return value


@task
def times(x: Any, by: Any = 1) -> Any:
    """Multiply."""
    return x * by


@task(inputs=["a", "b"], outputs=["sum", "product"])
def both(params: dict[str, Any]) -> dict[str, Any]:
    """Be of the dict form, with two outputs."""
    return {"sum": params["a"] + params["b"], "product": params["a"] * params["b"]}


@task
def total(xs: Any) -> Any:
    """Add up."""
    return sum(xs)


@task
def fail_at(x: int, bad: int) -> int:
    """Fail for one item."""
    if x == bad:
        raise ValueError(f"no {x}")
    return x


@task
def wait_for(x: Any, path: str) -> Any:
    """Wait until a file is there."""
    deadline = time.monotonic() + SECONDS
    while not Path(path).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return x


def finish(client: MaClient, workflow: Any, status: str = "succeeded", **how: Any) -> Run:
    """Run a workflow to its end."""
    run = client.get_run(workflow.run(**how))
    assert run.wait(SECONDS) == status
    return run


def names(run: Run, kind: str) -> list[str]:
    """Return the names of the tasks of which there is a message of this type, in order."""
    return [each["data"]["task_name"] for each in run.messages() if each["type"] == kind]


def reasons(run: Run, kind: str) -> dict[str, str]:
    """Return the reasons in the messages of this type, by the names of the tasks."""
    found = [each["data"] for each in run.messages() if each["type"] == kind]
    return {data["task_name"]: data["reason"] for data in found}


def messages_of(run: Run, kind: str) -> list[dict[str, Any]]:
    """Return the data of the messages of a type."""
    return [each["data"] for each in run.messages() if each["type"] == kind]
