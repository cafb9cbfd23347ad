"""Files named by the digest of their content: large values, modules, input files on their way.

A name is the kind of the file and the SHA-256 of all that is in it, such as ``values/3f…``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Container, Iterator
from pathlib import Path

from maze_nb import config
from maze_nb.errors import MazeError, ResultLostError
from maze_nb.wire.packed import Packed
from maze_nb.wire.value_file import value_digest, write_value

VALUES = "values"
MODULES = "modules"
FILES = "files"
KINDS = (VALUES, MODULES, FILES)
PIECE = 2**24
"""The bytes that travel in one call."""
GRACE = 86400.0
"""So many seconds after its last use a file stays of which no run is known that needs it."""
_NAME = re.compile(rf"({'|'.join(KINDS)})/([0-9a-f]{{64}})")


def is_blob(name: str) -> bool:
    """Tell whether a name is that of such a file.

    Examples
    --------
    >>> is_blob("values/" + "0" * 64), is_blob("../values")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


class BlobFolder:
    """The files of one folder; each is there whole or not at all. Safe in many processes at once.

    Parameters
    ----------
    root
        Where they are; by default the home of Maze.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = config.home() if root is None else root

    def path(self, name: str) -> Path:
        """Return where a file is, or would be."""
        if not is_blob(name):
            raise MazeError(f"{name!r} is no name of a value, of modules or of a file")
        return self.root / name

    def has(self, name: str) -> bool:
        """Tell whether a file is here; it counts as used just now."""
        path = self.path(name)
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        except OSError:
            # One that somebody else owns.
            return path.exists()
        return True

    def keep_value(self, packed: Packed) -> tuple[str, int]:
        """Write a value, if it is not here yet; return the name of its file and its length."""
        digest, nbytes = value_digest(packed)
        if not self.has(f"{VALUES}/{digest}"):
            with self._draft(VALUES) as draft:
                # What other threads did to the value meanwhile shows in this digest.
                digest, nbytes = write_value(draft, packed)
                os.replace(draft, self.root / VALUES / digest)  # noqa: PTH105 - atomic
        return f"{VALUES}/{digest}", nbytes

    def keep_bytes(self, kind: str, data: bytes) -> str:
        """Write a file of a kind, if it is not here yet; return its name."""
        name = f"{kind}/{hashlib.sha256(data).hexdigest()}"
        if not self.has(name):
            with self._draft(kind) as draft:
                draft.write_bytes(data)
                os.replace(draft, self.path(name))  # noqa: PTH105 - atomic
        return name

    def take(self, name: str, source: Path) -> None:
        """Put a file here that is elsewhere on this machine; it takes room once, where possible."""
        with self._draft(name.partition("/")[0]) as draft:
            try:
                os.link(source, draft)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(source, draft)
            os.replace(draft, self.path(name))  # noqa: PTH105 - atomic

    def read(self, name: str, offset: int, length: int = PIECE) -> tuple[bytes, int]:
        """Return a piece of a file and the length of the whole."""
        try:
            with self.path(name).open("rb") as file:
                file.seek(offset)
                return file.read(min(length, PIECE)), os.fstat(file.fileno()).st_size
        except OSError as error:
            raise ResultLostError(f"{name} is not kept in {self.root}: {error}") from error

    @contextlib.contextmanager
    def receive(self, name: str) -> Iterator[Path]:
        """Give a draft to be filled with a file that comes from elsewhere; it is put here then.

        Raises
        ------
        ResultLostError
            If what it was filled with is something else.
        """
        path = self.path(name)
        with self._draft(name.partition("/")[0]) as draft:
            yield draft
            self.check(name, draft)
            os.replace(draft, path)  # noqa: PTH105 - atomic

    def piece(self, name: str, upload: str, offset: int, data: bytes, size: int) -> None:
        """Take a piece of a file in; with the last one it is here."""
        path = self.path(name)
        if not upload.isalnum():
            raise MazeError(f"{upload!r} names no upload")
        draft = path.with_name(f".{upload}")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("r+b" if offset else "xb") as file:
            file.seek(offset)
            file.write(data)
        if offset + len(data) >= size:
            try:
                self.check(name, draft)
                os.replace(draft, path)  # noqa: PTH105 - atomic
            finally:
                draft.unlink(missing_ok=True)

    def check(self, name: str, path: Path) -> None:
        """Raise ResultLostError unless a file holds what the name says."""
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != name.rpartition("/")[2]:
            raise ResultLostError(f"{path} holds something else than was sent")

    def sweep(self, needed: Container[str], now: float | None = None) -> int:
        """Remove files that are not needed and were not used for a while; return their bytes."""
        before = (time.time() if now is None else now) - GRACE
        freed = 0
        for kind in KINDS:
            for path in _listed(self.root / kind):
                is_ours = is_blob(f"{kind}/{path.name}") or path.name.startswith(".")
                with contextlib.suppress(OSError):
                    known = path.stat()
                    is_old = known.st_mtime < before
                    if is_ours and is_old and f"{kind}/{path.name}" not in needed:
                        path.unlink()
                        freed += known.st_size
        return freed

    @contextlib.contextmanager
    def _draft(self, kind: str) -> Iterator[Path]:
        folder = self.root / kind
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{uuid.uuid4().hex}"
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
