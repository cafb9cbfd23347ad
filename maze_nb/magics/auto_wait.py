"""Waits for tasks with a live line for each, such as ``waiting for 'train' (run 3f9c)``."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from IPython.display import display

from maze_nb.errors import MazeError
from maze_nb.model.message_types import FINAL_MESSAGES
from maze_nb.projection.humane import short_id
from maze_nb.projection.markup import markup_text
from maze_nb.projection.task_line import TaskLine, elapsed_text
from maze_nb.sdk.run import Run
from maze_nb.widgets.front_end import notebook_shell

_TICK = 0.25
_STYLE = (
    "margin:0;line-height:1.4;color:var(--jp-ui-font-color2,#757575);"
    "font-size:var(--jp-ui-font-size1,13px);font-family:var(--jp-ui-font-family,sans-serif)"
)


@dataclass(slots=True)
class Awaited:
    """A task of a run that somebody waits for.

    Attributes
    ----------
    name
        What the task is called.
    is_over
        Whether there is nothing to wait for: it has ended, or nothing more can be heard of it.
    is_lost
        Whether nothing more can be heard of it.
    """

    name: str
    run: Run
    task_id: str
    is_over: bool = False
    is_lost: bool = False
    _read: int = 0
    _line: TaskLine = field(init=False)

    def __post_init__(self) -> None:
        self._line = TaskLine(self.name)

    def catch_up(self) -> None:
        """Take in what has arrived."""
        for message in self.run.log.read(self._read):
            self._read += 1
            if message["data"].get("task_id") == self.task_id:
                self._line.fold(message)
                if message["type"] in FINAL_MESSAGES or message["type"] == "task_retry":
                    self.is_over = message["type"] in FINAL_MESSAGES
        self.is_over = self.is_over or self.run.log.is_complete

    def wait(self, seconds: float) -> None:
        """Wait for more to arrive."""
        try:
            self.run.log.wait(self._read, seconds)
        except MazeError:
            self.is_over = self.is_lost = True

    def words(self, now: float) -> str:
        """Return how it stands, without its name."""
        return self._line.words(now)


def wait_for(tasks: Sequence[Awaited]) -> float:
    """Wait until all of these tasks have ended, or no more can be heard of them.

    An interrupt of the kernel ends the waiting, and no task.

    Returns
    -------
    float
        The seconds that it took; 0 if none had to be waited for.
    """
    for task in tasks:
        task.catch_up()
    open_tasks = [task for task in tasks if not task.is_over]
    if not open_tasks:
        return 0.0
    began, shown = time.monotonic(), _Status()
    try:
        with interruptible():
            while open_tasks:
                shown.say(_status(open_tasks, time.monotonic() - began))
                open_tasks[0].wait(_TICK)
                for task in open_tasks:
                    task.catch_up()
                open_tasks = [task for task in open_tasks if not task.is_over]
    finally:
        waited = time.monotonic() - began
        names = ", ".join(f"{task.name!r} (run {short_id(task.run.run_id)})" for task in tasks)
        shown.say(f"waited {elapsed_text(waited)} for {names}", is_last=True)
    return waited


@contextmanager
def interruptible() -> Iterator[None]:
    """Have an interrupt of the kernel raise in here, also while it runs a cell that awaits."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _status(tasks: Sequence[Awaited], waited: float) -> str:
    now = time.time()
    lines = []
    for task in tasks:
        said = task.words(now) or "waiting"
        lines.append(f"waiting for {task.name!r} (run {short_id(task.run.run_id)}): {said}")
    if len(lines) == 1 and "running" not in lines[0]:
        return f"{lines[0]} · {elapsed_text(waited)}"
    return "\n".join(lines)


class _Status:
    """A place in the output of the cell for a text that changes."""

    def __init__(self) -> None:
        self._place = uuid4().hex
        self._is_live = notebook_shell() is not None
        self._said = ""

    def say(self, text: str, *, is_last: bool = False) -> None:
        """Show a text in place of the one before; where that cannot be, only the first."""
        if text == self._said:
            return
        is_first, self._said = not self._said, text
        if self._is_live:
            html = f'<div style="{_STYLE};white-space:pre-line">{markup_text(text, 2000)}</div>'
            bundle = {"text/plain": text, "text/html": html}
            display(bundle, raw=True, display_id=self._place, update=not is_first)
        elif is_first or is_last:
            print(text, flush=True)  # noqa: T201 - printing is what it is for
