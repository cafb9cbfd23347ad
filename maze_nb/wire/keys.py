"""The Dask keys of a run's tasks, parts and shared values."""

from __future__ import annotations

import re

DaskKey = tuple[str, str]


def task_key(name: str, run_id: str, task_id: str) -> DaskKey:
    """Return a task's key; Dask's own dashboards group it under `name`."""
    return (f"{_slug(name)}-{run_id}", task_id)


def part_key(name: str, run_id: str, task_id: str, output: str) -> DaskKey:
    """Return the key of one output of a task with several."""
    return (f"{_slug(name)}.part-{run_id}", f"{task_id}.{output}")


def value_key(run_id: str, digest: str) -> DaskKey:
    """Return the key of a large value that tasks of one run share."""
    return (f"maze.value-{run_id}", digest)


def _slug(name: str) -> str:
    return re.sub(r"[^\w.]+", "_", name) or "task"
