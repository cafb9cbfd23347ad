"""A child process and everything it started, also what took a session of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil

MARK = "MAZE_CHILD"
"""The environment variable by which a child process and what it starts are known."""


class ProcessTree:
    """The processes that descend from one, which leads a process group of its own.

    Parameters
    ----------
    pid
        The first of them.
    mark
        The value of :data:`MARK` in their environment.
    """

    def __init__(self, pid: int, mark: str) -> None:
        self.pid = pid
        self._first = psutil.Process(pid)
        self._mark = mark
        self._known: dict[int, psutil.Process] = {}

    def look(self) -> list[int]:
        """Return the ids of all that are there now, the first one included.

        What was seen once is remembered, so that it is still known when its parent has ended.
        """
        found = _descendants(self._first)
        self._known = {each.pid: each for each in (*self._known.values(), *found) if _lives(each)}
        return [self.pid, *(pid for pid in self._known if pid != self.pid)]

    def signal_group(self, number: int) -> None:
        """Send a signal to the process group, which takes no time."""
        _signal_group(self.pid, number)

    def signal_all(self, number: int) -> None:
        """Send a signal to each of them once."""
        self.look()
        self.signal_group(number)
        for each in self._known.values():
            with suppress(psutil.Error, OSError):
                if os.getpgid(each.pid) != self.pid:
                    each.send_signal(number)

    def others_are_gone(self) -> bool:
        """Whether none of the known ones but the first is there."""
        return not any(_lives(each) for pid, each in self._known.items() if pid != self.pid)

    def kill(self) -> bool:
        """Kill all that are there; say whether there were any but the first.

        Those that got away from their parents are found by their mark.
        """
        self.look()
        self._known.update({each.pid: each for each in marked(self._mark)})
        self.signal_group(signal.SIGKILL)
        _kill(self._known.values())
        return any(pid != self.pid for pid in self._known)


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes with this value of :data:`MARK` in their environment."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if each.environ().get(MARK) == mark and _lives(each):
                found.append(each)
    return found


def has_descendants(mark: str) -> bool:
    """Return whether anything that this process started is there."""
    own = os.getpid()
    return any(_lives(each) for each in _descendants(psutil.Process(own))) or any(
        each.pid != own for each in marked(mark)
    )


def kill_own_tree(mark: str) -> None:
    """Kill all that this process started, and this process."""
    own = os.getpid()
    with suppress(Exception):  # whatever happens, the group has to go
        _kill(
            each for each in (*_descendants(psutil.Process(own)), *marked(mark)) if each.pid != own
        )
    if os.getpgrp() == own:
        _signal_group(own, signal.SIGKILL)
    os.kill(own, signal.SIGKILL)


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = process.children(recursive=True)
    except psutil.Error:
        return []
    return found


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _kill(processes: Iterable[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.Error):
            each.kill()


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
