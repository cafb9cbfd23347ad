"""``%load_maze`` and ``%%maze_cells``: task cells out of a Python module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from IPython.core.magic import cell_magic, line_magic, magics_class

from maze_nb.dataflow import analyse_cell
from maze_nb.errors import CellError
from maze_nb.magics.about import about_cell
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.load_cells import cells_of
from maze_nb.magics.load_module import load_module
from maze_nb.magics.mark import mark_cell, python_of
from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.options import parse_options
from maze_nb.magics.session import default_name
from maze_nb.magics.table import CELLS, LOAD
from maze_nb.magics.task_cell import TaskCell
from maze_nb.magics.telling import plainly
from maze_nb.magics.usage import read_line

_TASK = "%%maze_task"
_HOW = (
    "# Split this cell before a %%maze_task, and leave out its first line, to have single cells.\n"
)


@magics_class
class LoadMagics(NotebookMagics):
    """``%load_maze`` and ``%%maze_cells``."""

    @line_magic
    @plainly
    def load_maze(self, line: str) -> None:
        """Make task cells of a Python module: of each task that its ``@workflow`` calls.

        The module is run, and its workflow function called, which runs no task. The cells are
        remembered as if they had been run, and their text is put into a new cell below, which
        begins with ``%%maze_cells``. What the module has beside tasks goes before them, as
        variables of the notebook. Where a module has several workflows, WORKFLOW says which.
        """
        given = read_line(LOAD, line)
        wanted = given.arguments[1] if len(given.arguments) > 1 else None
        module = load_module(given.arguments[0], wanted)
        found = cells_of(module)
        is_first = not self.session.book.cells()
        made, replaced = self._take(found.setup, [cell.text for cell in found.cells])
        if is_first and self.session.name == default_name():
            self.session.name = module.workflow.name
        text = "\n\n".join([found.setup, *(cell.text.rstrip("\n") for cell in found.cells)])
        self.shell.set_next_input(f"%%maze_cells\n{_HOW}{text.strip()}\n", replace=False)
        self._tell(f"task cells of {module.path.name}", made, replaced)
        for what in found.left_out:
            print(f"left out: {what}")  # noqa: T201

    @cell_magic
    @plainly
    def maze_cells(self, line: str, cell: str) -> None:
        """Mark several task cells in one: each begins with its own line ``%%maze_task``.

        What stands before the first of them is run as any cell. All of them are marked, or none.
        """
        read_line(CELLS, line)
        setup, *cells = _split(cell)
        if not cells:
            raise CellError(f"%%maze_cells has no line that begins with {_TASK}: add one")
        self._tell("task cells", *self._take(setup, cells))

    def _take(self, setup: str, texts: Iterable[str]) -> tuple[list[TaskCell], list[TaskCell]]:
        """Run what comes first, and mark the cells in a copy of the book, which takes its place.

        Returns
        -------
        tuple
            The cells, and those of them that take the place of others.
        """
        undo = self._run(setup)
        try:
            book = CellBook()
            for known in self.session.book.cells():
                book.put(known)
            made = [self._mark(book, text) for text in texts]
            self.watch.refuse_together(made, book)
        except BaseException:
            self.shell.user_ns.update(undo)
            raise
        before = {known.task_id: known for known in self.session.book.cells()}
        self.session.book = book
        for each in made:
            self.watch.took(each)
        changed = [each for each in made if each.task_id in before]
        return made, [each for each in changed if each.source != before[each.task_id].source]

    def _tell(self, what: str, made: Sequence[TaskCell], replaced: Sequence[TaskCell]) -> None:
        """Say which cells there are now, and make room for what their tasks put out."""
        print(f"{what}: {_listed(made)}")  # noqa: T201
        if replaced:
            print(f"in place of task cells of the same names: {_listed(replaced)}")  # noqa: T201
        for each in made:
            self.session.outputs.begin(each, about_cell(each, self.session.book))

    def _mark(self, book: CellBook, text: str) -> TaskCell:
        head, _, _ = text.partition("\n")
        options = parse_options(head.removeprefix(_TASK))
        alone = replace(self.watch.notebook(), check=lambda _cell, _book: None)
        return mark_cell(book, options, text, alone, None)

    def _run(self, setup: str) -> dict[str, Any]:
        """Run code in the notebook; return the variables that it changes, as they were."""
        if not setup.strip():
            return {}
        source = python_of(f"%%maze_cells\n{setup}\n", self.shell.transform_cell)
        names = analyse_cell(source, name="%%maze_cells")
        space = self.shell.user_ns
        changed = names.writes | names.mutates
        before = {name: space[name] for name in changed if name in space}
        # Named and kept as a cell's, so that tracebacks and the source of functions are there.
        file = self.shell.compile.cache(source, self.shell.execution_count, raw_code=setup)
        exec(compile(source, file, "exec", dont_inherit=True), space)  # noqa: S102
        return before


def _split(cell: str) -> list[str]:
    """Return the code before the first task cell, and the text of each."""
    parts: list[list[str]] = [[]]
    for line in cell.splitlines(keepends=True):
        if line.startswith(_TASK):
            parts.append([])
        parts[-1].append(line)
    return ["".join(part) for part in parts]


def _listed(cells: Iterable[TaskCell]) -> str:
    return ", ".join(cell.name for cell in cells)
