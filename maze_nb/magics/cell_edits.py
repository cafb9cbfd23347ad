"""What was changed by hand of the workflow that task cells make, kept beside their own text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from maze_nb.errors import CellError
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources
from maze_nb.projection.bounded import one_line

KEPT = 200
"""How many edits can be taken back."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A name that a cell reads is an output of another cell, under whatever name."""

    task_id: TaskId
    output: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A name that a cell reads is a value that was typed."""

    value: Any


Given = Wire | Typed | None
"""What a name is given by hand; None: nothing, so that the cell cannot run."""


@dataclass(frozen=True, slots=True)
class CellEdit:
    """What was changed of one cell.

    Attributes
    ----------
    text
        The cell as it was then: what is run again with another text is as it says.
    given
        By the names that it reads.
    after
        The tasks that it is to run after.
    resources, options
        In place of what its first line says; None: as that says.
    """

    text: str
    given: Mapping[str, Given] = field(default_factory=dict)
    after: frozenset[TaskId] = frozenset()
    resources: Resources | None = None
    options: CheckedOptions | None = None

    def words(self, name_of: Mapping[TaskId, str]) -> str:
        """Return what was changed, in a few words."""
        said = [_given_text(name, given, name_of) for name, given in self.given.items()]
        said += [f"after {name_of.get(each, each)}" for each in sorted(self.after)]
        said += ["other resources"] if self.resources is not None else []
        said += ["other options"] if self.options is not None else []
        return "; ".join(said)


def _given_text(name: str, given: Given, name_of: Mapping[TaskId, str]) -> str:
    if given is None:
        return f"{name} disconnected"
    if isinstance(given, Typed):
        return f"{name} = {one_line(given.value)}"
    return f"{name} from {given.output} of {name_of.get(given.task_id, given.task_id)}"


@dataclass(frozen=True, slots=True)
class Edits:
    """All that was changed: of cells, and which were taken out."""

    cells: Mapping[TaskId, CellEdit] = field(default_factory=dict)
    removed: frozenset[TaskId] = frozenset()

    def without(self, task_id: TaskId) -> Edits:
        """Return these without what was changed of one cell."""
        cells = {each: edit for each, edit in self.cells.items() if each != task_id}
        return Edits(cells, self.removed - {task_id})

    def __bool__(self) -> bool:
        return bool(self.cells or self.removed)


@dataclass(slots=True)
class EditHistory:
    """The edits as they are, and as they were before each; guards that undo and redo match."""

    now: Edits = field(default_factory=Edits)
    _before: list[tuple[str, Edits]] = field(default_factory=list)
    _after: list[tuple[str, Edits]] = field(default_factory=list)

    @property
    def undo_label(self) -> str:
        """What would be taken back; empty if there is nothing."""
        return self._before[-1][0] if self._before else ""

    @property
    def redo_label(self) -> str:
        """What would be done again; empty if there is nothing."""
        return self._after[-1][0] if self._after else ""

    def change(self, label: str, edits: Edits) -> None:
        """Note an edit."""
        self._before = [*self._before[1 - KEPT :], (label, self.now)]
        self._after = []
        self.now = edits

    def undo(self) -> None:
        """Take the last edit back.

        Raises
        ------
        CellError
            If there is none.
        """
        if not self._before:
            raise CellError("no edit was made in the graph: there is nothing to undo")
        label, edits = self._before.pop()
        self._after.append((label, self.now))
        self.now = edits

    def redo(self) -> None:
        """Do again what was taken back last.

        Raises
        ------
        CellError
            If there is nothing.
        """
        if not self._after:
            raise CellError("no edit was taken back: there is nothing to do again")
        label, edits = self._after.pop()
        self._before.append((label, self.now))
        self.now = edits

    def drop(self, task_id: TaskId) -> None:
        """Forget what was ever changed of a cell, as it is another one now."""
        self.now = self.now.without(task_id)
        self._before = [(label, edits.without(task_id)) for label, edits in self._before]
        self._after = [(label, edits.without(task_id)) for label, edits in self._after]

    def copy(self) -> EditHistory:
        """Return these apart from what is done with them further on."""
        return replace(self, _before=[*self._before], _after=[*self._after])
