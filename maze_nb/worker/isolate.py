"""Runs one call of a task in a child process, under its limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from maze_nb.config import kill_grace
from maze_nb.errors import (
    ChildLostError,
    MemoryLimitError,
    TaskCancelledError,
    TaskTimeoutError,
)
from maze_nb.model.events import Usage
from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import TaskCall
from maze_nb.worker.channel import Frame
from maze_nb.worker.child import Child, ChildKey
from maze_nb.worker.children import Children
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.request import Answer, read_answer, request_frames
from maze_nb.worker.usage import TreeMeter

_LOOK = 0.05


class _Lost(Exception):  # noqa: N818 - it never leaves this module
    """The child process does not answer any more."""


@contextmanager
def _noting_loss() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise _Lost from error


class IsolatedCall:
    """One call in a child process; the thread that runs it watches over it.

    Parameters
    ----------
    header, call
        The call, encoded and decoded.
    task
        What the task is told of itself.
    children
        Where the child process comes from.

    Attributes
    ----------
    usage
        What was measured so far.
    """

    def __init__(
        self, header: bytes, call: TaskCall, task: CurrentTask, children: Children
    ) -> None:
        self.usage = Usage()
        self._header = header
        self._call = call
        self._task = task
        self._children = children
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """Tell the processes of the task to end, at once and without waiting for it."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.ask_to_end()

    def run(
        self, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> tuple[Answer, dict[str, Packed]]:
        """Run the call and return the child's answer.

        Raises
        ------
        TaskTimeoutError, MemoryLimitError, TaskCancelledError, ChildLostError
            What ended it before it was done; nothing of it runs any more then. A
            ``ChildStartError`` if it could not begin.
        """
        frames = request_frames(self._header, self._task, code, constants, dependencies)
        key = ChildKey(self._task.gpu_ids, self._call.module)
        child = self._children.take(
            key, lambda: self._is_stopped, is_alone=self._call.limits.is_alone
        )
        with self._lock:
            self._child = child
        try:
            found = self._ask(child, frames)
            with self._lock:
                self._child = None
            if self._is_stopped:
                raise self._cancelled(child)
        except BaseException:
            with self._lock:
                self._child = None
            self._children.drop(child)
            raise
        self._children.give_back(child)
        return found

    def _ask(self, child: Child, frames: list[Frame]) -> tuple[Answer, dict[str, Packed]]:
        meter = TreeMeter(child.tree, self._task.gpu_ids)
        if self._is_stopped:
            raise self._cancelled(child)
        try:
            with _noting_loss():
                child.ask(frames)
            frames.clear()
            self._watch(child, meter)
            with _noting_loss():
                answer, outputs = read_answer(child.answer())
        except _Lost:
            if self._is_stopped:
                raise self._cancelled(child) from None
            raise ChildLostError(
                f"the process of task {self._call.name!r} was lost: {child.last_words()}"
            ) from None
        finally:
            self.usage = meter.usage()
        meter.sample_vram()
        self.usage = meter.usage(answer.peak)
        return answer, outputs

    def _watch(self, child: Child, meter: TreeMeter) -> None:
        """Wait for the answer; end what breaks its limits."""
        limits = self._call.limits
        deadline = time.monotonic() + limits.timeout if limits.timeout is not None else None
        while not child.has_answer(_pause(deadline)):
            used = meter.sample()
            if self._is_stopped:
                raise self._cancelled(child)
            if limits.memory and used > limits.memory:
                child.kill()
                raise MemoryLimitError(
                    f"task {self._call.name!r} was stopped: it used {used:.0f} MB of memory, more "
                    f"than the {limits.memory:g} MB of its cpu_mem"
                )
            if deadline is not None and time.monotonic() >= deadline:
                child.end(kill_grace())
                raise TaskTimeoutError(
                    f"task {self._call.name!r} was stopped: it took longer than its timeout of "
                    f"{limits.timeout:g} s"
                )
            if not child.is_alive() and not child.has_answer(0):
                raise _Lost

    def _cancelled(self, child: Child) -> TaskCancelledError:
        child.end(kill_grace())
        return TaskCancelledError(f"task {self._call.name!r} was cancelled while it ran")


def _pause(deadline: float | None) -> float:
    return _LOOK if deadline is None else min(_LOOK, max(deadline - time.monotonic(), 0))
