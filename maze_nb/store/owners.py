"""Who carries runs through: each owner holds a lock on a file for as long as its process lives."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from maze_nb.errors import StoreError
from maze_nb.store.faults import ELSEWHERE

_HOLD_SECONDS = 5.0
_AGAIN_SECONDS = 0.01
_ADDRESS_BYTES = 1000
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def folder_beside(path: Path) -> Path:
    """Return the folder of lock files that belongs to the file of a run store."""
    return path.with_name(path.name + ".owners")


class Owner:
    """A name that other processes see is alive until it is let go, or this process ends.

    Parameters
    ----------
    folder
        Where the lock files are; made when the first is.
    address
        Where it is to be asked, which others find in its file; empty if it cannot be.

    Attributes
    ----------
    name
        Unique, and tells people where it lives: host and process.
    """

    def __init__(self, folder: Path, address: str = "") -> None:
        host = re.sub(r"[^A-Za-z0-9-]", "-", platform.node()) or "host"
        self.name = f"{host}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._folder = folder
        self._address = address
        self._process = os.getpid()
        self._lock = Lock()
        self._file: BinaryIO | None = None

    def hold(self) -> None:
        """Be alive from now on.

        Raises
        ------
        StoreError
            If no file can be made or locked there.
        """
        if self._process != os.getpid():
            raise StoreError(
                f"the owner {self.name} cannot be had in a process forked from its own"
            )
        path = self._folder / self.name
        with self._lock:
            if self._file is not None:
                return
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                tidy(self._folder)
                self._file = _locked(path)
                self._file.write(self._address.encode())
                self._file.flush()
            except OSError as error:
                raise StoreError(
                    f"the file {path}, by which others see that this scheduler lives, cannot be "
                    f"made or locked: {error}. {ELSEWHERE}"
                ) from error
            _held.add(self)

    def release(self) -> None:
        """Be gone."""
        if self._process != os.getpid():
            return
        with self._lock:
            file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                (self._folder / self.name).unlink()
            file.close()

    def leave_to_parent(self) -> None:
        """In a forked child: let go of the file that it has from its parent, who holds it on."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


def is_alive(folder: Path, name: str) -> bool:
    """Return whether an owner is there; what cannot be known counts as alive, so is left alone."""
    if not _PLAIN.fullmatch(name):
        return False
    try:
        with (folder / name).open("rb") as file:
            # Shared, so that two who look at once do not take each other for the owner.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return False


def address_of(folder: Path, name: str) -> str:
    """Return where an owner who is alive is to be asked; empty if that is not known."""
    path = folder / name
    if not is_alive(folder, name):
        return ""
    try:
        with path.open("rb") as file:
            # Runs are sent there, so nobody else may say where.
            if os.fstat(file.fileno()).st_uid != os.getuid():
                return ""
            return file.read(_ADDRESS_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def living(folder: Path) -> list[str]:
    """Return the names of all who are alive."""
    return [path.name for path in _lock_files(folder) if is_alive(folder, path.name)]


def tidy(folder: Path) -> None:
    """Remove the lock files of owners that are gone."""
    for path in _lock_files(folder):
        if not is_alive(folder, path.name):
            with suppress(OSError):
                path.unlink()


def _lock_files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        yield from sorted(path for path in folder.iterdir() if path.is_file())


def _locked(path: Path) -> BinaryIO:
    deadline = time.monotonic() + _HOLD_SECONDS
    while time.monotonic() < deadline:
        file = path.open("ab")
        try:
            # Whoever tidies may look at it now, or have removed it before it was locked.
            with suppress(BlockingIOError, FileNotFoundError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                    return file
        except BaseException:
            file.close()
            raise
        file.close()
        time.sleep(_AGAIN_SECONDS)
    raise TimeoutError(f"others have kept it locked for {_HOLD_SECONDS:g} s")


def _after_fork() -> None:
    for owner in list(_held):
        owner.leave_to_parent()


# A lock lasts as long as any process has the file open that it was taken by: without this, an
# orphan that was forked from a killed scheduler would keep its runs from being resumed.
_held: weakref.WeakSet[Owner] = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)
