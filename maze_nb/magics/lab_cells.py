"""How the task cells of a notebook stand, folded from the messages of the runs they were in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from maze_nb.model.message_types import STATE_AFTER_MESSAGE
from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.message import Message, data_of, listed, mapping_of, text_of, type_of
from maze_nb.projection.wording import failure_line

MARKED = "marked"
"""The state of a cell that is a task of no run yet."""
LOST = "was_running"

_LONGEST_WHY = 300


class CellRow(TypedDict):
    """How one cell stands.

    ``state`` is `MARKED`, or that of its task in the newest run it is in; ``why`` says more where
    there is something to say. ``is_reused``: its task did not have to run. ``is_stale``: the cell
    was marked with another text since.
    """

    run_id: str
    task_id: str
    name: str
    state: str
    why: str
    is_reused: bool
    is_stale: bool


class LabCells:
    """The cells by the notebook's own ids of them; guards that of each the newest run is told."""

    def __init__(self) -> None:
        self.rows: dict[str, CellRow] = {}
        self._changed: set[str] = set()
        self._texts: dict[str, str] = {}
        self._run_texts: dict[str, str] = {}

    def mark(self, cell_id: str, task_id: str, name: str, text: str) -> None:
        """Note that a cell was marked; one that was in a run keeps how it stood there."""
        self._texts[cell_id] = text
        row = self.rows.get(cell_id)
        if row is None or not row["run_id"]:
            self._put(cell_id, _row("", task_id, name))
            return
        is_stale = self._run_texts.setdefault(cell_id, text) != text
        self._put(cell_id, {**row, "is_stale": is_stale})

    def changed(self) -> dict[str, CellRow]:
        """Return what has changed since this was asked last."""
        changed = {cell_id: self.rows[cell_id] for cell_id in sorted(self._changed)}
        self._changed.clear()
        return changed

    def begin(self, run_id: str, graph: Mapping[str, object]) -> dict[str, str]:
        """Note that a run has begun; return the cells that it is about, by the ids of tasks."""
        found: dict[str, str] = {}
        for task in map(mapping_of, listed(graph.get("tasks"))):
            cell_id, task_id = text_of(task.get("cell")), text_of(task.get("id"))
            if not cell_id or not task_id:
                continue
            found[task_id] = cell_id
            name = first_line(task.get("name") or task_id)
            if cell_id in self._texts:
                self._run_texts[cell_id] = self._texts[cell_id]
            self._put(cell_id, _row(run_id, task_id, name, TaskState.WAITING))
        return found

    def fold(self, run_id: str, cells: Mapping[str, str], messages: Iterable[Message]) -> None:
        """Take in messages of a run, given its cells by the ids of tasks."""
        for message in messages:
            data = data_of(message)
            cell_id = cells.get(text_of(data.get("task_id")) or "")
            state = STATE_AFTER_MESSAGE.get(type_of(message))
            row = self.rows.get(cell_id) if cell_id else None
            if cell_id is None or row is None or state is None or row["run_id"] != run_id:
                continue
            why, is_reused = _why(data), bool(data.get("reused_from"))
            self._put(cell_id, {**row, "state": state, "why": why, "is_reused": is_reused})

    def lose(self, run_id: str) -> None:
        """Note that the scheduler of a run was lost."""
        for cell_id, row in self.rows.items():
            if row["run_id"] == run_id and not TaskState(row["state"]).is_final:
                self._put(cell_id, {**row, "state": LOST, "why": "the scheduler was lost"})

    def _put(self, cell_id: str, row: CellRow) -> None:
        if self.rows.get(cell_id) != row:
            self.rows[cell_id] = row
            self._changed.add(cell_id)


def _row(run_id: str, task_id: str, name: str, state: str = MARKED) -> CellRow:
    return {
        "run_id": run_id,
        "task_id": task_id,
        "name": name,
        "state": state,
        "why": "",
        "is_reused": False,
        "is_stale": False,
    }


def _why(data: Mapping[str, object]) -> str:
    error = mapping_of(data.get("error"))
    said = failure_line(error) if error else first_line(data.get("reason") or "")
    return said[:_LONGEST_WHY]
