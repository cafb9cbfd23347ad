"""The task cells of a notebook as the source of a Python module."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from maze_nb.dataflow import analyse_cell
from maze_nb.magics.build import cell_function
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_edits import Typed
from maze_nb.magics.export_cell import CellCode, function_text, take_apart
from maze_nb.magics.export_fate import stays_behind
from maze_nb.magics.export_wiring import Wired, module_text
from maze_nb.magics.task_cell import TaskCell
from maze_nb.sdk.written.names import ModuleNames, identifier
from maze_nb.sdk.written.reach import in_order, reached
from maze_nb.sdk.written.value import Written, written
from maze_nb.sdk.written.words import imports_for


@dataclass(frozen=True)
class Exported:
    """A module.

    Attributes
    ----------
    text
        Its source.
    stored
        Pickled values of the notebook by name, which it reads from a file beside it.
    functions
        The names of its task functions.
    """

    text: str
    stored: Mapping[str, bytes]
    functions: tuple[str, ...]


def export(
    book: CellBook,
    name: str,
    notebook: Mapping[str, Any],
    absent: Collection[tuple[str, str]] = (),
) -> Exported:
    """Return the cells of a book as a module that gives the same result.

    Parameters
    ----------
    name
        What the workflow is called.
    notebook
        The notebook's variables. Decorators and base classes are looked up there, since what the
        cells read has them no more.
    absent
        Outputs, by task id and name, that are known not to travel.

    Raises
    ------
    CellError
        If a cell, or a variable that it reads, cannot be written into a module.
    """
    return _Exporter(book, notebook, absent).export(name)


@dataclass
class _Needs:
    """What one cell needs of the notebook."""

    inputs: dict[str, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)


class _Exporter:
    def __init__(
        self,
        book: CellBook,
        notebook: Mapping[str, Any],
        absent: Collection[tuple[str, str]],
    ) -> None:
        self._book = book
        self._notebook = notebook
        self._absent = absent
        self._names = ModuleNames()
        self._read = {
            (maker.task_id, output)
            for cell in book.cells()
            for maker, output in book.wires(cell).values()
        }
        self._ends = {cell.task_id for cell in book.ends()}
        self._nobodys = book.shared().keys()

    def export(self, name: str) -> Exported:
        """Return the whole module."""
        cells = self._book.in_order()
        codes = [take_apart(cell) for cell in cells]
        needs = [self._needs(cell, code) for cell, code in zip(cells, codes, strict=True)]
        looked_up = {name for cell in cells for name in cell.reads | cell.names.soft_reads}
        wired: list[Wired] = []
        texts = []
        label_of: dict[str, str] = {}
        for cell, code, need in zip(cells, codes, needs, strict=True):
            sources = self._book.wires(cell)
            outputs = tuple(out for out in cell.outputs if not self._stays_behind(cell, out))
            wanted = identifier(cell.name)
            is_own = cell.is_named and wanted not in looked_up
            label = self._names.new_function(wanted if is_own else f"make_{wanted}", looked_up)
            inputs = [*sources, *need.inputs]
            before = "\n".join(each.rstrip("\n") for each in need.before)
            texts.append(function_text(cell, code, label, inputs, outputs, before))
            for statement in imports_for(texts[-1].partition("\ndef ")[0]):
                self._names.add_import(statement)
            given = {
                name: (label_of[maker.task_id], output) for name, (maker, output) in sources.items()
            }
            before_it = () if cell.edit is None else sorted(cell.edit.after & label_of.keys())
            after = tuple(label_of[task_id] for task_id in before_it)
            results = outputs if cell.task_id in self._ends else ()
            wired.append(Wired(label, outputs, given, need.inputs, results, after))
            label_of[cell.task_id] = label
        flow = self._names.new_function(identifier(name), looked_up)
        stored = {
            label: found.data
            for label, found in self._names.constants.items()
            if found.kind == "stored"
        }
        text = module_text(name, self._names, texts, flow, wired)
        return Exported(text, stored, tuple(each.function for each in wired))

    def _stays_behind(self, cell: TaskCell, output: str) -> bool:
        if output in self._nobodys:
            return True
        if cell.is_strict or (cell.task_id, output) in self._read:
            return False
        return (cell.task_id, output) in self._absent or stays_behind(output, cell.source)

    def _needs(self, cell: TaskCell, code: CellCode) -> _Needs:
        """Return what a cell needs, with what the module has for it at its top."""
        bare = replace(cell_function(self._book, cell), prelude=())
        namespace = bare.namespace(dict(cell.captured.inputs))
        found = _reached(cell, namespace, self._notebook)
        makes = cell.names.writes | cell.names.mutates | cell.names.deletes
        local = self._local(found, self._book.sources(cell).keys() | makes)
        needs = _Needs()
        statements = [*_statements(code.imports), *self._book.imports_for(cell)]
        for statement in dict.fromkeys(statements):
            self._add_import(statement, needs)
        for name in in_order(found):
            each = found[name]
            if each.kind in ("literal", "stored"):
                if name in cell.captured.names or name in local:
                    needs.inputs[name] = self._names.constant(name, each)
                else:
                    self._names.constants[name] = each
            elif name in local:
                needs.before.append(each.text)
            elif each.kind == "import":
                self._names.add_import(each.text)
            else:
                self._names.code[name] = each
        for name, given in cell.given.items():
            needs.inputs.pop(name, None)
            if isinstance(given, Typed):
                value = written(name, given.value, f"cell {cell.name!r}", "")
                needs.inputs[name] = self._names.constant(name, value)
        return needs

    def _add_import(self, statement: str, needs: _Needs) -> None:
        if statement.startswith("from __future__"):
            self._names.add_import(statement)
            return
        names = [line.name for line in analyse_cell(statement).import_lines]
        bound = names or [statement.split()[-1].partition(".")[0]]
        if all(self._names.can_import(name, statement) for name in bound):
            self._names.add_import(statement)
        else:
            needs.before.append(statement)

    def _local(self, found: Mapping[str, Written], made: Iterable[str]) -> set[str]:
        """Return what has to be made inside the function: it looks up what the cell makes.

        So does what means something else at the top of the module already.
        """
        local: set[str] = set()
        inside = set(made)
        for name, each in found.items():
            is_read_by_code = any(name in other.reads for other in found.values())
            if each.kind == "import":
                is_free = self._names.can_import(name, each.text)
            elif each.kind == "code" or is_read_by_code:
                is_free = not each.reads & inside and self._names.can_define(name, each)
            else:
                is_free = True
            if not is_free:
                local.add(name)
        grows = True
        while grows:
            more = {
                name
                for name, each in found.items()
                if name not in local and each.reads & (local | inside)
            }
            local |= more
            grows = bool(more)
        # What code made inside looks up has to be an input, lest it be another cell's.
        behind = {read for name in local for read in found[name].reads if read in found}
        return local | {name for name in behind if found[name].kind in ("literal", "stored")}


def _reached(
    cell: TaskCell, namespace: Mapping[str, Any], notebook: Mapping[str, Any]
) -> dict[str, Written]:
    """Return how all that a cell needs of the notebook is written, also by way of functions."""
    defaults: dict[str, Any] = {}
    known = ChainMap(dict(namespace), defaults, dict(notebook))

    def write(name: str, value: Any) -> Written:
        return written(name, value, f"cell {cell.name!r}", cell.source)

    return reached(sorted(cell.captured.names), namespace, known, defaults, write)


def _statements(imports: Iterable[ast.Import | ast.ImportFrom]) -> list[str]:
    return [
        ast.unparse(ast.Import([alias]) if isinstance(node, ast.Import) else
                    ast.ImportFrom(node.module, [alias], node.level))
        for node in imports
        for alias in node.names
    ]  # fmt: skip
