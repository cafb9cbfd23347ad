"""One file of those that a task left, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.errors import ArtifactError, nearest

WHERE_TO_WRITE = (
    "maze_nb.current_task().dir in Python, $TASK_DIR in a command, /results in a container"
)
"""Where a task leaves files, by its kind."""
_LISTED = 20


def artifact_named(found: Any, name: str, task: str) -> Any:
    """Return one of the files that a task left; of a list of such dicts, that of each.

    Parameters
    ----------
    found
        The files by name.
    task
        What the task is called.

    Raises
    ------
    ArtifactError
        If it left no such file: it lists what there is.

    Examples
    --------
    >>> artifact_named({"a.txt": 1, "b.txt": 2}, "b.txt", "train")
    2
    """
    if isinstance(found, list | tuple):
        return [artifact_named(each, name, f"{task}[{n}]") for n, each in enumerate(found)]
    if isinstance(found, Mapping) and name in found:
        return found[name]
    if not isinstance(found, Mapping) or not found:
        raise ArtifactError(
            f"task {task!r} left no file {name!r}, as it left none at all: have it write to "
            f"{WHERE_TO_WRITE}"
        )
    there = sorted(map(str, found))
    more = f" and {len(there) - _LISTED} more" if len(there) > _LISTED else ""
    raise ArtifactError(
        f"task {task!r} left no file {name!r}, but {', '.join(map(repr, there[:_LISTED]))}{more}: "
        f"{nearest(name, there)}"
    )
