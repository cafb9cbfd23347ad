"""The task cells of one workflow and how they hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maze_nb.dataflow import CellNames
from maze_nb.errors import CellError, nearest
from maze_nb.model.graph import find_path
from maze_nb.model.ids import TaskId
from maze_nb.model.resources import Resources
from maze_nb.runners.cell import Captured


@dataclass(frozen=True)
class TaskCell:
    """A cell that was marked as a task.

    Attributes
    ----------
    task_id
        Stays the same when the cell is run again.
    cell_id
        The notebook's own id of the cell, if the front end tells it.
    source, text
        Python source, and what the notebook shows.
    reads, outputs
        The names it reads from others, and those it makes.
    soft_reads
        Names read only where something makes them.
    is_strict
        Whether the outputs were named by hand.
    captured
        Notebook variables as they were when the cell was marked.
    """

    task_id: TaskId
    cell_id: str | None
    name: str
    source: str
    text: str
    names: CellNames
    reads: tuple[str, ...]
    soft_reads: tuple[str, ...]
    outputs: tuple[str, ...]
    is_strict: bool
    resources: Resources
    captured: Mapping[str, Captured] = field(default_factory=dict)


class CellBook:
    """The task cells in the order they were first marked. Guards against two makers and cycles."""

    def __init__(self) -> None:
        self._cells: dict[TaskId, TaskCell] = {}

    def cells(self) -> list[TaskCell]:
        """Return the cells."""
        return list(self._cells.values())

    def replaced_by(
        self, cell_id: str | None, name: str | None, outputs: tuple[str, ...]
    ) -> TaskCell | None:
        """Return the cell that a newly run one replaces.

        It is the same notebook cell, else the one of the same name, else, if the new one has
        neither id nor name, the one that makes the same names.
        """
        for cell in self._cells.values():
            if cell_id is not None and cell.cell_id == cell_id:
                return cell
        for cell in self._cells.values():
            if name is not None and cell.name == name:
                return cell
        for cell in self._cells.values():
            if name is None and cell_id is None and outputs and cell.outputs == outputs:
                return cell
        return None

    def maker_of(self, name: str, besides: TaskId | None = None) -> TaskCell | None:
        """Return the cell that makes a name."""
        for cell in self._cells.values():
            if name in cell.outputs and cell.task_id != besides:
                return cell
        return None

    def put(self, cell: TaskCell) -> None:
        """Add a cell or replace the one with its task id.

        Raises
        ------
        CellError
            If another cell makes one of its names, or it would close a cycle.
        """
        for output in cell.outputs:
            other = self.maker_of(output, cell.task_id)
            if other is not None:
                verb = "changes" if output in cell.names.mutates else "makes"
                raise CellError(
                    f"cell {cell.name!r} {verb} {output!r}, which cell {other.name!r} makes too: "
                    f"give one of them another name, or keep it private with an underscore "
                    f"(_{output})"
                )
        before = dict(self._cells)
        self._cells[cell.task_id] = cell
        try:
            self._refuse_cycle(cell)
        except CellError:
            self._cells = before
            raise

    def sources(self, cell: TaskCell) -> dict[str, TaskCell]:
        """Return the cells whose outputs a cell reads, by name."""
        found = {}
        for name in (*cell.reads, *cell.soft_reads):
            maker = self.maker_of(name, cell.task_id)
            if maker is not None:
                found[name] = maker
        return found

    def import_of(self, name: str) -> str | None:
        """Return the import statement of a task cell that binds a name."""
        for cell in self._cells.values():
            for line in cell.names.import_lines:
                if line.name == name:
                    return line.statement
        return None

    def missing(self, cell: TaskCell) -> list[str]:
        """Return the names that a cell reads and nobody makes."""
        sources = self.sources(cell)
        return [
            name
            for name in cell.reads
            if name not in sources and name not in cell.captured and not self.import_of(name)
        ]

    def check(self, namespace: Mapping[str, object]) -> None:
        """Raise CellError if a cell reads a name that nobody makes."""
        for cell in self._cells.values():
            for name in self.missing(cell):
                known = {output for other in self._cells.values() for output in other.outputs}
                known |= {key for key in namespace if not key.startswith("_")}
                hint = (
                    "it was made after the cell was marked: run the cell again"
                    if name in namespace
                    else nearest(name, known - set(cell.outputs))
                )
                line = cell.names.lines.get(name)
                where = f" (line {line})" if line else ""
                raise CellError(
                    f"cell {cell.name!r} reads {name!r}{where}, which no task cell makes and the "
                    f"notebook did not have when the cell was run: {hint}"
                )

    def ends(self) -> list[TaskCell]:
        """Return the cells on which no other depends."""
        read = {
            maker.task_id for cell in self._cells.values() for maker in self.sources(cell).values()
        }
        return [cell for cell in self._cells.values() if cell.task_id not in read]

    def _refuse_cycle(self, cell: TaskCell) -> None:
        for source in self.sources(cell).values():
            path = find_path(
                source.task_id,
                cell.task_id,
                lambda task_id: [s.task_id for s in self.sources(self._cells[task_id]).values()],
            )
            if path is not None:
                names = [self._cells[task_id].name for task_id in reversed(path)]
                shown = " → ".join([*names, names[0]])
                raise CellError(
                    f"cell {cell.name!r} reads what cell {source.name!r} makes, which depends on "
                    f"{cell.name!r}: {shown}; let one of them make its value under another name"
                )
