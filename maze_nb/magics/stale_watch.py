"""Listens to the cells that are run, so that no task cell ships an old value silently."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from maze_nb.errors import CellError
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_history import CellHistory, Moment, label_of
from maze_nb.magics.mark import Notebook
from maze_nb.magics.overlooked import overlooked
from maze_nb.magics.session import Session
from maze_nb.magics.stale_variables import Change, StaleVariables
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId

_TRIAL = "%%maze_debug"


class StaleWatch:
    """What is known of the cells that were run in a shell.

    Parameters
    ----------
    shell
        The IPython shell.
    session
        The state of the magics.

    Attributes
    ----------
    running
        The notebook's own id of the cell that runs, if the front end tells it.
    """

    def __init__(self, shell: Any, session: Session) -> None:
        self._shell = shell
        self._session = session
        self._history = CellHistory(shell.transform_cell, shell.user_ns)
        self._variables = StaleVariables(self._history)
        self._begun: weakref.WeakKeyDictionary[Any, Moment] = weakref.WeakKeyDictionary()
        self._now = Moment(0, 0)
        self._marked: dict[TaskId, float] = {}
        self._at: dict[TaskId, Moment] = {}
        self.running: str | None = None

    def listen(self) -> None:
        """Have the shell tell of each cell."""
        self._shell.events.register("pre_run_cell", self._begin)
        self._shell.events.register("post_run_cell", self._end)

    def took(self, cell: TaskCell) -> str:
        """Note that a cell was just marked; return what to warn of, if anything."""
        self._marked[cell.task_id] = time.time()
        self._at[cell.task_id] = self._now
        self._session.values.begin(cell.outputs)
        found = overlooked(cell, self._session.book, self._history, self._at, self._now)
        return "\n".join(filter(None, [self._variables.took(cell, self._now), *map(str, found)]))

    def renew(self) -> list[Change]:
        """Have task cells take along what was changed above them; return all that is changed."""
        return self._variables.renew(self._session.book, self.notebook())

    def overlooked(self, cells: Iterable[TaskCell] | None = None) -> list[str]:
        """Return what cells, by default all, would not see of what cells that are no tasks do."""
        book = self._session.book
        found = (
            overlooked(cell, book, self._history, self._at, self._at.get(cell.task_id, self._now))
            for cell in (book.cells() if cells is None else cells)
        )
        return [str(each) for several in found for each in several if each.is_sure]

    def refuse_overlooked(self, cells: Iterable[TaskCell] | None = None) -> None:
        """Raise CellError if there is anything of that."""
        for said in self.overlooked(cells):
            raise CellError(said)

    def marked_at(self, cell: TaskCell) -> float:
        """Return when a cell was last marked, in seconds since 1970; 0 if not in this kernel."""
        return self._marked.get(cell.task_id, 0.0)

    def cell_id(self) -> str | None:
        """Return the notebook's own id of the cell that runs."""
        shell = self._shell
        parent = shell.get_parent() if hasattr(shell, "get_parent") else None
        found = self.running or ((parent or {}).get("metadata") or {}).get("cellId")
        return str(found) if found else None

    def notebook(self) -> Notebook:
        """Return what marking needs of the notebook."""
        shell = self._shell
        return Notebook(shell.user_ns, shell.user_ns_hidden, shell.transform_cell, self._check)

    def refuse_together(self, cells: Sequence[TaskCell], book: CellBook) -> None:
        """Refuse cells that are marked by one cell of the notebook, as each alone would be."""
        marked = {**self._at, **{cell.task_id: self._now for cell in cells}}
        for cell in cells:
            for each in overlooked(cell, book, self._history, marked, self._now):
                if each.is_sure:
                    raise CellError(str(each))

    def _check(self, cell: TaskCell, book: CellBook) -> None:
        self.refuse_together([cell], book)

    def _begin(self, info: Any) -> None:
        self.running = getattr(info, "cell_id", None)
        self._now = self._history.begin(self.cell_id())
        self._begun[info] = self._now

    def _end(self, result: Any) -> None:
        moment = self._begun.pop(result.info, None)
        if moment is not None:
            source = str(result.info.raw_cell)
            is_trial = any(str(info.raw_cell).startswith(_TRIAL) for info in self._begun)
            self._history.end(source, label_of(result), moment, is_trial=is_trial)
