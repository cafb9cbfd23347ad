"""One upload: the part of a file that has come so far, and what is known of the whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedRandom
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.artifacts.folder_name import file_name
from maze_nb.artifacts.inside import NotAFileError, folder_inside, open_inside
from maze_nb.scheduler.http.refusal import RefusedError

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Wanted(msgspec.Struct, frozen=True):
    """What an upload is to become.

    ``nbytes`` is its length and ``sha256`` its digest, where they were told; ``replaces`` says
    whether it takes the place of another file of the same name.
    """

    run_id: str
    task_id: str
    name: str
    nbytes: int | None = None
    sha256: str = ""
    replaces: bool = False

    @property
    def folder(self) -> tuple[str, str]:
        """The folder of the task, below the folder for results."""
        return file_name(self.run_id), file_name(self.task_id)


class Kept(msgspec.Struct, frozen=True):
    """A file that was taken in; ``is_new`` says that it was not there already."""

    wanted: Wanted
    nbytes: int
    sha256: str
    is_new: bool


class Upload:
    """The part of a file that is being written; locked as long as it is open.

    All calls block; they are made one after the other.

    Parameters
    ----------
    part
        The file; what is in it already is gone on with.
    most
        How many bytes the whole may have.
    digests
        What of the digests is known from before; has this one's once it is let go.
    """

    def __init__(self, part: Path, wanted: Wanted, most: int, digests: Digests) -> None:
        self.part = part
        self.wanted = wanted
        self._most = most
        self._digests = digests
        self._digest: Any = None
        self._file: BufferedRandom = os.fdopen(os.open(part, _FLAGS, 0o600), "r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise RefusedError(409, "somebody else goes on with this upload right now") from error
        if os.fstat(self._file.fileno()).st_nlink != 1:
            # The whole has its name already, and nobody was told: it is not to be changed.
            self.close()
            raise RefusedError(404, "this upload was finished: begin anew to hear of it")
        self.received = self._file.seek(0, os.SEEK_END)

    def prepare(self) -> None:
        """Read what came before, unless it is known what its digest is."""
        if self._digest is None:
            self._digest = self._digests.take(self.part.name, self.received)
        if self._digest is None:
            self._file.seek(0)
            self._digest = hashlib.file_digest(self._file, "sha256")
            self._file.seek(0, os.SEEK_END)

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add what came.

        Raises
        ------
        RefusedError
            If it is more than was told, or more than may be.
        """
        self.prepare()
        for piece in pieces:
            self._check(self.received + len(piece))
            self._file.write(piece)
            self._digest.update(piece)
            self.received += len(piece)
        self._file.flush()

    def _check(self, nbytes: int) -> None:
        if nbytes > self._most:
            raise too_large(self._most)
        whole = self.wanted.nbytes
        if whole is not None and nbytes > whole:
            raise RefusedError(400, f"more came than the {whole} bytes that were told")

    def settle(self, root: Path) -> Kept:
        """Give the whole file its name, and let it go.

        Raises
        ------
        RefusedError
            If it is not what was told, or another file has the name.
        """
        self.prepare()
        wanted, sha256 = self.wanted, self._digest.hexdigest()
        if wanted.nbytes is not None and wanted.nbytes != self.received:
            raise RefusedError(
                400, f"{self.received} bytes came, not the {wanted.nbytes} that were told"
            )
        if wanted.sha256 and wanted.sha256 != sha256:
            raise RefusedError(
                422, f"what came has the SHA-256 {sha256}, not {wanted.sha256}: send it again"
            )
        os.fsync(self._file.fileno())
        is_new = self._place(root, sha256)
        self.close()
        return Kept(wanted, self.received, sha256, is_new)

    def _place(self, root: Path, sha256: str) -> bool:
        *inner, last = self.wanted.name.split("/")
        try:
            with folder_inside(root, (*self.wanted.folder, *inner), make=True) as place:
                self.part.chmod(0o644)
                try:
                    # Unlike a rename, a link never takes the place of another file.
                    os.link(self.part, last, dst_dir_fd=place)
                except FileExistsError:
                    if is_there(root, self.wanted, sha256):
                        return False
                    found = os.stat(last, dir_fd=place, follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode):
                        raise is_folder(self.wanted.name) from None
                    if not self.wanted.replaces:
                        raise taken(self.wanted.name) from None
                    os.rename(self.part, last, dst_dir_fd=place)
                os.fsync(place)
        except NotAFileError as error:
            raise RefusedError(
                409, f"{self.wanted.name!r} cannot be a file here, as {error}: choose another name"
            ) from error
        return True

    def close(self, *, keep: bool = False) -> None:
        """Let it go; the part is removed, unless somebody is to go on with it."""
        if self._file.closed:
            return
        if keep:
            self._keep()
        else:
            for path in (self.part, self.part.with_suffix(".json")):
                with suppress(OSError):
                    path.unlink()
        with suppress(OSError):
            self._file.close()

    def _keep(self) -> None:
        with suppress(OSError):
            self._file.flush()
            if self._digest is not None:
                # What is on disk by then need not be waited for when the whole is.
                os.fdatasync(self._file.fileno())
                self._digests.put(self.part.name, self.received, self._digest)


class Digests:
    """The digests of what came of uploads that are gone on with, so that it is read once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, length: int, digest: Any) -> None:
        """Note the digest of so many bytes."""
        with self._lock:
            self._known[name] = (length, digest)
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def take(self, name: str, length: int) -> Any:
        """Return the digest of so many bytes, for them to be added to; None if it is not known."""
        with self._lock:
            known, digest = self._known.pop(name, (-1, None))
        return digest if known == length else None


def is_there(root: Path, wanted: Wanted, sha256: str) -> bool:
    """Return whether a file with this digest is there under the name."""
    try:
        with os.fdopen(open_inside(root, wanted.folder, wanted.name), "rb") as file:
            if wanted.nbytes is not None and os.fstat(file.fileno()).st_size != wanted.nbytes:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (NotAFileError, OSError):
        return False


def taken(name: str) -> RefusedError:
    """Return the refusal of a name that another file has."""
    return RefusedError(
        409, f"there is another file {name!r}: choose another name, or say replace=true"
    )


def is_folder(name: str) -> RefusedError:
    """Return the refusal of a name that a folder has."""
    return RefusedError(
        409, f"{name!r} is a folder here, which no file can replace: choose another name"
    )


def too_large(most: int) -> RefusedError:
    """Return the refusal of a file that is too large."""
    return RefusedError(
        413, f"a file may have {most} bytes here: see the setting maze.http-max-upload"
    )
