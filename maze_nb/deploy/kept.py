"""The cluster that ``maze-nb up`` keeps for a home: what is known of it, and whether it lives."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec
import psutil

from maze_nb import config
from maze_nb.errors import ConnectionFailedError
from maze_nb.version import __version__

_SAME_START_SECONDS = 2.0
_OTHER_HOME = f"Choose another home with the environment variable {config.HOME_VARIABLE}"


@dataclass(frozen=True)
class KeptCluster:
    """A cluster in a process of its own, as the file in its home describes it.

    Attributes
    ----------
    process_start
        When its process started, in seconds since the machine did: the clock may be set meanwhile.
    host, boot
        The machine that it runs on, and that machine's present run.
    started
        When it came up, in seconds since 1970.
    """

    address: str
    pid: int
    process_start: float
    dashboard: str
    slots: int
    log: str
    host: str = field(default_factory=socket.gethostname)
    boot: str = field(default_factory=lambda: _boot())
    started: float = field(default_factory=time.time)
    version: str = __version__

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is on another machine that shares this home."""
        return self.host != socket.gethostname() and self.boot != _boot()

    def is_alive(self) -> bool:
        """Say whether its process is there, and not another one with the same id."""
        start = process_start(self.pid) if self.boot == _boot() else None
        return start is not None and abs(start - self.process_start) < _SAME_START_SECONDS


def kept_file() -> Path:
    """Return the file that describes the kept cluster of this home."""
    return config.home() / "cluster.json"


def log_file() -> Path:
    """Return the file that the kept cluster of this home logs to."""
    return config.home() / "cluster.log"


def process_start(pid: int) -> float | None:
    """Return when a process started, in seconds since the machine did; None if it has ended."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time() - psutil.boot_time())
    except psutil.NoSuchProcess:
        return None


def read_kept() -> KeptCluster | None:
    """Return what the file of this home says, alive or not; None if there is no file.

    Raises
    ------
    ConnectionFailedError
        If the file is not to be trusted or makes no sense.
    """
    file = kept_file()
    try:
        with file.open("rb") as opened:
            owner, data = os.fstat(opened.fileno()).st_uid, opened.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConnectionFailedError(
            f"{file}, which says where the cluster of `maze-nb up` is, cannot be read "
            f"({error.strerror}). {_OTHER_HOME}"
        ) from error
    # What stands there is where code and data are sent to, and where results are unpickled from.
    if owner != os.getuid():
        raise ConnectionFailedError(
            f"{file}, which says where the cluster of `maze-nb up` is, belongs to another user "
            f"(id {owner}), so it is not used. {_OTHER_HOME}"
        )
    try:
        return msgspec.json.decode(data, type=KeptCluster)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConnectionFailedError(
            f"{file}, which says where the cluster of `maze-nb up` is, makes no sense ({error}). "
            "Delete it: a cluster that is up writes it anew within seconds"
        ) from error


def find_kept() -> KeptCluster | None:
    """Return the kept cluster of this home if it lives on this machine."""
    kept = read_kept()
    return kept if kept is not None and kept.is_alive() else None


def refuse_elsewhere() -> None:
    """Raise a ConnectionFailedError if the cluster of this home is on another machine."""
    kept = read_kept()
    if kept is not None and kept.is_elsewhere:
        raise ConnectionFailedError(
            f"{kept_file()} says that the cluster of this home is up on {kept.host}: end it there "
            f"with `maze-nb down`. {_OTHER_HOME} here. If that machine is no more, delete the file"
        )


def write_kept(kept: KeptCluster) -> None:
    """Put the description of a cluster in its place, whole or not at all."""
    file = kept_file()
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with open(draft, "wb", opener=_private) as opened:
            opened.write(msgspec.json.format(msgspec.json.encode(asdict(kept))) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def is_described(kept: KeptCluster) -> bool:
    """Say whether the file of this home describes this cluster."""
    try:
        return read_kept() == kept
    except ConnectionFailedError:
        return False


def drop_kept(kept: KeptCluster) -> None:
    """Remove the description of a cluster that has ended, unless it is of another by now."""
    if is_described(kept):
        with suppress(OSError):
            kept_file().unlink()


def try_lock() -> int | None:
    """Return an open file that holds the lock of this home; None if somebody has it.

    Who starts a cluster takes it and hands it to the cluster's process, which has it to its end.

    Raises
    ------
    ConnectionFailedError
        If the home cannot be written to, or cannot be locked.
    """
    home = config.home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = os.open(home / "cluster.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(home, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError as error:
        os.close(lock)
        raise _unusable(home, error) from error
    return lock


def _unusable(home: Path, error: OSError) -> ConnectionFailedError:
    return ConnectionFailedError(
        f"no cluster can be kept for {home}: {error.strerror}. {_OTHER_HOME}"
    )


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _boot() -> str:
    """Return the id of this machine's present run, empty where machines have none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
