"""What is wrong with a workflow file, each with its place, all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from maze_nb.errors import WorkflowFileError
from maze_nb.sdk.workflow_file.node import Place

_MOST = 200
_LONGEST = 300


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    line, column
        Where, counted from 1.
    path
        What it is about, such as ``tasks.train.inputs.lr``; empty: the file as a whole.
    message
        What is wrong, and what to do.
    """

    line: int
    column: int
    path: str
    message: str

    def text(self, file: str) -> str:
        """Return it as a line for people.

        Examples
        --------
        >>> Problem(12, 3, "tasks.train", "is empty").text("flow.yaml")
        'flow.yaml:12: tasks.train: is empty'
        """
        return f"{file}:{self.line}: {self.path}: {self.message}".replace(": : ", ": ", 1)


class Problems:
    """Gathers what is wrong with one file.

    Attributes
    ----------
    file
        What the file is called in messages.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Problem, None] = {}

    def add(self, place: Place, path: str, message: str) -> None:
        """Note one; the same thing is noted once."""
        made = Problem(place.line, place.column, _one_line(path)[:_LONGEST], _one_line(message))
        self._found[made] = None

    def fail(self, place: Place, path: str, message: str) -> NoReturn:
        """Note one after which there is nothing more to be said; raise them all."""
        self.add(place, path, message)
        raise self.error()

    @property
    def found(self) -> list[Problem]:
        """All of them, in the order of the file."""
        return sorted(self._found)

    def raise_if_any(self) -> None:
        """Raise WorkflowFileError if there are any."""
        if self._found:
            raise self.error()

    def error(self) -> WorkflowFileError:
        """Return all of them as one error."""
        found = self.found
        lines = [each.text(self.file) for each in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"{self.file}: … and {len(found) - _MOST} more")
        return WorkflowFileError("\n".join(lines), found)

    def __len__(self) -> int:
        return len(self._found)


def _one_line(text: str) -> str:
    """Return a text on one line, with nothing in it that a terminal would obey."""
    words = " ".join(text.split())
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in words
    )
