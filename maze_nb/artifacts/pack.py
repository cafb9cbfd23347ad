"""A folder packed to one file, the same for the same content."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import stat
import tarfile
import uuid
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase, FileIO, RawIOBase
from pathlib import Path

from maze_nb.artifacts.digest import Digest, remember
from maze_nb.artifacts.left_files import LeftFiles

_FAST, _STORED = 1, 0
_SAMPLE = 2**20
_WORTH = 0.9
"""What gets no smaller than this is not compressed, which takes ten times as long as to copy it."""
_RUNS, _PLAIN = 0o755, 0o644


def pack(files: LeftFiles, archive: Path, check: Callable[[], None] | None = None) -> Digest:
    """Pack files to a ``.tar.gz``; times, owners and the order of the files are not in it.

    Whoever reads the archive finds all of it, or what was there before. Files are read piece by
    piece. What a link leads to is packed in its place; what cannot be packed goes from ``files`` to
    ``left_out``.

    Parameters
    ----------
    check
        Called now and then; may raise to give up.

    Raises
    ------
    OSError
        If the archive cannot be written, or a file gets shorter meanwhile.
    """
    draft = archive.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with draft.open("xb") as file:
            target = _Hashing(file, check)
            with (
                gzip.GzipFile("", "wb", _level(files), target, mtime=0) as zipped,
                tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as packed,
            ):
                _fill(packed, files)
            known = os.fstat(file.fileno())
        draft.replace(archive)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    sha256 = target.digest.hexdigest()
    with contextlib.suppress(OSError):
        if (now := archive.stat()).st_ino == known.st_ino:
            remember(now, sha256)
    return Digest(sha256, target.nbytes)


def _level(files: LeftFiles) -> int:
    """Return how files are compressed; by a sample of the biggest, so the same for the same."""
    sizes: dict[str, int] = {}
    for name, path in files.files.items():
        with contextlib.suppress(OSError):
            sizes[name] = path.stat().st_size
    biggest = max(sizes, key=lambda name: (sizes[name], name), default=None)
    if biggest is None or sizes[biggest] < _SAMPLE:
        return _FAST
    try:
        number = os.open(files.files[biggest], os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with FileIO(number) as file:
            file.seek((sizes[biggest] - _SAMPLE) // 2)
            sample = file.read(_SAMPLE)
    except OSError:
        return _FAST
    is_worth = len(zlib.compress(sample, _FAST)) < _WORTH * len(sample)
    return _FAST if is_worth else _STORED


def _fill(packed: tarfile.TarFile, files: LeftFiles) -> None:
    folders: set[str] = set()
    for name, path in list(files.files.items()):
        try:
            number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            del files.files[name]
            files.left_out[name] = f"cannot be read: {error.strerror}"
            continue
        with FileIO(number) as file:
            known = os.fstat(number)
            for folder in _above(name):
                if folder not in folders:
                    folders.add(folder)
                    packed.addfile(_entry(folder, tarfile.DIRTYPE, _RUNS))
            mode = _RUNS if known.st_mode & stat.S_IXUSR else _PLAIN
            entry = _entry(name, tarfile.REGTYPE, mode)
            entry.size = known.st_size
            packed.addfile(entry, file)


def _above(name: str) -> Iterator[str]:
    parts = name.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        yield "/".join(parts[:count])


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, mode
    return entry


class _Hashing(RawIOBase):
    """Passes on what is written, and knows its SHA-256."""

    def __init__(self, file: BufferedIOBase, check: Callable[[], None] | None) -> None:
        self.digest = hashlib.sha256()
        self.nbytes = 0
        self._file = file
        self._check = check

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        if self._check is not None:
            self._check()
        self.digest.update(data)
        self.nbytes += len(data)
        return self._file.write(data)
