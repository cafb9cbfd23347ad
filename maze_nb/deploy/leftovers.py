"""Ends what tasks left running once the process that hosts their slots is gone.

Dask loads this module in that process, next to the nannies. A shell that waits for the end of a
pipe, which only that process holds, then runs this file as a program.
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

MARK = "MAZE_SLOT_HOST"
"""The environment variable by which slots, and all that they start, are known."""

_ROUNDS = 40
_PAUSE_SECONDS = 0.05


def dask_setup(_nanny: Any) -> None:
    """See to it that nothing which the workers of this process start outlives it."""
    _watch_over()


@functools.cache
def _watch_over() -> int:
    """Start the shell; return the end of the pipe that stays open as long as this process."""
    read_end, write_end = os.pipe()
    mark = os.environ[MARK] = uuid.uuid4().hex
    unmarked = {name: value for name, value in os.environ.items() if name != MARK}
    command = [sys.executable, "-I", str(Path(__file__).resolve()), mark]
    subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; exec "$@" <&-', "sh", *command],
        env=unmarked,
        stdin=read_end,
        start_new_session=True,
    )
    os.close(read_end)
    os.register_at_fork(after_in_child=lambda: os.close(write_end))
    return write_end


def end_marked(mark: str) -> None:
    """Kill the processes that carry this mark, and those they start meanwhile."""
    for _ in range(_ROUNDS):
        found = list(_marked(mark))
        if not found:
            return
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_SECONDS)


def _marked(mark: str) -> Iterator[int]:
    """Yield the processes with this mark; there are none to be found where /proc is missing."""
    wanted = f"{MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


if __name__ == "__main__":
    end_marked(sys.argv[1])
