"""A file of the user's machine that goes with a run, as an input of its tasks."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from maze_nb.artifacts.artifact import Artifact, open_to_read
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.nearby import given_url
from maze_nb.errors import InputError
from maze_nb.wire.blobs import FILES


@dataclass(frozen=True, slots=True)
class FileInput(os.PathLike[str]):
    """A local file that is sent along with a run, once however often it is given.

    Give it as the value of an input, also inside lists, tuples and dicts. What it holds is taken
    when the workflow is run; the file is not needed any more afterwards. The task is given a path:
    a file of its node with this name, which must not be written to. Equal files are one to the
    result cache, wherever they are, if they have one name.

    Parameters
    ----------
    path
        The file.

    Examples
    --------
    >>> FileInput("/data/points.csv").name
    'points.csv'
    """

    path: Path

    def __post_init__(self) -> None:
        try:
            path = Path(os.fsdecode(self.path)).expanduser().absolute()
        except TypeError as error:
            raise InputError(
                f"FileInput takes the path of a file, not {type(self.path).__name__}"
            ) from error
        object.__setattr__(self, "path", path)

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"FileInput({str(self.path)!r})"

    @property
    def name(self) -> str:
        """What the file is called, here and where it is read."""
        return self.path.name

    def open(self, mode: str = "r", encoding: str | None = None) -> IO[Any]:
        """Open the file for reading, as tasks do with what they are given for it."""
        return open_to_read(self.path, mode, encoding)

    def read_bytes(self) -> bytes:
        """Return what it holds."""
        return self.path.read_bytes()

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return what it holds, as text."""
        return self.path.read_text(encoding)

    def sent(self, what: str) -> Artifact:
        """Return what stands for the file, as it is now, where it is sent.

        Parameters
        ----------
        what
            Names the input in an error.

        Raises
        ------
        InputError
            If it is no file that can be read.
        """
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):
                kind = "a folder: pack it, or give its files" if self.path.is_dir() else "no file"
                raise InputError(f"{what} is FileInput({str(self.path)!r}), which is {kind}")
            found = digest_of(self.path)
        except FileNotFoundError as error:
            raise InputError(
                f"{what} is FileInput({str(self.path)!r}), and no file is there: it is needed when "
                f"the workflow is run"
            ) from error
        except (OSError, ValueError) as error:
            raise InputError(
                f"{what} is FileInput({str(self.path)!r}), which cannot be read ({error})"
            ) from error
        url = given_url(f"{FILES}/{found.sha256}", self.name)
        return Artifact(self.name, url, found.nbytes, found.sha256)
