"""How much memory processes have, in MB, files that are only mapped not counted."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MB = 2**20
_HIGH_WATER_MARK = "5"
_PAGE = os.sysconf("SC_PAGE_SIZE")


def process_memory(pid: int) -> float:
    """Return what a process has in memory by itself or shares; 0 if it is gone."""
    try:
        found = _fields(f"/proc/{pid}/status", "RssAnon", "RssShmem")
    except OSError:
        return 0.0 if Path("/proc/self/status").exists() else _resident(pid)
    return sum(found) / MB


def shared_out_memory(pid: int) -> float | None:
    """Return the same with what several processes share counted to each in parts.

    It costs some milliseconds for each GB. None where the system does not tell.
    """
    try:
        found = _fields(f"/proc/{pid}/smaps_rollup", "Pss_Anon", "Pss_Shmem")
    except OSError:
        return None
    return sum(found) / MB if len(found) == 2 else None


def forget_own_peak() -> None:
    """Let :func:`own_peak` count from now on."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_HIGH_WATER_MARK)


def own_peak() -> float | None:
    """Return what this process had in memory at most; None where the system does not tell."""
    try:
        highest, files = _fields("/proc/self/status", "VmHWM", "RssFile")
    except (OSError, ValueError):
        return None
    return (highest - files) / MB


class OwnMemory:
    """What this process has in memory, read in a few microseconds."""

    def __init__(self) -> None:
        try:
            self._file: int | None = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = None

    def __call__(self) -> float:
        """Return it; memory shared with other processes is not counted where that is told."""
        if self._file is None:
            return _resident(os.getpid())
        _, resident, shared, *_ = os.pread(self._file, 128, 0).split()
        return (int(resident) - int(shared)) * _PAGE / MB


def _fields(path: str, *names: str) -> list[int]:
    """Return those of these fields that a file of the kernel has, as bytes."""
    with open(path, "rb") as lines:  # noqa: PTH123 - at each look at a running task
        data = lines.read()
    found = []
    for name in names:
        start = data.find(b"\n%s:" % name.encode())
        if start >= 0:
            found.append(int(data[start + len(name) + 2 :].split(None, 1)[0]) * 1024)
    return found


def _resident(pid: int) -> float:
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss) / MB
    except psutil.Error:
        return 0.0
