"""Artifacts in a folder of this node, or of a disk that several share."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from maze_nb.artifacts.bandwidth import bandwidth
from maze_nb.artifacts.copying import copy_file, part_length, remove_part
from maze_nb.artifacts.location import checked_name, scheme_of, shown
from maze_nb.artifacts.tries import PassingError, with_tries
from maze_nb.errors import ArtifactError

_FOR_GOOD = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)


class LocalStore:
    """Keeps files in a folder.

    Parameters
    ----------
    folder
        The folder; made when the first file is kept.

    Examples
    --------
    >>> LocalStore(Path("/shared/r1/t1")).url_of("a b.txt")
    'file:///shared/r1/t1/a%20b.txt'
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url_of(self, name: str) -> str:
        """Return the URL that a file would have."""
        return self._folder.joinpath(checked_name(name)).as_uri()

    def put(self, path: Path, name: str, sha256: str) -> str:
        """Keep a copy of a file; see `ArtifactStore.put`."""
        target = self._folder / checked_name(name)
        _copied(path, target, sha256, f"{path} was not copied to {target}")
        return target.as_uri()

    def get(self, url: str, to: Path, sha256: str = "") -> None:
        """Copy what is at a URL; see `ArtifactStore.get`."""
        source = folder_of(url)
        _copied(source, to, sha256, f"{source} was not copied to {to}")


def folder_of(url: str) -> Path:
    """Return the path that a ``file://`` URL, or a path, stands for.

    Raises
    ------
    ArtifactError
        If it is relative, or of another host.
    """
    if "://" not in url:
        path = Path(url)
    else:
        parts = urlsplit(url)
        if scheme_of(url) != "file" or parts.netloc not in ("", "localhost"):
            raise ArtifactError(f"{shown(url)!r} is no path here: write file:///path")
        path = Path(unquote(parts.path))
    if not path.is_absolute():
        raise ArtifactError(f"{url!r} is a relative path: give one that is the same on each node")
    return path


def _copied(source: Path, target: Path, sha256: str, what: str) -> None:
    def attempt() -> None:
        try:
            copy_file(source, target, sha256, bandwidth())
        except _FOR_GOOD as error:
            raise ArtifactError(f"{what}: {error}") from error
        except OSError as error:
            raise PassingError(str(error)) from error

    try:
        with_tries(attempt, what, lambda: part_length(target, sha256))
    except ArtifactError:
        # The folder is the user's, and nobody may ever go on with it.
        remove_part(target, sha256)
        raise
