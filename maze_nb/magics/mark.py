"""Makes a task cell out of a cell's text and the notebook's variables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from maze_nb.dataflow import CellNames, analyse_cell
from maze_nb.errors import CellError, nearest
from maze_nb.magics.capture import capture
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.names_behind import names_behind
from maze_nb.magics.options import CellOptions
from maze_nb.magics.shell_cell import shell_options, shell_source
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId, new_task_id
from maze_nb.runners.commands.shell_cell import KIND as SHELL


@dataclass(frozen=True)
class Notebook:
    """What marking needs of the notebook.

    Attributes
    ----------
    variables
        Its variables; those a cell reads are copied when it is marked.
    built_in
        Those among them that IPython itself put there, with their values.
    transform
        Turns IPython syntax into Python.
    check
        Raises CellError if a cell must not be added to the book.
    """

    variables: dict[str, Any]
    built_in: Mapping[str, Any] = field(default_factory=dict)
    transform: Callable[[str], str] = str
    check: Callable[[TaskCell, CellBook], None] = lambda _cell, _book: None

    def has(self, name: str) -> bool:
        """Tell whether a name is a variable that a person made."""
        missing = object()
        value = self.variables.get(name, missing)
        return value is not missing and value is not self.built_in.get(name, missing)


def mark_cell(
    book: CellBook, options: CellOptions, text: str, notebook: Notebook, cell_id: str | None
) -> TaskCell:
    """Add a task cell to the book, in place of the one it replaces.

    Parameters
    ----------
    text
        What the notebook shows, the line of the magic included.

    Raises
    ------
    CellError
        If the cell cannot be a task: see the message. The book stays as it was.
    """
    label = options.name or "the cell"
    if options.kind == SHELL:
        source = shell_source(text, options)
        options = shell_options(options)
    else:
        source = python_of(text, notebook.transform)
    names = analyse_cell(source, name=label)
    _refuse(names, source, label)
    outputs = _outputs(names, options, label, _modules(book, notebook))
    old = book.replaced_by(cell_id, options.name, outputs)
    task_id = old.task_id if old else _id_for(book, cell_id, options.name)
    own_name = old.name if old and not old.is_named else None
    cell = TaskCell(
        task_id,
        cell_id or (old.cell_id if old else None),
        options.name or own_name or _name_for(book, outputs),
        options.name is not None,
        source,
        text,
        names,
        names.reads | frozenset(options.inputs or ()),
        names.soft_reads | names_behind(names.reads | names.soft_reads, notebook.variables),
        None if options.inputs is None else frozenset(options.inputs),
        outputs,
        options.outputs is not None,
        options.resources,
        options.options,
        kind=options.kind,
    )
    book.check_fit(cell)
    notebook.check(cell, book)
    cell = _with_variables(cell, book, notebook)
    book.put(cell)
    return cell


def taken_anew(cell: TaskCell, book: CellBook, notebook: Notebook) -> TaskCell:
    """Return a cell of the book with the notebook's variables as they are now.

    Raises
    ------
    CellError
        If one of them cannot travel, or the cell with what they look up does not fit any more.
    """
    names = cell.names
    behind = names_behind(names.reads | names.soft_reads, notebook.variables)
    cell = replace(cell, soft_reads=names.soft_reads | behind)
    book.check_fit(cell)
    return _with_variables(cell, book, notebook)


def _with_variables(cell: TaskCell, book: CellBook, notebook: Notebook) -> TaskCell:
    wanted = _wanted(cell, book, notebook)
    captured = capture(wanted, notebook.variables, cell.name, cell.source, cell.names)
    return replace(cell, captured=captured)


def _wanted(cell: TaskCell, book: CellBook, notebook: Notebook) -> set[str]:
    """Return the notebook variables that a cell may read, except what other cells make."""
    made = book.sources(cell).keys()
    # A loop over nothing leaves its name alone, but nobody means to give on what that was before.
    names = cell.reads | cell.names.soft_reads | (cell.names.maybe_writes - cell.names.loop_names)
    return {name for name in names if notebook.has(name)} - made


def python_of(text: str, transform: Callable[[str], str]) -> str:
    """Return a cell as Python that has each line where the notebook has it.

    Parameters
    ----------
    text
        The cell with the line of its magic, which becomes a comment.
    """
    first, _, body = text.partition("\n")
    kept = body
    while kept and not kept.partition("\n")[0].strip():
        kept = kept.partition("\n")[2]
    blank = body[: len(body) - len(kept)].count("\n")
    return f"# {first}\n" + "\n" * blank + transform(kept)


def _modules(book: CellBook, notebook: Notebook) -> set[str]:
    """Return the names that stand for modules: of those each process has its own."""
    found = {name for name, value in notebook.variables.items() if isinstance(value, ModuleType)}
    return found | {line.name for cell in book.cells() for line in cell.names.import_lines}


def _outputs(
    names: CellNames, options: CellOptions, label: str, modules: set[str]
) -> tuple[str, ...]:
    if options.outputs is None:
        changed_only = names.mutates - names.writes
        return tuple(name for name in names.outputs if name not in changed_only & modules)
    made = {*names.writes, *names.mutates}
    for name in options.outputs:
        if name not in made:
            raise CellError(
                f"{label} does not make {name!r}, which -o names: {nearest(name, made)}"
            )
        if name in names.imports:
            raise CellError(
                f"{label} imports {name!r}, which -o names: a cell that needs it can import it too"
            )
    return options.outputs


def _id_for(book: CellBook, cell_id: str | None, name: str | None) -> TaskId:
    """Return the id for the task of a new cell.

    It follows from the cell, so that after a restart of the kernel the cells of a run are known.
    """
    told = f"cell {cell_id}" if cell_id else f"name {name}" if name else None
    if told is not None:
        found = TaskId(hashlib.sha256(told.encode()).hexdigest()[:32])
        if all(cell.task_id != found for cell in book.cells()):
            return found
    return new_task_id()


def _name_for(book: CellBook, outputs: tuple[str, ...]) -> str:
    taken = {cell.name for cell in book.cells()}
    wanted = outputs[0] if outputs else "cell"
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _refuse(names: CellNames, source: str, label: str) -> None:
    if names.is_empty:
        raise CellError(f"{label} has no code, only comments or blank lines: nothing to run")
    if names.magics:
        magic = names.magics[0]
        raise CellError(
            f"{label} uses the magic {'%%' if magic.is_cell_magic else '%'}{magic.name} on line "
            f"{magic.line}, but a task runs on a worker, where there is no IPython: "
            f"put it into a cell of its own"
        )
    if "get_ipython()" in source:
        raise CellError(
            f"{label} uses IPython syntax such as '!command', but a task runs on a worker, where "
            f"there is no IPython: use subprocess.run(…) instead"
        )
    if names.private_reads:
        private = sorted(names.private_reads)[0]
        raise CellError(
            f"{label} reads {private!r} on line {names.lines[private]} before making it, but names "
            f"that begin with an underscore are private to their cell: rename it where it is made"
        )
    if names.star_imports:
        raise CellError(
            f"{label} has 'from {names.star_imports[0]} import *', which hides what it makes: "
            f"import the names one by one"
        )
