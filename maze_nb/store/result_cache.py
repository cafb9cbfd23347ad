"""Outputs of earlier runs, found by what they were made of."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from maze_nb import config
from maze_nb.store.cache_entry import CacheEntry
from maze_nb.store.cache_files import (
    DataFolder,
    is_leftover,
    is_name,
    listed,
    size_of,
    write_whole,
)
from maze_nb.store.signing import checked, secret, sign
from maze_nb.wire.shown import Displayed, Shown

logger = logging.getLogger(__name__)

LOCK_PATIENCE = 10.0
"""Seconds to wait for another process that tidies up, before an entry is not kept."""

_ENTRY, _LATEST, _DATA, _LOCK = "entry", "latest", "data", "lock"


class Pruned(NamedTuple):
    """How many entries were removed, and how many bytes they and their files took."""

    entries: int
    nbytes: int


class ResultCache:
    """Entries as signed files in a folder; any number of processes may use it at once.

    Attributes
    ----------
    folder
        Where it is.
    """

    def __init__(self, folder: Path, key: bytes, host: str | None = None) -> None:
        self.folder = folder
        self._key = key
        self._data = DataFolder(folder / _DATA, host or socket.gethostname())
        self._complained: set[Path] = set()

    def get(self, key: str) -> CacheEntry | None:
        """Return the entry with a key, None if there is none that is sound."""
        file = self._file(key)
        entry = self._read(file)
        if entry is not None:
            # The time of its last use, by which it is pruned.
            with contextlib.suppress(OSError):
                os.utime(file)
        return entry

    def put(self, entry: CacheEntry) -> bool:
        """Keep an entry, with the files of this machine that hold its outputs.

        Returns
        -------
        bool
            Whether it is kept. It is not if an output is neither in the entry nor in a file, or
            it cannot be written, of which a warning tells.
        """
        if not all(output.is_stored for output in entry.outputs):
            return False
        file, pointer = self._file(entry.key), self._pointer(entry.parts.task)
        try:
            with self._locked(fcntl.LOCK_SH):
                outputs = tuple(map(self._data.keep, entry.outputs))
                shown = tuple(map(self._kept, entry.shown))
                entry = msgspec.structs.replace(entry, outputs=outputs, shown=shown)
                write_whole(file, sign(self._key, _ENTRY, msgspec.msgpack.encode(entry)))
                target = msgspec.msgpack.encode((entry.parts.task, entry.key))
                write_whole(pointer, sign(self._key, _LATEST, target))
        except OSError as error:
            self._complain(
                self.folder, f"the outputs of task {entry.task_name!r} are not cached: {error}"
            )
            return False
        return True

    def latest(self, task: str) -> CacheEntry | None:
        """Return the entry that was kept last of a task, as ``CacheParts.task`` names it."""
        key = self._target(self._pointer(task), task)
        return self._read(self._file(key)) if key else None

    def is_there(self, entry: CacheEntry) -> bool:
        """Tell whether the outputs of an entry can be had, as far as this machine knows."""
        return all(
            output.is_stored
            and (output.stored is None or self._data.is_whole(output.stored))
            and all(map(self._data.is_whole, output.files))
            for output in entry.outputs
        )

    def entries(self) -> Iterator[CacheEntry]:
        """Yield all sound entries."""
        for key in self._keys():
            entry = self._read(self._file(key))
            if entry is not None:
                yield entry

    def last_used(self, key: str) -> float:
        """Return when an entry was last kept or found, in seconds since 1970; 0 if it is gone."""
        try:
            return self._file(key).stat().st_mtime
        except OSError:
            return 0.0

    def remove(self, keys: Iterable[str]) -> Pruned:
        """Remove entries, and the files that only they have.

        Raises
        ------
        OSError
            If they cannot be removed.
        """
        with self._locked(fcntl.LOCK_EX):
            return self._removed(set(keys), time.time())

    def prune(
        self,
        older_than: float | None = None,
        keep_bytes: int | None = None,
        now: float | None = None,
    ) -> Pruned:
        """Remove entries that were not used for long, and what nobody can use.

        Parameters
        ----------
        older_than
            Remove those that were last used more than so many seconds ago.
        keep_bytes
            Then remove those that were not used for longest, until all the others together take
            no more than this.
        now
            What time it is, in seconds since 1970.

        Raises
        ------
        OSError
            If something cannot be removed.
        """
        now = time.time() if now is None else now
        oldest = now - older_than if older_than is not None else float("-inf")
        with self._locked(fcntl.LOCK_EX):
            used = {key: self.last_used(key) for key in self._keys()}
            doomed = {key for key, at in used.items() if at < oldest}
            kept = sorted(used.keys() - doomed, key=lambda key: (-used[key], key))
            doomed |= self._too_much(kept, keep_bytes)
            return self._removed(doomed, now)

    def _too_much(self, keys: Iterable[str], keep_bytes: int | None) -> set[str]:
        """Return which of the keys, from the first on, there is no room for, or that are unsound.

        Once one does not fit, none after it is kept: they were not used for longer.
        """
        doomed: set[str] = set()
        seen: set[str] = set()
        room = float("inf") if keep_bytes is None else keep_bytes
        for key in keys:
            entry = self._read(self._file(key))
            if entry is None:
                doomed.add(key)
                continue
            fresh = self._data.digests(entry.files) - seen
            room -= size_of(self._file(key)) + sum(map(self._data.size, fresh))
            if room < 0:
                doomed.add(key)
            else:
                seen |= fresh
        return doomed

    def _removed(self, doomed: set[str], now: float) -> Pruned:
        count = nbytes = 0
        for key in doomed:
            size = size_of(self._file(key))
            with contextlib.suppress(FileNotFoundError):
                self._file(key).unlink()
                count, nbytes = count + 1, nbytes + size
        needed: set[str] = set()
        for entry in self.entries():
            needed |= self._data.digests(entry.files)
        nbytes += self._data.sweep(needed, now)
        self._tidy(now)
        return Pruned(count, nbytes)

    def _tidy(self, now: float) -> None:
        """Remove drafts of writers that were killed, and pointers to what is gone."""
        for folder in listed(self.folder):
            for file in listed(folder) if folder.name != _DATA else ():
                if is_leftover(file, now):
                    file.unlink(missing_ok=True)
        for file in listed(self.folder / _LATEST):
            key = self._target(file)
            if is_name(file.name) and (key is None or not self._file(key).exists()):
                file.unlink(missing_ok=True)

    def _read(self, file: Path) -> CacheEntry | None:
        try:
            data = checked(self._key, _ENTRY, file.read_bytes())
            if data is None:
                raise ValueError("its signature is not that of this cache")
            entry = msgspec.msgpack.decode(data, type=CacheEntry)
            if entry.key != file.name:
                raise ValueError("it is the entry of another key")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._complain(file, f"the cached result {file} is passed over: {error}")
            return None
        outputs = tuple(map(self._data.found, entry.outputs))
        shown = tuple(
            self._data.found(item) if isinstance(item, Displayed) else item for item in entry.shown
        )
        return msgspec.structs.replace(entry, outputs=outputs, shown=shown)

    def _kept(self, item: Shown) -> Shown:
        """Return what was shown with its file among those here, without it if it is gone."""
        if not isinstance(item, Displayed):
            return item
        try:
            return self._data.keep(item)
        except OSError:
            return msgspec.structs.replace(item, stored=None)

    def _target(self, pointer: Path, task: str | None = None) -> str | None:
        """Return the key that a pointer names, None if it is not sound or not that of `task`."""
        try:
            data = checked(self._key, _LATEST, pointer.read_bytes())
            named, key = msgspec.msgpack.decode(data or b"", type=tuple[str, str])
        except (OSError, ValueError):
            return None
        return key if task in (None, named) and is_name(key) else None

    def _keys(self) -> list[str]:
        folders = [folder for folder in listed(self.folder) if len(folder.name) == 2]
        return [file.name for folder in folders for file in listed(folder) if is_name(file.name)]

    def _file(self, key: str) -> Path:
        if not is_name(key):
            raise ValueError(f"{key!r} is no key of the result cache")
        return self.folder / key[:2] / key

    def _pointer(self, task: str) -> Path:
        return self.folder / _LATEST / hashlib.sha256(task.encode(errors="replace")).hexdigest()

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the folder: writers together, or who tidies up alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + LOCK_PATIENCE
        with (self.folder / _LOCK).open("a") as file:
            while True:
                try:
                    fcntl.flock(file, how | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise TimeoutError(
                            f"another process has held {file.name} for {LOCK_PATIENCE:g} s"
                        ) from None
                    time.sleep(0.02)
            yield

    def _complain(self, about: Path, text: str) -> None:
        if about not in self._complained:
            self._complained.add(about)
            logger.warning(text)


def open_cache() -> ResultCache:
    """Return the result cache of this user on this machine, in ``MAZE_HOME``.

    Raises
    ------
    StoreError
        If its key can be neither read nor made.
    """
    return ResultCache(config.home() / "cache", secret(config.home() / "cache.key"))
