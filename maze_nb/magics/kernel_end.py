"""What an interrupt of the kernel is for: to stop what is waited for, or to end the kernel."""

from __future__ import annotations

import time
from typing import Any

from maze_nb.widgets.front_end import notebook_shell

_PATIENCE = 1.5
_PAUSE = 0.02


class KernelEnds(KeyboardInterrupt):
    """The interrupt that a kernel is sent right before it is told to end, as for a restart."""


def kernel_ends() -> bool:
    """Return whether this kernel is told to end, at once or a moment after an interrupt.

    Jupyter interrupts a kernel first that it restarts or shuts down. The thread that hears of the
    latter makes a note of it while a cell is still run.
    """
    shell: Any = notebook_shell()
    deadline = time.monotonic() + _PATIENCE
    while shell is not None and not shell.exit_now:
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return shell is not None
