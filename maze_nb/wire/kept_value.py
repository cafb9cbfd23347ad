"""Large values that travel as files of their own: what stands for them, and how they are opened."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maze_nb.errors import ResultLostError
from maze_nb.wire.value_file import load_once, read_value_bytes

KEPT_FROM = 2**20
"""Values of this many bytes or more travel as files of their own."""


@dataclass(frozen=True, slots=True)
class KeptValue:
    """Stands for a value in a file.

    Attributes
    ----------
    name
        The name of the file, which tells its content: see :mod:`maze_nb.wire.blobs`.
    nbytes
        Its length.
    type_name
        What kind of value it is, for people.
    is_plain
        Whether equal contents give equal files in every process, and no local code is behind it.
    modules
        The local modules whose classes and functions are in it.
    """

    name: str
    nbytes: int
    type_name: str
    is_plain: bool = False
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappedValue:
    """A value in a file that this process can see.

    Whoever loads it has it to himself: its arrays are pages of the file until they are written to.
    """

    path: Path

    def load(self) -> Any:
        """Return the value."""
        try:
            with self.path.open("rb") as file:
                pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except (OSError, ValueError) as error:
            raise ResultLostError(f"the file {self.path} cannot be read: {error}") from error
        return load_once(read_value_bytes(memoryview(pages), None, self.path))
