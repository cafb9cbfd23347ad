"""Runs one call of a task in a child process, under its limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from maze_nb.config import kill_grace
from maze_nb.errors import (
    ChildLostError,
    MemoryLimitError,
    TaskCancelledError,
    TaskTimeoutError,
)
from maze_nb.model.attempt import UNMEASURED, Usage
from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import TaskCall, decode_failure
from maze_nb.worker.children.channel import Frame
from maze_nb.worker.children.child import Child, ChildKey
from maze_nb.worker.children.pool import Children
from maze_nb.worker.children.request import Answer, read_answer, read_told, request_frames
from maze_nb.worker.children.rest import keep_rest, last_of
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.kit import Kit
from maze_nb.worker.outlet import Tell
from maze_nb.worker.usage import TreeMeter

_LOOK = 0.05
_EMPTY = Kit()


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
    tell
        Called with what the task shows while it runs.

    Attributes
    ----------
    usage
        What was measured so far.
    """

    def __init__(
        self,
        header: bytes,
        call: TaskCall,
        task: CurrentTask,
        children: Children,
        tell: Tell | None = None,
    ) -> None:
        self.usage = Usage()
        self._header = header
        self._call = call
        self._task = task
        self._children = children
        self._tell = tell
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._is_stopped = False
        self._outside = UNMEASURED

    def stop(self) -> None:
        """Tell the processes of the task to end, at once and without waiting for it."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.ask_to_end()

    def run(
        self, code: bytes, constants: bytes, dependencies: Sequence[Any], kit: Kit = _EMPTY
    ) -> tuple[Answer, dict[str, Packed]]:
        """Run the call and return the child's answer.

        Raises
        ------
        TaskTimeoutError, MemoryLimitError, TaskCancelledError, ChildLostError
            What ended it before it was done; nothing of it runs any more then. A
            ``ChildStartError`` if it could not begin.
        """
        frames = request_frames(self._header, self._task, code, constants, dependencies, kit)
        key = ChildKey(self._task.gpu_ids, f"{self._call.module}{kit.mark}")
        child = self._children.take(
            key, lambda: self._is_stopped, is_alone=self._call.limits.is_alone
        )
        child.secrets = tuple(kit.secrets.values())
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
            keep_rest(child.rest, self._task, self._tell)
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
            answer, outputs = read_answer(self._watch(child, meter))
        except _Lost:
            if self._is_stopped:
                raise self._cancelled(child) from None
            words = child.last_words()
            child.kill()
            raise ChildLostError(
                f"the process of task {self._call.name!r} was lost: {words}{last_of(child.rest)}"
            ) from None
        finally:
            self.usage = self._outside.over(meter.usage())
        meter.sample_vram()
        self.usage = meter.usage(answer.peak)
        return answer, outputs

    def _watch(self, child: Child, meter: TreeMeter) -> list[bytearray]:
        """Wait for the answer, and pass on what comes before; end what breaks its limits."""
        limits = self._call.limits
        deadline = time.monotonic() + limits.timeout if limits.timeout is not None else None
        while (answer := self._heard(child, _pause(deadline))) is None:
            used = meter.sample()
            if self._is_stopped:
                raise self._cancelled(child)
            if limits.memory and used > limits.memory:
                with suppress(_Lost):
                    self._heard(child, 0.0)
                child.kill()
                raise MemoryLimitError(
                    f"task {self._call.name!r} was stopped: it used {used:.0f} MB of memory, more "
                    f"than the {limits.memory:g} MB of its cpu_mem"
                )
            if deadline is not None and time.monotonic() >= deadline:
                self._end(child)
                raise TaskTimeoutError(
                    f"task {self._call.name!r} was stopped: it took longer than its timeout of "
                    f"{limits.timeout:g} s"
                )
            if not child.is_alive():
                # What it sent last may have come meanwhile.
                if (answer := self._heard(child, 0.0)) is None:
                    raise _Lost
                return answer
        return answer

    def _heard(self, child: Child, seconds: float) -> list[bytearray] | None:
        """Return the answer if it comes within so long; what is told before it is passed on."""
        until = time.monotonic() + seconds
        with _noting_loss():
            while (frames := child.heard(max(until - time.monotonic(), 0.0))) is not None:
                told = read_told(frames)
                if told is None:
                    return frames
                if self._tell is not None:
                    self._tell(told)
        return None

    def _cancelled(self, child: Child) -> TaskCancelledError:
        self._end(child)
        return TaskCancelledError(f"task {self._call.name!r} was cancelled while it ran")

    def _end(self, child: Child) -> None:
        """End the processes of the task; what it shows until then is passed on."""
        deadline = time.monotonic() + kill_grace()
        child.ask_all_to_end()
        is_alive = True
        with suppress(_Lost):
            while is_alive and time.monotonic() < deadline:
                is_alive = child.is_alive()
                if (answer := self._heard(child, _LOOK)) is not None:
                    self._note_outside(answer)
        child.end(max(deadline - time.monotonic(), 0.0))

    def _note_outside(self, frames: list[bytearray]) -> None:
        """Note what was used outside of the child process, which it says when it is ended."""
        answer, _ = read_answer(frames)
        if not answer.is_well:
            self._outside = decode_failure(answer.report).usage


def _pause(deadline: float | None) -> float:
    return _LOOK if deadline is None else min(_LOOK, max(deadline - time.monotonic(), 0))
