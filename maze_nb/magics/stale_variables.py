"""Keeps what task cells took along in step with the notebook, and says where it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maze_nb.errors import CellError, SerializationError
from maze_nb.magics.build import cell_function
from maze_nb.magics.capture import Capture
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_history import CellHistory, Moment, Touch
from maze_nb.magics.mark import Notebook, taken_anew
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId
from maze_nb.sdk.fingerprint.cell import CELL, IMPORTS, cell_parts
from maze_nb.sdk.fingerprint.reach import Reach
from maze_nb.sdk.fingerprint.seen import Seen


@dataclass(frozen=True, slots=True)
class Change:
    """That notebook variables of a task cell are not what they were when it took them along.

    Attributes
    ----------
    cell
        The name of the task cell.
    what
        The variables, and functions and classes behind them.
    by
        The cells that changed them.
    is_taken
        Whether the task cell has the new values by now.
    """

    cell: str
    what: tuple[str, ...]
    by: tuple[str, ...]
    is_taken: bool

    def __str__(self) -> str:
        what, by = " and ".join(map(repr, self.what)), " and ".join(self.by)
        is_one = len(self.what) == 1
        it, were = ("it", "it was") if is_one else ("them", "they were")
        if self.is_taken:
            return f"cell {self.cell!r} takes {what} along anew, as {by} changed {it}"
        return (
            f"cell {self.cell!r} took {what} along as {were} when the cell was run; "
            f"{what if is_one else 'they'} {were.partition(' ')[2]} changed since by {by}: "
            f"run {self.cell!r} again to take the new value{'' if is_one else 's'}"
        )


class StaleVariables:
    """Guards that no task cell ships an old value silently.

    A task cell sees the notebook as a run from top to bottom would show it, as far as a kernel can
    know: what was changed by cells that were first run before it reaches it at the next run; what
    was changed by cells that were first run after it, which so are likely to stand below, does
    not, and is told. What counts as changed is told by content, of what was touched since.
    """

    def __init__(self, history: CellHistory) -> None:
        self._history = history
        self._taken: dict[TaskId, Moment] = {}

    def took(self, cell: TaskCell, moment: Moment) -> str:
        """Note that a cell was marked; return what to warn of, if anything.

        It is warned of what it would not find in a run from top to bottom: a variable as a cell
        left it that was first run after this one.
        """
        self._taken[cell.task_id] = moment
        if moment.first == moment.now:
            return ""
        found: dict[str, Touch] = {}
        for name, touches in self._history.touches(cell.captured.names).items():
            changes = [touch for touch in touches if touch.is_change]
            if changes and changes[-1].moment.first > moment.first:
                found[name] = changes[-1]
        if not found:
            return ""
        what = " and ".join(map(repr, sorted(found)))
        by = " and ".join(dict.fromkeys(touch.cell for touch in found.values()))
        return (
            f"warning: cell {cell.name!r} takes {what} along as {by} left it, which was first run "
            f"after this cell: if it stands below, {cell.name!r} gets another value when the "
            f"notebook is run from top to bottom. Give one of them another name, or move it up"
        )

    def renew(self, book: CellBook, notebook: Notebook) -> list[Change]:
        """Have task cells take along anew what was changed above them; return all changes.

        Those of cells below are returned too, and not taken.
        """
        found = (self._renewed(book, cell, notebook) for cell in book.cells())
        return [change for change in found if change is not None]

    def _renewed(self, book: CellBook, cell: TaskCell, notebook: Notebook) -> Change | None:
        moment = self._taken.get(cell.task_id)
        if moment is None:
            return None
        watched = cell.captured.names | (cell.soft_reads & notebook.variables.keys())
        touched = self._history.touches(watched, moment.now)
        if not touched:
            return None
        try:
            fresh = taken_anew(cell, book, notebook)
            what = _differences(book, cell, fresh.captured)
        except CellError:
            # It cannot travel any more, or does not fit.
            fresh, what = cell, sorted(touched)
        gone = cell.captured.names - fresh.captured.names
        what = sorted({*what, *gone})
        latest = max(touch.moment.now for touches in touched.values() for touch in touches)
        if not what:
            self._taken[cell.task_id] = Moment(latest, moment.first)
            return None
        culprits = _culprits(touched, what)
        is_above = all(touch.moment.first < moment.first for touch in culprits)
        is_taken = is_above and not gone and fresh is not cell
        if is_taken:
            book.put(fresh)
            self._taken[cell.task_id] = Moment(latest, moment.first)
        by = tuple(dict.fromkeys(touch.cell for touch in culprits))
        return Change(cell.name, tuple(what), by, is_taken)


def _differences(book: CellBook, cell: TaskCell, fresh: Capture) -> list[str]:
    """Return the names of what differs by content between what a cell took and would take."""
    function = cell_function(book, cell)
    try:
        old = cell_parts(function, cell.captured.inputs, Reach(Seen()))
        new = cell_parts(function, fresh.inputs, Reach(Seen()))
    except SerializationError:
        return [] if cell.captured.inputs == fresh.inputs else sorted(fresh.names)
    pieces = {piece for piece in old.keys() | new.keys() if old.get(piece) != new.get(piece)}
    named = {piece.partition("`")[2].rstrip("`") for piece in pieces - {CELL, IMPORTS}}
    if pieces and not named:
        return sorted(fresh.names)
    return sorted(named)


def _culprits(touched: dict[str, list[Touch]], what: Iterable[str]) -> list[Touch]:
    """Return who changed what differs: those that surely did, else those that may have."""
    found: dict[Touch, None] = {}
    for name in what if touched.keys() & set(what) else touched:
        touches = touched.get(name, [])
        sure = [touch for touch in touches if touch.is_change]
        found.update(dict.fromkeys(sure or touches))
    return list(found)
