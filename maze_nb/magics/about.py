"""What a task cell reads and makes, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.task_cell import TaskCell

_NAMED = 6
"""Names of one kind; more would hide what comes after them."""


def about_cell(cell: TaskCell, book: CellBook) -> str:
    """Return such as ``reads rows, table (cell load), alpha; makes model``."""
    by_maker: dict[str, list[str]] = {}
    for name, maker in book.sources(cell).items():
        by_maker.setdefault(f" (cell {maker.name})", []).append(name)
    by_maker[""] = sorted(cell.captured.names - book.sources(cell).keys())
    missing = book.missing(cell)
    by_maker[f" (nobody makes {'it' if len(missing) == 1 else 'them'} yet)"] = missing
    reads = [f"{_listed(names)}{source}" for source, names in by_maker.items() if names]
    return f"reads {', '.join(reads) or 'nothing'}; makes {_listed(cell.outputs) or 'nothing'}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
