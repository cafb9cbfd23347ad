"""The files of the result cache: written whole or not at all, and kept apart from runs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec

from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.wire.shown import Displayed

LEFTOVER_AGE = 3600.0
"""From how many seconds on a draft is taken to be left over from a writer that was killed."""

_NAME = re.compile(r"[0-9a-f]{64}")
_PIECE = 2**20

Held = TypeVar("Held", OutputInfo, Displayed)
"""What can have a file."""


class DataFolder:
    """Files that hold outputs, each under the digest of its content.

    Attributes
    ----------
    folder
        Where they are.
    host
        The name of this machine; files of others are left where they are.
    """

    def __init__(self, folder: Path, host: str) -> None:
        self.folder = folder
        self.host = host

    def keep(self, output: Held) -> Held:
        """Return an output with its file among those here, put there if it is on this machine.

        A display that has a file is kept like an output.

        Raises
        ------
        OSError
            If the file is gone or cut short, or cannot be put here.
        """
        stored = output.stored
        if stored is None or stored.host != self.host:
            return output
        if not is_name(stored.digest):
            raise OSError(f"the file {stored.path} has no digest")
        source, kept = Path(stored.path), self.folder / stored.digest
        self.folder.mkdir(parents=True, exist_ok=True)
        # What is here already may have been damaged since.
        if not (kept.exists() and source.exists() and source.samefile(kept)):
            _link_or_copy(source, kept, stored)
        return self.found(output)

    def found(self, output: Held) -> Held:
        """Return an output or a display with the file that is here, wherever it was before."""
        stored = output.stored
        if stored is None or stored.host != self.host:
            return output
        here = replace(stored, path=str(self.folder / stored.digest))
        if isinstance(output, Displayed):
            return msgspec.structs.replace(output, stored=here)
        return replace(output, stored=here)

    def is_whole(self, stored: StoredFile) -> bool:
        """Tell whether a file is here and as long as it was; those of other machines count."""
        return stored.host != self.host or size_of(Path(stored.path)) == stored.nbytes

    def digests(self, files: tuple[StoredFile, ...]) -> set[str]:
        """Return under which names files are here."""
        return {file.digest for file in files if file.host == self.host}

    def size(self, digest: str) -> int:
        """Return how many bytes a file has, 0 if it is not here."""
        return max(size_of(self.folder / digest), 0)

    def sweep(self, needed: Container[str], now: float) -> int:
        """Remove files that are not needed, and drafts that were left; return their bytes."""
        freed = 0
        for file in listed(self.folder):
            if file.name not in needed and (is_name(file.name) or is_leftover(file, now)):
                freed += max(size_of(file), 0)
                file.unlink(missing_ok=True)
        return freed


def is_name(name: str) -> bool:
    """Tell whether a name is that of a file with an entry or with data: a digest."""
    return _NAME.fullmatch(name) is not None


def is_leftover(file: Path, now: float) -> bool:
    """Tell whether a draft is so old that nobody writes to it any more."""
    with contextlib.suppress(OSError):
        return not is_name(file.name) and file.stat().st_mtime < now - LEFTOVER_AGE
    return False


def listed(folder: Path) -> list[Path]:
    """Return what is in a folder, nothing if there is none."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def size_of(file: Path) -> int:
    """Return how many bytes a file has, -1 if it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return -1


def write_whole(file: Path, data: bytes) -> None:
    """Write a file so that whoever reads it finds all of it, or what was there before.

    After a loss of power it may be cut short, which its signature shows: to wait for the disk
    would take longer than many a task.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with _draft(file) as draft:
        draft.write_bytes(data)
        draft.replace(file)


def _link_or_copy(source: Path, target: Path, stored: StoredFile) -> None:
    """Put a file in a second place; it takes room only once, where that is possible."""
    with _draft(target) as draft:
        try:
            os.link(source, draft)
        except FileNotFoundError:
            raise
        except OSError:
            _copy(source, draft, stored.digest)
        if size_of(draft) != stored.nbytes:
            raise OSError(f"{source} is not as long as it was")
        draft.replace(target)


def _copy(source: Path, target: Path, digest: str) -> None:
    found = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while piece := reader.read(_PIECE):
            found.update(piece)
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())
    if found.hexdigest() != digest:
        raise OSError(f"{source} is not what it was")


@contextlib.contextmanager
def _draft(file: Path) -> Iterator[Path]:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)
