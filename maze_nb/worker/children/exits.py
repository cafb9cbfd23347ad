"""How a process ended, in words."""

from __future__ import annotations

import os
import re
import signal
from functools import cache
from pathlib import Path

_OOM_KILL = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)


def exit_text(code: int) -> str:
    """Return how a process ended, by its exit code as :class:`subprocess.Popen` tells it."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def oom_kills() -> int:
    """Return how many processes the kernel has killed so far because memory was out."""
    return sum(map(_count, _counters()))


def was_out_of_memory(code: int, kills_before: int) -> bool:
    """Return whether it looks as if the kernel killed a process because memory was out."""
    return code == -signal.SIGKILL and oom_kills() > kills_before


@cache
def _counters() -> tuple[str, ...]:
    """Return the files in which the kernel counts, for the machine and for this control group."""
    found = ["/proc/vmstat"]
    try:
        groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        groups = []
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found.append(f"/sys/fs/cgroup{path.rstrip('/')}/memory.events")
        elif "memory" in controllers.split(","):
            found.append(f"/sys/fs/cgroup/memory{path}/memory.oom_control")
    return tuple(file for file in found if os.access(file, os.R_OK))


def _count(path: str) -> int:
    try:
        data = Path(path).read_bytes()
    except OSError:
        return 0
    found = _OOM_KILL.search(data)
    return int(found.group(1)) if found else 0
