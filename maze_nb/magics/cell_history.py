"""Which cells of the notebook touched which of its variables, in the order they were run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maze_nb.dataflow import analyse_cell
from maze_nb.errors import CellError
from maze_nb.magics.names_behind import names_behind

_ANYTHING = "*"
_SEE_THROUGH = frozenset(
    {"load_ext", "reload_ext", "matplotlib", "pip", "conda", "config", "env", "pwd", "cd", "ls"}
)
"""Magics that touch no variable; of others nobody knows."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a cell was run, and when it was first run: by this cells are told above from below."""

    now: int
    first: int


@dataclass(frozen=True, slots=True)
class Touch:
    """That a cell touched a variable.

    Attributes
    ----------
    cell
        What to call the cell: ``"cell [7]"``.
    moment
        When it did.
    is_change
        Whether it surely gave it another value or changed that; else it read it, and called what
        may have changed it.
    """

    cell: str
    moment: Moment
    is_change: bool


class CellHistory:
    """Takes note of each cell that is run.

    Parameters
    ----------
    transform
        Turns IPython syntax into Python.
    variables
        The notebook's variables.
    """

    def __init__(self, transform: Callable[[str], str], variables: Mapping[str, Any]) -> None:
        self._transform = transform
        self._variables = variables
        self._clock = 0
        self._first: dict[str, int] = {}
        self._touches: dict[str, dict[int, Touch]] = {}
        self._changes: dict[int, dict[str, Touch]] = {}

    def begin(self, cell_id: str | None) -> Moment:
        """Note that a cell begins to run; return when."""
        self._clock += 1
        first = self._clock if cell_id is None else self._first.setdefault(cell_id, self._clock)
        self._changes.pop(first, None)
        return Moment(self._clock, first)

    def end(self, source: str, cell: str, moment: Moment, *, is_trial: bool = False) -> None:
        """Note what a cell touched that has run, successfully or not.

        Parameters
        ----------
        source
            As the notebook shows it.
        cell
            What to call it.
        is_trial
            Whether it is no cell of the notebook's own, but one in which a task is mended.
        """
        try:
            names = analyse_cell(self._transform(source))
        except (CellError, SyntaxError):
            return
        changed = names.writes | names.mutates | names.deletes
        read = names.reads | names.soft_reads
        read |= names_behind(read, self._variables)
        if any(not _is_see_through(magic.name) for magic in names.magics):
            read |= {_ANYTHING}
        for name in changed | read:
            # The latest of each cell is enough, so this does not grow as cells are run again.
            touch = Touch(cell, moment, name in changed)
            self._touches.setdefault(name, {})[moment.first] = touch
            if name in names.writes | names.mutates and not is_trial:
                self._changes.setdefault(moment.first, {})[name] = touch

    def changes(self, name: str) -> list[Touch]:
        """Return which cells, as they were run last, give a variable a value or change it."""
        return [touched[name] for touched in self._changes.values() if name in touched]

    def touches(self, names: Iterable[str], since: int = 0) -> dict[str, list[Touch]]:
        """Return who touched which of some variables after a point in time."""
        unseen = self._touches.get(_ANYTHING, {})
        found: dict[str, list[Touch]] = {}
        for name in names:
            all_of_it = [*self._touches.get(name, {}).values(), *unseen.values()]
            later = [touch for touch in all_of_it if touch.moment.now > since]
            if later:
                found[name] = sorted(later, key=lambda touch: touch.moment.now)
        return found


def label_of(result: Any) -> str:
    """Return what to call a cell that was run: ``"cell [7]"``."""
    count = result.execution_count
    return f"cell [{count}]" if result.info.store_history and count else "a cell"


def _is_see_through(magic: str) -> bool:
    return magic.startswith(("maze_", "load_maze")) or magic in _SEE_THROUGH
