"""The task cells of one workflow and how they hang together."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from maze_nb.dataflow import (
    CellLinks,
    is_ambient,
    is_private,
    link_cells,
)
from maze_nb.errors import CellError, nearest
from maze_nb.magics.cell_edits import EditHistory, Edits, Typed
from maze_nb.magics.shell_cell import stays_hint
from maze_nb.magics.task_cell import TaskCell, edit_applied
from maze_nb.model.ids import TaskId


class CellBook:
    """The task cells in the order they were first marked; guards that they fit together.

    Parameters
    ----------
    watchers
        Called after each change.
    """

    def __init__(self, watchers: Iterable[Callable[[], None]] = ()) -> None:
        self._watchers = watchers
        self._marked: dict[TaskId, TaskCell] = {}
        self._cells: dict[TaskId, TaskCell] = {}
        self._edits = EditHistory()
        self._links = link_cells({})

    @property
    def edits(self) -> EditHistory:
        """What was changed by hand; a copy, which `change_edits` takes."""
        return self._edits.copy()

    def change_edits(self, edits: EditHistory) -> None:
        """Have the cells be as they were marked, but for these edits.

        Raises
        ------
        CellError
            If the cells would not fit together. All is then as it was.
        """
        cells = self._edited(self._marked, edits.now)
        self._links = self._linked(cells)
        self._cells, self._edits = cells, edits
        self._tell()

    def edit_words(self) -> list[str]:
        """Return what was changed by hand, a line a cell."""
        name_of = {task_id: cell.name for task_id, cell in self._marked.items()}
        now = self._edits.now
        changed = [
            f"{name_of[task_id]}: {edit.words(name_of)}"
            for task_id, edit in now.cells.items()
            if task_id in self._cells
        ]
        return [*changed, *(f"{name_of[each]}: taken out" for each in sorted(now.removed))]

    def cells(self) -> list[TaskCell]:
        """Return the cells in the order they were first marked."""
        return list(self._cells.values())

    def in_order(self) -> list[TaskCell]:
        """Return the cells, each after those it reads from."""
        return [self._cells[TaskId(key)] for key in self._links.order]

    def with_sources(self, task_id: TaskId) -> tuple[TaskCell, ...]:
        """Return a cell and all that it reads from, each after those it reads from itself."""
        found: dict[TaskId, TaskCell] = {}
        waiting = [task_id] if task_id in self._cells else []
        while waiting:
            cell = self._cells[waiting.pop()]
            if cell.task_id not in found:
                found[cell.task_id] = cell
                waiting += [source.task_id for source in self.sources(cell).values()]
        return tuple(cell for cell in self.in_order() if cell.task_id in found)

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
        cells = self._marked.values()
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

    def made(self) -> frozenset[str]:
        """Return all names that one of the cells makes, and no other."""
        return frozenset(self._links.makers)

    def shared(self) -> dict[str, list[TaskCell]]:
        """Return the names that several cells make, each for itself; none of them reads these."""
        shared = self._links.shared.items()
        return {name: [self._cells[TaskId(key)] for key in keys] for name, keys in shared}

    def maker_of(self, name: str, besides: TaskId | None = None) -> TaskCell | None:
        """Return the cell that makes a name, if there is one only."""
        key = self._links.makers.get(name)
        return self._cells[TaskId(key)] if key is not None and key != besides else None

    def put(self, cell: TaskCell) -> None:
        """Add a cell or replace the one with its task id, if it fits; see `check_fit`."""
        edits = self._edits.copy()
        old = self._marked.get(cell.task_id)
        if old is not None and (old.text != cell.text or cell.task_id in edits.now.removed):
            edits.drop(cell.task_id)
        elif old is not None and cell.edit is not None:
            # What was edited comes back with what it takes along made anew.
            cell = replace(cell, resources=old.resources, options=old.options, edit=None)
        marked = {**self._marked, cell.task_id: cell}
        cells = self._edited(marked, edits.now)
        self._links = self._linked_with(cells, cell)
        self._marked, self._cells, self._edits = marked, cells, edits
        self._tell()

    def check_fit(self, cell: TaskCell) -> CellLinks:
        """Return how the cells would hang together with this one added or replaced.

        Raises
        ------
        CellError
            If two cells would make one name, one would change what another makes, or they would
            wait for each other.
        """
        return self._linked_with({**self._cells, cell.task_id: cell}, cell)

    def _linked_with(self, cells: Mapping[TaskId, TaskCell], cell: TaskCell) -> CellLinks:
        try:
            return self._linked(cells)
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
        for cell in self._marked.values():
            if cell.name == name:
                del self._marked[cell.task_id]
                self._edits.drop(cell.task_id)
                self._cells = self._edited(self._marked, self._edits.now)
                self._links = self._linked(self._cells)
                self._tell()
                return cell
        hint = nearest(name, [cell.name for cell in self._cells.values()])
        raise CellError(f"there is no task cell {name!r}: {hint}")

    def sources(self, cell: TaskCell) -> dict[str, TaskCell]:
        """Return the cells whose outputs a cell reads, by the names under which it does."""
        return {name: maker for name, (maker, _) in self.wires(cell).items()}

    def wires(self, cell: TaskCell) -> dict[str, tuple[TaskCell, str]]:
        """Return for each name that a cell reads the cell that makes it, and as which output."""
        ports = cell.ports
        makers = {name: self.maker_of(name, cell.task_id) for name in ports.reads}
        found = {name: (maker, name) for name, maker in makers.items() if maker is not None}
        for name, (key, output) in ports.wired.items():
            if TaskId(key) in self._cells:
                found[name] = self._cells[TaskId(key)], output
        return dict(sorted(found.items()))

    def imports_for(self, cell: TaskCell) -> list[str]:
        """Return import statements of other cells that bind names this one reads."""
        wanted = (cell.reads | cell.soft_reads) - self.sources(cell).keys() - cell.captured.names
        lines = [line for other in self.cells() for line in other.names.import_lines]
        return list(dict.fromkeys(line.statement for line in lines if line.name in wanted))

    def missing(self, cell: TaskCell) -> list[str]:
        """Return the names that a cell reads and nobody makes."""
        here = self.sources(cell).keys() | cell.captured.names | cell.names.writes
        here |= {name for name, given in cell.given.items() if isinstance(given, Typed)}
        here -= {name for name, given in cell.given.items() if given is None}
        imported = {line.name for other in self.cells() for line in other.names.import_lines}
        return sorted(cell.reads - here - imported)

    def check(
        self, namespace: Mapping[str, object], cells: Iterable[TaskCell] | None = None
    ) -> None:
        """Raise CellError if a cell, by default any, reads a name that nobody makes."""
        for cell in self._cells.values() if cells is None else cells:
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
        if name in cell.given:
            return "was disconnected in the graph: connect it there, or %maze_dag --undo"
        removed = (self._marked[each] for each in self._edits.now.removed)
        for each in removed:
            if name in each.outputs:
                return f"cell {each.name!r} makes, which was taken out: %maze_dag --undo"
        maker = self.maker_of(name, cell.task_id)
        if maker is not None:
            return f"cell {maker.name!r} makes, but which is not among the names after -i: add it"
        unknown = "no task cell makes and the notebook did not have when the cell was run"
        if name in namespace:
            return f"{unknown}: it is there now, so run the cell again"
        # What IPython itself puts into every notebook is nobody's.
        own = {
            key
            for key in namespace
            if not (is_private(key) or is_ambient(key) or hasattr(builtins, key))
        }
        known = {*self._links.makers, *own}
        hint = nearest(name, known - set(cell.outputs))
        stays = stays_hint(cell.kind, cell.source, name)
        return f"{unknown}: {hint}, or make it in a cell above and run this one again{stays}"

    def _tell(self) -> None:
        for watcher in [*self._watchers]:
            watcher()

    @staticmethod
    def _edited(marked: Mapping[TaskId, TaskCell], edits: Edits) -> dict[TaskId, TaskCell]:
        """Return the cells as they are with the edits."""
        cells: dict[TaskId, TaskCell] = {}
        for task_id, cell in marked.items():
            edit = edits.cells.get(task_id)
            if task_id in edits.removed:
                continue
            cells[task_id] = cell if edit is None else edit_applied(cell, edit, marked, edits)
        return cells

    @staticmethod
    def _linked(cells: Mapping[TaskId, TaskCell]) -> CellLinks:
        return link_cells({task_id: cell.ports for task_id, cell in cells.items()})
