"""The cap on what a worker sends and fetches, shared by its threads and its child processes."""

from __future__ import annotations

import atexit
import fcntl
import os
import struct
import tempfile
import threading
import time
from functools import cache
from pathlib import Path

from maze_nb.errors import ArtifactError

CAP_VARIABLE = "WORKER_NETWORK_BANDWIDTH_BYTES_PER_SEC"
SHARE_VARIABLE = "MAZE_BANDWIDTH_SHARE"
_CHUNK = 1 << 18
_LEAST_CHUNK = 1 << 12
_A_SECOND = 10
_LONGEST_SLEEP = 1.0


class Bandwidth:
    """Lets so many bytes pass in a second, over all processes that share a file.

    The file holds the time at which what was let pass so far will have been sent. Time is that of
    the machine's own clock since it was started, which all of its processes have in common.

    Parameters
    ----------
    cap
        Bytes in a second; 0: as many as there are.
    share
        The file.
    """

    def __init__(self, cap: int = 0, share: Path | None = None) -> None:
        self._cap = cap
        self._share = share
        self._free = 0.0
        self._lock = threading.Lock()

    @property
    def is_capped(self) -> bool:
        """Whether there is a cap."""
        return self._cap > 0

    @property
    def chunk(self) -> int:
        """How many bytes to send at a time, so that they go evenly."""
        if not self._cap:
            return _CHUNK
        return min(_CHUNK, max(_LEAST_CHUNK, self._cap // _A_SECOND))

    def take(self, count: int) -> None:
        """Wait until `count` bytes more may have passed."""
        if not self._cap:
            return
        due = self._book(count / self._cap)
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, _LONGEST_SLEEP))

    def _book(self, seconds: float) -> float:
        """Return when what takes so long is through, after all that was booked before."""
        with self._lock:
            if self._share is None:
                self._free = max(self._free, time.monotonic()) + seconds
                return self._free
            descriptor = os.open(self._share, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                return _booked(descriptor, seconds)
            finally:
                os.close(descriptor)


def _booked(descriptor: int, seconds: float) -> float:
    now, before = time.monotonic(), os.pread(descriptor, 8, 0)
    free = struct.unpack("d", before)[0] if len(before) == 8 else 0.0
    free = max(free, now) + seconds
    os.pwrite(descriptor, struct.pack("d", free), 0)
    return float(free)


def bandwidth() -> Bandwidth:
    """Return what this process may send and fetch, by the environment variables.

    Raises
    ------
    ArtifactError
        If the variable is no number of bytes.
    """
    text = os.environ.get(CAP_VARIABLE, "").strip()
    if not text:
        return _UNCAPPED
    cap = int(text) if text.isdecimal() else -1
    if cap < 0:
        raise ArtifactError(
            f"the environment variable {CAP_VARIABLE} is {text!r}: it has to be a whole number of "
            f"bytes in a second, such as 1000000; 0 is no cap"
        )
    return _capped(cap, os.environ.get(SHARE_VARIABLE) or _own_share())


def for_children() -> dict[str, str]:
    """Return what has child processes share the cap of this one, as environment variables."""
    if not os.environ.get(CAP_VARIABLE, "").strip():
        return {}
    return {SHARE_VARIABLE: os.environ.get(SHARE_VARIABLE) or _own_share()}


def share_in(folder: Path) -> None:
    """Have the file that is shared stand in a folder, which is removed with who shares it."""
    if _place.folder is None or not _place.folder.is_dir():
        _place.folder = folder


class _Place:
    """Where the file is that is shared."""

    folder: Path | None = None


_place = _Place()


def _own_share() -> str:
    folder = _place.folder
    if folder is not None and folder.is_dir():
        return str(folder / "maze-bandwidth")
    return _temporary_share()


@cache
def _temporary_share() -> str:
    path = Path(tempfile.gettempdir(), f"maze-bandwidth-{os.getuid()}-{os.getpid()}")
    atexit.register(path.unlink, missing_ok=True)
    return str(path)


_UNCAPPED = Bandwidth()


@cache
def _capped(cap: int, share: str) -> Bandwidth:
    return Bandwidth(cap, Path(share))
