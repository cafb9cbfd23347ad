"""Starting the process that keeps a cluster, once for a home."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NoReturn

from maze_nb import config
from maze_nb.deploy.kept import (
    KeptCluster,
    find_kept,
    kept_file,
    log_file,
    read_kept,
    refuse_elsewhere,
    try_lock,
)
from maze_nb.deploy.kept_log import log_tail, open_log
from maze_nb.deploy.leftovers import MARK
from maze_nb.errors import ConnectionFailedError

_POLL_SECONDS = 0.05
_MORE_SECONDS = 15.0
_END_SECONDS = 5.0


def keep(command: Sequence[str]) -> tuple[KeptCluster, bool]:
    """Return the kept cluster of this home, and whether it was started by this call.

    Parameters
    ----------
    command
        What starts its process. The number of an open file is added, which holds the lock of the
        home and has to stay open as long as the process lives. The process describes its cluster
        with :func:`~maze_nb.deploy.kept.write_kept` once a worker has joined.

    Raises
    ------
    ConnectionFailedError
        If there is none in time, with what its process wrote last.
    """
    # The first worker has the time of the setting; the rest is for Python to start.
    deadline = time.monotonic() + config.start_timeout() + _MORE_SECONDS
    while True:
        refuse_elsewhere()
        found = find_kept()
        if found is not None:
            return found, False
        lock = try_lock()
        if lock is not None:
            try:
                return _start(command, lock, deadline), True
            finally:
                os.close(lock)
        if time.monotonic() > deadline:
            raise ConnectionFailedError(
                f"{kept_file().parent} is held by another `maze-nb up` or its cluster, of which "
                f"nothing is to be found. Its log is {log_file()}"
            )
        time.sleep(_POLL_SECONDS)


def _start(command: Sequence[str], lock: int, deadline: float) -> KeptCluster:
    """Start the process and wait until its cluster is up; with the lock, so it is the only one."""
    kept_file().unlink(missing_ok=True)
    log = open_log(log_file())
    seen = os.fstat(log).st_size
    try:
        # An interrupt comes to the main thread: there it would lose a process that just begins.
        with ThreadPoolExecutor(1) as starter:
            starting = starter.submit(
                subprocess.Popen,
                [*command, str(lock)],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
            )
            try:
                return _wait_for(starting.result(), deadline, seen)
            except BaseException:
                if starting.exception() is None:
                    _end(starting.result())
                raise
    finally:
        os.close(log)


def _wait_for(process: subprocess.Popen[bytes], deadline: float, seen: int) -> KeptCluster:
    while True:
        has_ended = process.poll() is not None
        kept = read_kept()
        if has_ended:
            _fail(f"ended with status {process.returncode} before it was up", seen)
        if kept is not None and kept.pid == process.pid:
            return kept
        if time.monotonic() > deadline:
            _fail("was not up in the time of the setting maze.start-timeout", seen)
        time.sleep(_POLL_SECONDS)


def _fail(what: str, seen: int) -> NoReturn:
    raise ConnectionFailedError(
        f"the cluster {what}. {log_file()} ends with:\n{log_tail(log_file(), seen) or '(nothing)'}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    for stop in (process.terminate, process.kill):
        with suppress(ProcessLookupError):
            stop()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
            return


def _environment() -> dict[str, str]:
    """Return the variables of the process: those here, less what would end it with a task."""
    kept = {name: value for name, value in os.environ.items() if name != MARK}
    return kept | {config.HOME_VARIABLE: str(config.home())}
