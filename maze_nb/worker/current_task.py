"""What a running task can learn of itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from maze_nb.errors import MazeError
from maze_nb.worker.task_folder import LOG, task_folder
from maze_nb.worker.task_log import TaskLog


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
    has_folder
        Whether it has asked for its folder.
    """

    run_id: str
    task_id: str
    name: str
    attempt: int
    worker: str
    node_id: str
    gpu_ids: tuple[int, ...]
    results_dir: str = ""
    has_folder: bool = field(default=False, compare=False, repr=False)

    @property
    def folder(self) -> Path:
        """Where its own folder is, or would be."""
        return task_folder(self.results_dir, self.run_id, self.task_id)

    @property
    def dir(self) -> Path:
        """The task's own folder for the files it makes, there from when it is first asked for."""
        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        # Noted rather than looked for, which would be a call to the file system for each task.
        object.__setattr__(self, "has_folder", True)
        return folder


class Running:
    """A task while its code runs, and what it prints."""

    __slots__ = ("_is_over", "_log", "task")

    def __init__(self, task: CurrentTask) -> None:
        self.task = task
        self._log: TaskLog | None = None
        self._is_over = False

    def printed(self, stream: str, text: str) -> None:
        """Add to the task's log, which is there from the first time on."""
        log = self._log or self._open_log()
        if log is not None:
            log.write(stream, text)

    def flush(self, stream: str) -> None:
        """Have what was printed in the log now."""
        if self._log is not None:
            self._log.flush(stream)

    def end(self) -> None:
        """Note that the task's code is over: what it left running prints into no log."""
        self._is_over = True
        if self._log is not None:
            self._log.close()

    def _open_log(self) -> TaskLog | None:
        with _opening:
            if self._log is None and not self._is_over:
                try:
                    path = self.task.dir / LOG
                except OSError:
                    path = self.task.folder / LOG
                self._log = TaskLog(path, self.task.attempt)
            return self._log


_current: ContextVar[Running] = ContextVar("maze_current_task")
_opening = threading.RLock()


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
    return found.task


def now_running() -> Running | None:
    """Return the task in which this code runs, if it does."""
    return _current.get(None)


@contextmanager
def running(task: CurrentTask) -> Iterator[None]:
    """Make `task` the current one inside the block."""
    found = Running(task)
    token = _current.set(found)
    try:
        yield
    finally:
        _current.reset(token)
        found.end()
