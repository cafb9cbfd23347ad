"""How far a task says it is, in words."""

from __future__ import annotations

from maze_nb.model.rows import TaskRow
from maze_nb.model.states import TaskState


def advance_text(row: TaskRow) -> str:
    """Return how far a task that runs says it is: ``62 %, 31/50``; nothing if it does not."""
    done, total = row["done"], row["total"]
    if row["state"] != TaskState.RUNNING or done is None:
        return ""
    if row["progress"] is None or total is None:
        return f"{_number(done)} done"
    share = f"{row['progress'] * 100:.0f} %"
    # Of a hundred, or of one, the numbers would say the same again.
    return share if total in (1, 100) else f"{share}, {_number(done)}/{_number(total)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
