"""Ending the cluster that ``maze-nb up`` keeps, in bounded time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

from maze_nb.deploy.kept import (
    KeptCluster,
    drop_kept,
    kept_file,
    read_kept,
    try_lock,
)
from maze_nb.errors import ConnectionFailedError

LEAVE_SECONDS = 10.0
"""What the process of a kept cluster has to end in good order."""

_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.05


def end_kept(kept: KeptCluster) -> None:
    """End a cluster and all its processes: asked to first, then killed.

    Raises
    ------
    ConnectionFailedError
        If a process does not end even so.
    """
    keeper = _process(kept)
    family = [*keeper, *_children(keeper)]
    _send(keeper, signal.SIGTERM)
    _wait(keeper, LEAVE_SECONDS + 1)
    # One whose process was stopped, or that is beyond hearing, is left to the kernel.
    _send(keeper, signal.SIGKILL)
    _send(_wait(family, _KILL_SECONDS), signal.SIGKILL)
    left = _wait(family, _KILL_SECONDS)
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        raise ConnectionFailedError(f"processes of the cluster could not be ended: {pids}")
    drop_kept(kept)


def tidy() -> bool:
    """Remove the description of a cluster that died; say whether there was one.

    Raises
    ------
    ConnectionFailedError
        If one is just starting or ending.
    """
    lock = try_lock()
    if lock is None:
        raise ConnectionFailedError(
            f"the cluster of {kept_file().parent} is starting or ending just now: try again in a "
            "moment"
        )
    try:
        kept = read_kept()
        if kept is None or kept.is_alive() or kept.is_elsewhere:
            return False
        kept_file().unlink(missing_ok=True)
        return True
    finally:
        os.close(lock)


def _process(kept: KeptCluster) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(kept.pid)
        return [process] if kept.is_alive() else []
    return []


def _children(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found += process.children(recursive=True)
    return found


def _send(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _wait(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until processes have ended; return those that have not in time."""
    deadline = time.monotonic() + seconds
    while (left := [one for one in processes if _runs(one)]) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        # What has ended stays in the table of processes until its parent, or none, asks how.
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
