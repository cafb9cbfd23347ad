"""How a container ended: whether that is a success, and what to say if it is none."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from maze_nb.errors import MemoryLimitError, TaskFailedError
from maze_nb.model.last_output import told_output
from maze_nb.runners.containers.options import ContainerPlan

_KILLED = 128 + signal.SIGKILL
_COUNTER = Path("/proc/vmstat")
_KILLS = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_HINTS = {
    125: "the engine could not run it",
    126: "its program cannot be executed: is it a program for this kind of machine?",
    127: "its program was not found in the image",
}


def check_ending(plan: ContainerPlan, name: str, code: int, last: str, *, is_starved: bool) -> None:
    """Raise unless a container ended well.

    Parameters
    ----------
    name
        What its task is called.
    last
        The end of what it printed.
    is_starved
        Whether the kernel killed a process meanwhile because memory was out.

    Raises
    ------
    MemoryLimitError
        If it was killed as it used more memory than it may.
    TaskFailedError
        If it ended otherwise than with 0.
    """
    if code == 0:
        return
    tail = told_output(last)
    what = f"container {name!r} (image {plan.image!r})"
    if code == _KILLED and is_starved and plan.memory:
        raise MemoryLimitError(
            f"{what} was out of memory: it used more than the {plan.memory:g} MB of its cpu_mem"
            f"{tail}"
        )
    raise TaskFailedError(f"{what} {_ended(code, is_starved=is_starved)}{tail}")


def memory_kills() -> int:
    """Return how many processes the kernel of this machine killed because memory was out."""
    # Not every engine tells it of a container, and its control group is gone when it has ended.
    try:
        found = _KILLS.search(_COUNTER.read_text())
    except OSError:
        return 0
    return int(found.group(1)) if found else 0


def _ended(code: int, *, is_starved: bool) -> str:
    if code == _KILLED:
        why = ": its node was out of memory" if is_starved else ""
        return f"was killed (exit code {code}){why}"
    if code > 128 and code - 128 in signal.valid_signals():
        return f"was ended by {signal.Signals(code - 128).name} (exit code {code})"
    hint = f": {_HINTS[code]}" if code in _HINTS else ""
    return f"ended with exit code {code}{hint}"
