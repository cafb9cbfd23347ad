"""How a process ended, in words."""

from __future__ import annotations

import signal
from pathlib import Path


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
    return sum(_count(path, name) for path, name in _counters())


def was_out_of_memory(code: int, kills_before: int) -> bool:
    """Return whether it looks as if the kernel killed a process because memory was out."""
    return code == -signal.SIGKILL and oom_kills() > kills_before


def _counters() -> list[tuple[str, str]]:
    found = [("/proc/vmstat", "oom_kill")]
    try:
        groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return found
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found.append((f"/sys/fs/cgroup{path.rstrip('/')}/memory.events", "oom_kill"))
        elif "memory" in controllers.split(","):
            found.append((f"/sys/fs/cgroup/memory{path}/memory.oom_control", "oom_kill"))
    return found


def _count(path: str, name: str) -> int:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.split()[:1] == [name])
