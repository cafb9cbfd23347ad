"""Whether processes hold GPU devices, by the device files that they have open."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

DEVICE_FILES = ("/dev/nv", "/dev/kfd", "/dev/dri/", "/dev/dxg", "/dev/accel")
"""What the names of these files begin with; nobody has memory of a device without its file."""


def hold_devices(pids: Iterable[int]) -> bool:
    """Return whether any of these processes has the file of a device open.

    Where the system does not tell, it is assumed.
    """
    return any(map(_holds, pids))


def _holds(pid: int) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        open_files = os.listdir(folder)  # noqa: PTH208 - names only
    except (FileNotFoundError, ProcessLookupError):
        return not os.path.isdir("/proc/self/fd")  # noqa: PTH112 - gone, or no such system
    except OSError:
        return True
    for number in open_files:
        with suppress(OSError):
            if os.readlink(f"{folder}/{number}").startswith(DEVICE_FILES):  # noqa: PTH115
                return True
    return False
