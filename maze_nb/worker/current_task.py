"""What a running task can learn of itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.model.attempt import UNMEASURED, Usage
from maze_nb.model.states import TaskState
from maze_nb.runners import screen
from maze_nb.runners.screen import Bundle
from maze_nb.wire.shown import Progressed
from maze_nb.worker.displays import Displays
from maze_nb.worker.files.full_folder import warn_of_results
from maze_nb.worker.files.manifest import write_manifest
from maze_nb.worker.files.task_folder import LOG, task_folder
from maze_nb.worker.files.task_log import TaskLog
from maze_nb.worker.masking import mask_all
from maze_nb.worker.outlet import Outlet, Tell


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
    location
        The URL of the files that it left, once they are seen to.
    usage
        What it used outside of its process.
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
    location: str = field(default="", compare=False, repr=False)
    usage: Usage = field(default=UNMEASURED, compare=False, repr=False)

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

    def note_location(self, url: str) -> None:
        """Note where the files that it left are."""
        object.__setattr__(self, "location", url)

    def note_usage(self, usage: Usage) -> None:
        """Note what it used outside of its process."""
        object.__setattr__(self, "usage", usage)


class Running:
    """A task while its code runs, and what it shows.

    Parameters
    ----------
    tell
        Sends what it shows towards the scheduler; None: it is in its log only.

    Attributes
    ----------
    expected
        The patterns of the files that it is to leave in its folder, by output.
    catch_up
        Called before something is printed: what other programs wrote before it comes first.
    """

    __slots__ = (
        "_brought",
        "_has_told_fault",
        "_is_over",
        "_log",
        "_outlet",
        "_tell",
        "bars",
        "catch_up",
        "expected",
        "figures",
        "task",
    )

    def __init__(self, task: CurrentTask, tell: Tell | None = None) -> None:
        self.task = task
        self.bars: list[Any] = []
        self.figures: OrderedDict[Any, Any] | None = None
        self.expected: dict[str, str] = {}
        self.catch_up: Callable[[], None] | None = None
        self._brought: dict[Path, _Mark] = {}
        self._tell = tell
        self._log: TaskLog | None = None
        self._outlet: Outlet | None = None
        self._is_over = False
        self._has_told_fault = False

    def printed(self, stream: str, text: str) -> None:
        """Add what Python code prints to the task's log, and tell of it."""
        if self.catch_up is not None:
            self.catch_up()
        self.written(stream, text)

    def written(self, stream: str, text: str) -> None:
        """Add text to the task's log, which is there from the first time on, and tell of it."""
        log = self._log or self._open_log()
        if log is not None:
            log.write(stream, text)
            if log.fault is not None:
                self._tell_fault(log.fault)
        outlet = self.outlet
        if outlet is not None:
            outlet.printed(stream, text)

    @property
    def outlet(self) -> Outlet | None:
        """Through which the task shows something; None if nobody is told, or it is over."""
        return self._outlet or self._open_outlet()

    @property
    def folder(self) -> Path:
        """The task's own folder for the files it makes."""
        return self.task.dir

    def expects(self, patterns: Mapping[str, str]) -> None:
        """Say which outputs are files that the task is to leave, by pattern in its folder."""
        self.expected.update(patterns)
        with suppress(OSError):
            if self.task.dir.is_dir():
                # There before the task can be lost.
                write_manifest(self.task, TaskState.RUNNING, self.expected)

    def brought(self, path: Path) -> None:
        """Say that a file in the task's folder was put there for it, and is none that it left."""
        self._brought[path] = _mark(path)

    def is_as_brought(self, path: Path) -> bool:
        """Return whether a file was put there for the task, which has not changed it."""
        return path in self._brought and self._brought[path] == _mark(path)

    def used(self, usage: Usage) -> None:
        """Say what the task used outside of its process, such as in a container."""
        self.task.note_usage(usage)

    def progress(self, done: float, total: float | None, message: str) -> None:
        """Tell how far the task is."""
        outlet = self.outlet
        if outlet is not None:
            outlet.progressed(Progressed(done, total, message))

    def display(self, data: Bundle, metadata: Bundle, display_id: str = "") -> None:
        """Tell of something that is displayed; what has an id takes the place of what had it."""
        outlet = self.outlet
        if outlet is not None:
            outlet.displayed(mask_all(data), metadata, display_id)

    def flush(self, stream: str) -> None:
        """Have what was printed in the log now."""
        if self._log is not None:
            self._log.flush(stream)

    def end(self) -> None:
        """Note that the task's code is over: what it left running shows nothing."""
        with _opening:
            self._is_over = True
        if self._log is not None:
            self._log.close()
            if self._log.fault is not None:
                self._tell_fault(self._log.fault)
        if self._outlet is not None:
            self._outlet.close()

    def _tell_fault(self, fault: Exception) -> None:
        """Tell once that the log lacks something, who looks at the task and who at its worker."""
        if not self._has_told_fault:
            self._has_told_fault = True
            text = f"{LOG} lacks some of what task {self.task.name!r} prints: {fault}"
            outlet = self.outlet
            if outlet is not None:
                outlet.printed("stderr", f"[maze] {text}\n")
            warn_of_results(self.task.results_dir, text)

    def _open_log(self) -> TaskLog | None:
        with _opening:
            if self._log is None and not self._is_over:
                try:
                    path = self.task.dir / LOG
                except OSError:
                    path = self.task.folder / LOG
                self._log = TaskLog(path, self.task.attempt)
            return self._log

    def _open_outlet(self) -> Outlet | None:
        with _opening:
            if self._outlet is None and self._tell is not None and not self._is_over:
                task = self.task
                displays = Displays(lambda: task.dir, task.attempt, task.node_id)
                self._outlet = Outlet(self._tell, task.run_id, task.name, displays)
            return self._outlet


_Mark = tuple[int, int, int] | None


def _mark(path: Path) -> _Mark:
    """Return by what it is seen that something was changed; it is not followed if it is a link."""
    try:
        known = path.lstat()
    except OSError:
        return None
    return known.st_ino, known.st_size, known.st_mtime_ns


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
def running(task: CurrentTask, tell: Tell | None = None) -> Iterator[Running]:
    """Make `task` the current one inside the block; all that it shows is told at its end.

    Parameters
    ----------
    tell
        Sends what it shows towards the scheduler.
    """
    found = Running(task, tell)
    token, shown_at = _current.set(found), screen.current.set(found)
    try:
        yield found
    finally:
        screen.current.reset(shown_at)
        _current.reset(token)
        found.end()
