"""Files from elsewhere, kept on a node by their content, for all of its processes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.uses import hold
from maze_nb.errors import ArtifactError

CONTENT = ".maze/content"
"""Within the folder of an entry: the file itself; what it is called is a link beside."""
_OWN = ".maze"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_GONE = ".gone-"
_TRIES = 100

Fetch = Callable[[Path], None]
"""Writes what is wanted into a file at this path; what it leaves beside it is there next time."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """The folder of one content."""

    folder: Path

    @property
    def content(self) -> Path:
        return self.folder / CONTENT

    @property
    def use(self) -> Path:
        """Locked by all that use the content; by whoever removes it, alone."""
        return self.folder / _OWN / "use"

    @property
    def change(self) -> Path:
        """Locked by whoever puts something into the folder."""
        return self.folder / _OWN / "change"

    @property
    def seal(self) -> Path:
        """Tells the state in which the content was checked last, and how often it was fetched."""
        return self.folder / _OWN / "seal"

    def sealed(self) -> dict[str, int]:
        try:
            found = json.loads(self.seal.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


class NodeCache:
    """A folder of files by their SHA-256, each fetched once however many processes ask.

    What is used longest ago goes first, once there is too much of it; what a process uses stays
    (see :mod:`maze_nb.artifacts.uses`).

    Parameters
    ----------
    root
        The folder.
    limit
        The bytes that it may have.
    """

    def __init__(self, root: Path, limit: int) -> None:
        self.root = root
        self._limit = limit

    def path(self, sha256: str, name: str, nbytes: int, fetch: Fetch) -> Path:
        """Return a file with this content and name, fetched if it is not here; nobody may write it.

        Raises
        ------
        ArtifactError
            If what was fetched is something else, or there is no room for it.
        """
        with self._telling(name):
            return _named(self._filled(sha256, name, nbytes, fetch), name)

    def keep(self, sha256: str, fetch: Fetch) -> None:
        """Have a content of unknown length here, for whoever asks for it by some name.

        Raises
        ------
        ArtifactError
            As above.
        """
        with self._telling(sha256):
            self._filled(sha256, sha256, 0, fetch)

    def fetched(self, sha256: str) -> int:
        """Return how often this content was fetched since it is kept here."""
        return _Entry(self.root / sha256).sealed().get("fetched", 0)

    @contextlib.contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArtifactError(
                f"{name!r} cannot be kept in {self.root} ({error}): make room there, or let this "
                f"process write to it"
            ) from error

    def _filled(self, sha256: str, name: str, nbytes: int, fetch: Fetch) -> _Entry:
        if not _DIGEST.fullmatch(sha256):
            raise ArtifactError(f"{sha256!r} is no SHA-256, by which {name!r} could be checked")
        entry = self._entered(sha256)
        if not _is_whole(entry, sha256):
            with _locked(entry.change):
                if not _is_whole(entry, sha256):
                    self._shrink(nbytes)
                    _fill(entry, sha256, name, fetch)
                    if not nbytes:
                        self._shrink(0)
        return entry

    def _entered(self, sha256: str) -> _Entry:
        """Return the entry of a content, which stays as long as this process uses it."""
        entry = _Entry(self.root / sha256)
        for _ in range(_TRIES):
            entry.use.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock = os.open(entry.use, os.O_RDWR | os.O_CREAT, 0o666)
            except FileNotFoundError:
                continue
            fcntl.flock(lock, fcntl.LOCK_SH)
            with contextlib.suppress(FileNotFoundError):
                # Another may have removed the folder just before it was locked.
                if os.path.samestat(os.fstat(lock), entry.use.stat()):
                    os.utime(lock)
                    hold(str(entry.folder), lock)
                    return entry
            os.close(lock)
        raise ArtifactError(f"{entry.folder} is removed again and again while it is entered")

    def _shrink(self, wanted: int) -> None:
        """Remove what was used longest ago and is not in use, until there is room for so much."""
        entries = []
        for folder in self.root.iterdir():
            if folder.name.startswith(_GONE):
                shutil.rmtree(folder, ignore_errors=True)
            elif _DIGEST.fullmatch(folder.name):
                entry = _Entry(folder)
                with contextlib.suppress(OSError):
                    size = entry.content.stat().st_size
                    entries.append((entry.use.stat().st_mtime_ns, size, entry))
        left = sum(size for _, size, _ in entries) + wanted - self._limit
        for _, size, entry in sorted(entries, key=lambda found: found[0]):
            if left <= 0:
                return
            if self._removed(entry):
                left -= size

    def _removed(self, entry: _Entry) -> bool:
        """Remove an entry that nobody uses; tell whether it is gone."""
        try:
            with entry.use.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                gone = self.root / f"{_GONE}{uuid.uuid4().hex}"
                entry.folder.rename(gone)
        except OSError:
            return False
        shutil.rmtree(gone, ignore_errors=True)
        return True


def _is_whole(entry: _Entry, sha256: str) -> bool:
    """Tell whether the content is there; it is read again only if its file was touched."""
    try:
        state = entry.content.stat()
        sealed = entry.sealed()
        if (sealed.get("size"), sealed.get("changed")) == (state.st_size, state.st_mtime_ns):
            return True
        if digest_of(entry.content).sha256 != sha256:
            return False
    except FileNotFoundError:
        return False
    _put_seal(entry, sealed.get("fetched", 0))
    return True


def _fill(entry: _Entry, sha256: str, name: str, fetch: Fetch) -> None:
    """Fetch the content; what was there under any name is something else, and goes."""
    draft = entry.content.with_name("fetched")
    count = entry.sealed().get("fetched", 0)
    try:
        fetch(draft)
        found = digest_of(draft).sha256
        if found != sha256:
            raise ArtifactError(
                f"what was fetched of {name!r} is something else than it was: its SHA-256 is "
                f"{found}, not {sha256}"
            )
        draft.chmod(0o444)
        draft.replace(entry.content)
    finally:
        draft.unlink(missing_ok=True)
    _put_seal(entry, count + 1)
    for path in entry.folder.iterdir():
        if path.name != _OWN:
            path.unlink(missing_ok=True)


def _put_seal(entry: _Entry, fetched: int) -> None:
    state = entry.content.stat()
    told = {"size": state.st_size, "changed": state.st_mtime_ns, "fetched": fetched}
    draft = entry.seal.with_name(f"{uuid.uuid4().hex}.seal")
    draft.write_text(json.dumps(told))
    draft.replace(entry.seal)


def _named(entry: _Entry, name: str) -> Path:
    """Return the file under a name."""
    path = entry.folder / (f"_{name}" if name in ("", ".", "..", _OWN) else name)
    if _is_same(path, entry.content):
        return path
    with _locked(entry.change):
        if not _is_same(path, entry.content):
            draft = entry.content.parent / f"{uuid.uuid4().hex}.name"
            try:
                os.link(entry.content, draft)
            except OSError:
                shutil.copy2(entry.content, draft)
            draft.replace(path)
    return path


def _is_same(path: Path, content: Path) -> bool:
    try:
        found, wanted = path.stat(), content.stat()
    except FileNotFoundError:
        return False
    is_copy = (found.st_size, found.st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns)
    return is_copy or os.path.samestat(found, wanted)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
