"""Makes a task cell out of a cell's text and the notebook's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.dataflow import CellNames, analyse_cell
from maze_nb.errors import CellError, SerializationError
from maze_nb.magics.cell_book import CellBook, TaskCell
from maze_nb.magics.options import CellOptions
from maze_nb.model.ids import new_task_id
from maze_nb.runners.cell import Captured
from maze_nb.wire.code import dump_value


def mark_cell(
    book: CellBook,
    options: CellOptions,
    source: str,
    text: str,
    namespace: Mapping[str, Any],
    cell_id: str | None,
) -> TaskCell:
    """Add a task cell to the book, in place of the one it replaces.

    Parameters
    ----------
    source
        Python, with the lines where the notebook has them.
    text
        What the notebook shows.
    namespace
        The notebook's variables; those the cell reads are copied now.

    Raises
    ------
    CellError
        If the cell cannot be a task: see the message.
    """
    label = options.name or "the cell"
    names = analyse_cell(source, name=label)
    _refuse(names, source, label)
    outputs = options.outputs if options.outputs is not None else names.outputs
    old = book.replaced_by(cell_id, options.name, outputs)
    name = options.name or (old.name if old else _name_for(book, outputs))
    task_id = old.task_id if old else new_task_id()
    if options.inputs is None:
        reads, soft = tuple(sorted(names.reads)), tuple(sorted(names.soft_reads))
    else:
        reads, soft = options.inputs, ()
    wanted = [n for n in (*reads, *soft) if n in namespace and not book.maker_of(n, task_id)]
    cell = TaskCell(
        task_id,
        cell_id,
        name,
        source,
        text,
        names,
        reads,
        soft,
        outputs,
        options.outputs is not None,
        options.resources,
        {key: _capture(key, namespace[key], name) for key in wanted},
    )
    book.put(cell)
    return cell


def _capture(name: str, value: Any, cell: str) -> Captured:
    try:
        return Captured(dump_value(value, f"the variable {name!r}, which cell {cell!r} reads"))
    except SerializationError as error:
        raise CellError(str(error)) from error


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
            f"{label} reads {private!r} before making it, but names that begin with an underscore "
            f"are private to their cell: rename it where it is made"
        )
    if names.star_imports:
        raise CellError(
            f"{label} has 'from {names.star_imports[0]} import *', which hides what it makes: "
            f"import the names one by one"
        )
