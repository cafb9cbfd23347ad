"""The Dask keys of a run's tasks, parts and shared values."""

from __future__ import annotations

import re

from maze_nb.model.task_spec import family_of

DaskKey = tuple[str, str]


def task_key(name: str, run_id: str, task_id: str) -> DaskKey:
    """Return a task's key; Dask's own dashboards group it under `name`, all items of a map too."""
    return (f"{_slug(name)}-{run_id}", task_id)


def part_key(name: str, run_id: str, task_id: str, output: str) -> DaskKey:
    """Return the key of one output of a task with several."""
    return (f"{_slug(name)}.part-{run_id}", f"{task_id}.{output}")


def value_key(run_id: str, digest: str) -> DaskKey:
    """Return the key of a large value that tasks of one run share."""
    return (f"maze.value-{run_id}", digest)


def task_behind(key: object) -> tuple[str, str, str] | None:
    """Return what `task_key` made a key of: about the task's name, the run's and the task's id.

    Examples
    --------
    >>> task_behind(task_key("fit all[3]", "2f0c", "t1.3"))
    ('fit_all', '2f0c', 't1.3')
    >>> task_behind("inc-123")
    """
    if not isinstance(key, tuple) or [type(part) for part in key] != [str, str]:
        return None
    name, dash, run_id = key[0].rpartition("-")
    return (name, run_id, key[1]) if dash else None


def _slug(name: str) -> str:
    return re.sub(r"[^\w.]+", "_", family_of(name)) or "task"
