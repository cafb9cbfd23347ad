"""What cells that are no tasks do to the values of tasks, and other task cells would not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_history import CellHistory, Moment
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId


@dataclass(frozen=True, slots=True)
class Overlooked:
    """That a task cell reads what another makes, and a cell that is no task changes it.

    Attributes
    ----------
    reader, name, place
        The cell that reads, what, and where.
    maker
        The task cell that makes it.
    by
        The cell that changes it.
    is_sure
        Whether that stands between the two, as far as a kernel can know.
    """

    reader: str
    name: str
    place: str
    maker: str
    by: str
    is_sure: bool

    def __str__(self) -> str:
        mend = (
            f"give the changed value another name in {self.by}, and read that in {self.reader!r}; "
            f"if {self.reader!r} is to compute it on the cluster too, begin {self.by} with "
            f"%%maze_task"
        )
        if not self.is_sure:
            return (
                f"warning: cell {self.reader!r} reads {self.name!r} as task cell {self.maker!r} "
                f"makes it, not as {self.by} left it. If that stands between them, {mend}"
            )
        return (
            f"cell {self.reader!r} reads {self.name!r}{self.place}, which task cell "
            f"{self.maker!r} makes; {self.by} is no task and changes it in between, which "
            f"{self.reader!r} would not see: {mend}. (If {self.by} is gone from the notebook, run "
            f"the cell of {self.maker!r} again)"
        )


def overlooked(
    cell: TaskCell,
    book: CellBook,
    history: CellHistory,
    marked: Mapping[TaskId, Moment],
    now: Moment,
) -> list[Overlooked]:
    """Return what a task cell would not see, by name.

    The order in which cells were first run stands for the order on the page. A cell that was run
    again after the one that changes the name takes the place of that, as in a plain notebook.

    Parameters
    ----------
    marked
        When other task cells were marked.
    now
        When this one was.
    """
    found: list[Overlooked] = []
    for name, maker in book.sources(cell).items():
        made = marked.get(maker.task_id, now)
        for touch in history.changes(name):
            changed = touch.moment
            is_below = changed.first > now.first
            if changed.first <= made.first or (changed.now > now.now and is_below):
                continue
            is_since = changed.now > made.now
            if is_below and not is_since:
                continue
            is_sure = is_since and not is_below
            found.append(
                Overlooked(cell.name, name, cell.ports.at(name), maker.name, touch.cell, is_sure)
            )
    return found
