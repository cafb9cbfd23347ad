"""Files of the user that go with a run: what stands for them among the inputs of tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maze_nb.artifacts.file_input import FileInput
from maze_nb.artifacts.nearby import blob_of
from maze_nb.runners.references import replace_nested


class SentFiles:
    """The files that the tasks of one run read.

    Attributes
    ----------
    paths
        Where they are, by the names of their content: see :mod:`maze_nb.wire.blobs`.
    """

    def __init__(self) -> None:
        self.paths: dict[str, Path] = {}

    def replaced(self, value: Any, what: str) -> Any:
        """Return a value with what stands for the files in it, as they are now.

        Parameters
        ----------
        what
            Names the value in an error.

        Raises
        ------
        InputError
            If one of them is no file that can be read.
        """

        def replace(leaf: Any) -> Any:
            if not isinstance(leaf, FileInput):
                return leaf
            sent = leaf.sent(what)
            self.paths[blob_of(sent.url)] = leaf.path
            return sent

        return replace_nested(value, replace)


def with_contents(value: Any, what: str = "an input") -> Any:
    """Return a value in which files are told by their content, with nothing noted."""
    return SentFiles().replaced(value, what)
