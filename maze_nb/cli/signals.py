"""What the processes of commands do on a signal; Dask loads it in each of ``maze-nb worker``."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import Any

_LEAVE_SECONDS = 5.0


def dask_setup(worker: Any) -> None:
    """Leave interrupts to the nanny; without one, end in bounded time."""
    if worker.nanny:
        # The terminal sends it to every process, and a worker that ended by itself would be taken
        # for one that died. Not SIG_IGN, which the programs that tasks start would inherit.
        signal.signal(signal.SIGINT, lambda *_: None)
    else:
        end_in_time(_LEAVE_SECONDS)


def end_in_time(seconds: float) -> None:
    """See to it that this process is gone `seconds` after a signal asked it to end.

    Handlers that are there are called as before. Dask waits for the threads of the tasks, and they
    for whatever the tasks wait for.
    """
    asked = threading.Event()

    def leave() -> None:
        asked.wait()
        time.sleep(seconds)
        os._exit(0)

    threading.Thread(target=leave, name="leave", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def hear(number: int, frame: FrameType | None, before: Any = before) -> None:
            asked.set()
            if callable(before):
                before(number, frame)

        signal.signal(number, hear)
