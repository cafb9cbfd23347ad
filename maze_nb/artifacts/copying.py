"""Copies a file so that the copy is there whole or not at all, and goes on with one begun."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from maze_nb.artifacts.bandwidth import Bandwidth
from maze_nb.artifacts.tries import with_tries
from maze_nb.errors import ArtifactError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Digest(Protocol):
    """What hashlib calls a hash."""

    def update(self, data: bytes, /) -> None:
        """Take some more bytes."""

    def hexdigest(self) -> str:
        """Return the digest of all of them so far."""
        ...


def part_file(target: Path, mark: str) -> Path:
    """Return where the part of a file is kept that is already there."""
    return target.with_name(f".{target.name[:100]}.{mark[:16] or 'some'}.part")


@contextmanager
def part_of(target: Path, mark: str) -> Iterator[IO[bytes]]:
    """Open the part of a file that is already there, to add to it; nobody else has it meanwhile.

    Raises
    ------
    BlockingIOError
        If somebody else adds to it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(part_file(target, mark), os.O_RDWR | os.O_CREAT, 0o666)
    with os.fdopen(descriptor, "r+b") as part:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_still(part_file(target, mark), descriptor):
            raise BlockingIOError(f"another process has just written {target}")
        yield part


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def part_length(target: Path, mark: str) -> int:
    """Return how much of a file is already there."""
    try:
        return part_file(target, mark).stat().st_size
    except OSError:
        return 0


def filled(attempt: Callable[[], None], what: str, target: Path, mark: Callable[[], str]) -> None:
    """Return once `attempt` has filled a file; it is tried again, see `with_tries`.

    After the last try its part stays for whoever goes on with it, unless there is no room for it.

    Parameters
    ----------
    what
        Said in the error.
    mark
        Returns what the part has in its name.
    """
    try:
        with_tries(attempt, what, lambda: part_length(target, mark()))
    except BaseException as error:
        if _found_no_room(error):
            remove_part(target, mark())
        raise


def _found_no_room(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        error = error.__cause__ or error.__context__
    return False


def remove_part(target: Path, mark: str) -> None:
    """Remove the part of a file that is given up, unless somebody else adds to it."""
    path = part_file(target, mark)
    with suppress(OSError), path.open("rb") as part:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(path, part.fileno()):
            path.unlink()


def resumed(part: IO[bytes], mark: str) -> Digest:
    """Return the digest of what is already there, and stand at its end.

    Where it is not known what it is of, nothing of it is taken.
    """
    part.seek(0)
    if not mark:
        part.truncate()
    digest: Digest = hashlib.file_digest(part, "sha256")  # type: ignore[arg-type]
    part.seek(0, os.SEEK_END)
    return digest


def copy_file(source: Path, target: Path, sha256: str, bandwidth: Bandwidth) -> None:
    """Copy a file; what another try left of it is not copied again.

    Raises
    ------
    ArtifactError
        If the copy would not be what it should be.
    OSError
        If it cannot be read or written.
    """
    with source.open("rb") as file:

        def pieces(start: int) -> Iterator[bytes]:
            file.seek(start)
            while chunk := file.read(bandwidth.chunk):
                bandwidth.take(len(chunk))
                yield chunk

        fill(target, sha256, sha256, pieces)


def fill(
    target: Path,
    mark: str,
    sha256: str,
    pieces: Callable[[int], Iterable[bytes]],
    size: int = -1,
) -> None:
    """Write a file in pieces, from where another try stopped; it has its name once it is whole.

    Parameters
    ----------
    mark
        Tells what of another try is of the same content; empty: nothing.
    sha256
        What its SHA-256 has to be; empty: anything.
    pieces
        Yields the content from an offset on.
    size
        How long it has to be; negative: anything.

    Raises
    ------
    ArtifactError
        If it is not what it should be; then nothing is left of it.
    """
    with part_of(target, mark) as part:
        digest = resumed(part, mark)
        if 0 <= size < part.tell():
            part.truncate(0)
            digest = resumed(part, mark)
        for piece in pieces(part.tell()):
            part.write(piece)
            digest.update(piece)
        if 0 <= size != part.tell():
            raise EOFError(f"only {part.tell()} of {size} bytes came")
        settle(part, target, mark, digest.hexdigest(), sha256)


def settle(part: IO[bytes], target: Path, mark: str, found: str, sha256: str) -> None:
    """Give what is whole its name, or take it away if it is not what it should be.

    Raises
    ------
    ArtifactError
        If it is not.
    """
    path = part_file(target, mark)
    if sha256 and found != sha256:
        path.unlink(missing_ok=True)
        raise ArtifactError(
            f"what came for {target.name!r} has the SHA-256 {found}, and not {sha256} as it should"
        )
    part.flush()
    os.fsync(part.fileno())
    path.replace(target)
