"""The task cells of one workflow and how they hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maze_nb.dataflow import CellLinks, CellNames, CellPorts, link_cells
from maze_nb.errors import CellError, nearest
from maze_nb.magics.capture import Capture
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources


@dataclass(frozen=True)
class TaskCell:
    """A cell that was marked as a task.

    Attributes
    ----------
    task_id
        Stays the same when the cell is run again.
    cell_id
        The notebook's own id of the cell, if the front end tells it.
    is_named
        Whether the name was given by hand.
    source, text
        Python source, and what the notebook shows.
    names
        What the cell does to names.
    reads
        Names it needs from other cells or the notebook.
    soft_reads
        Names it reads only where something makes them.
    inputs
        The names it may read from other cells; None for all that it reads.
    outputs
        The names it makes.
    is_strict
        Whether the outputs were named by hand.
    resources
        What it asks for.
    options
        How it is to be run.
    captured
        Notebook variables as they were when the cell was marked.
    """

    task_id: TaskId
    cell_id: str | None
    name: str
    is_named: bool
    source: str
    text: str
    names: CellNames
    reads: frozenset[str]
    soft_reads: frozenset[str]
    inputs: frozenset[str] | None
    outputs: tuple[str, ...]
    is_strict: bool
    resources: Resources
    options: CheckedOptions = field(default_factory=CheckedOptions)
    captured: Capture = field(default_factory=Capture)

    @property
    def ports(self) -> CellPorts:
        """What it takes from other cells and gives to them."""
        reads = self.reads | self.soft_reads if self.inputs is None else self.inputs
        names = self.names
        return CellPorts(self.name, reads, self.outputs, names.mutates & reads, names.lines)


class CellBook:
    """The task cells in the order they were first marked; guards that they fit together."""

    def __init__(self) -> None:
        self._cells: dict[TaskId, TaskCell] = {}
        self._links = link_cells({})

    def cells(self) -> list[TaskCell]:
        """Return the cells in the order they were first marked."""
        return list(self._cells.values())

    def in_order(self) -> list[TaskCell]:
        """Return the cells, each after those it reads from."""
        return [self._cells[TaskId(key)] for key in self._links.order]

    def replaced_by(
        self, cell_id: str | None, name: str | None, outputs: tuple[str, ...]
    ) -> TaskCell | None:
        """Return the cell that a newly run one replaces.

        It is the same notebook cell, else the one of the same name, else, if the new one has
        neither id nor name, the one that makes the same names.

        Raises
        ------
        CellError
            If the name is taken by another cell of the notebook.
        """
        cells = self._cells.values()
        same = next((cell for cell in cells if cell_id and cell.cell_id == cell_id), None)
        named = next((cell for cell in cells if name is not None and cell.name == name), None)
        if named is not None and named is not same:
            if same is not None or (cell_id and named.cell_id):
                raise CellError(
                    f"another cell of this notebook is the task {name!r} already: give one of "
                    f"them another NAME; if that cell is gone, run %maze_workflow forget {name}"
                )
            return named
        if same is None and name is None and not cell_id and outputs:
            return next((cell for cell in cells if set(cell.outputs) == set(outputs)), None)
        return same

    def maker_of(self, name: str, besides: TaskId | None = None) -> TaskCell | None:
        """Return the cell that makes a name."""
        key = self._links.makers.get(name)
        return self._cells[TaskId(key)] if key is not None and key != besides else None

    def put(self, cell: TaskCell) -> None:
        """Add a cell or replace the one with its task id, if it fits; see `check_fit`."""
        self._links = self.check_fit(cell)
        self._cells[cell.task_id] = cell

    def check_fit(self, cell: TaskCell) -> CellLinks:
        """Return how the cells would hang together with this one added or replaced.

        Raises
        ------
        CellError
            If two cells would make one name, one would change what another makes, or they would
            wait for each other.
        """
        try:
            return self._linked({**self._cells, cell.task_id: cell})
        except CellError as error:
            others = len(self._cells) - (cell.task_id in self._cells)
            if not others:
                raise
            raise CellError(
                f"{error}. (If one of these cells is gone from the notebook: "
                f"%maze_workflow forget NAME)"
            ) from None

    def forget(self, name: str) -> TaskCell:
        """Take a cell out.

        Raises
        ------
        CellError
            If there is none of this name.
        """
        for cell in self._cells.values():
            if cell.name == name:
                del self._cells[cell.task_id]
                self._links = self._linked(self._cells)
                return cell
        hint = nearest(name, [cell.name for cell in self._cells.values()])
        raise CellError(f"there is no task cell {name!r}: {hint}")

    def sources(self, cell: TaskCell) -> dict[str, TaskCell]:
        """Return the cells whose outputs a cell reads, by name."""
        makers = {name: self.maker_of(name, cell.task_id) for name in sorted(cell.ports.reads)}
        return {name: maker for name, maker in makers.items() if maker is not None}

    def imports_for(self, cell: TaskCell) -> list[str]:
        """Return import statements of other cells that bind names this one reads."""
        wanted = (cell.reads | cell.soft_reads) - self.sources(cell).keys() - cell.captured.names
        lines = [line for other in self.cells() for line in other.names.import_lines]
        return list(dict.fromkeys(line.statement for line in lines if line.name in wanted))

    def missing(self, cell: TaskCell) -> list[str]:
        """Return the names that a cell reads and nobody makes."""
        here = self.sources(cell).keys() | cell.captured.names | cell.names.writes
        imported = {line.name for other in self.cells() for line in other.names.import_lines}
        return sorted(cell.reads - here - imported)

    def check(self, namespace: Mapping[str, object]) -> None:
        """Raise CellError if a cell reads a name that nobody makes."""
        for cell in self._cells.values():
            for name in self.missing(cell):
                raise CellError(
                    f"cell {cell.name!r} reads {name!r}{cell.ports.at(name)}, which "
                    f"{self._why_missing(name, cell, namespace)}"
                )

    def ends(self) -> list[TaskCell]:
        """Return the cells on which no other depends."""
        read = {edge.source for edge in self._links.edges}
        return [cell for cell in self._cells.values() if cell.task_id not in read]

    def _why_missing(self, name: str, cell: TaskCell, namespace: Mapping[str, object]) -> str:
        maker = self.maker_of(name, cell.task_id)
        if maker is not None:
            return f"cell {maker.name!r} makes, but which is not among the names after -i: add it"
        unknown = "no task cell makes and the notebook did not have when the cell was run"
        if name in namespace:
            return f"{unknown}: it is there now, so run the cell again"
        known = {*self._links.makers, *(key for key in namespace if not key.startswith("_"))}
        return f"{unknown}: {nearest(name, known - set(cell.outputs))}"

    @staticmethod
    def _linked(cells: Mapping[TaskId, TaskCell]) -> CellLinks:
        return link_cells({task_id: cell.ports for task_id, cell in cells.items()})
