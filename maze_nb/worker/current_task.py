"""What a running task can learn of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from maze_nb.errors import MazeError


@dataclass(frozen=True, slots=True)
class CurrentTask:
    """The task that is running.

    Attributes
    ----------
    run_id, task_id, name
        Which task of which run.
    attempt
        Counts from 1.
    worker, node_id
        Where it runs.
    gpu_ids
        The devices it may use, as indices on the node.
    results_dir
        The worker's folder for what tasks leave behind.
    """

    run_id: str
    task_id: str
    name: str
    attempt: int
    worker: str
    node_id: str
    gpu_ids: tuple[int, ...]
    results_dir: str = ""

    @property
    def dir(self) -> Path:
        """The task's own folder for the files it makes, there from when it is first asked for."""
        folder = Path(self.results_dir, self.run_id, self.task_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


_current: ContextVar[CurrentTask] = ContextVar("maze_current_task")


def current_task() -> CurrentTask:
    """Return the task in which this code runs.

    Raises
    ------
    MazeError
        If this code does not run inside a task.
    """
    found = _current.get(None)
    if found is None:
        raise MazeError("current_task() was called outside a task; call it in a task's function")
    return found


@contextmanager
def running(task: CurrentTask) -> Iterator[None]:
    """Make `task` the current one inside the block."""
    token = _current.set(task)
    try:
        yield
    finally:
        _current.reset(token)
