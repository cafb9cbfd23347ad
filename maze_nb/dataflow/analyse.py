"""Cell source to the names it reads, writes and changes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

from maze_nb.dataflow.expressions import AMBIENT, BUILTINS
from maze_nb.dataflow.names import CellNames
from maze_nb.dataflow.parse import parse_cell
from maze_nb.dataflow.record import Record
from maze_nb.dataflow.statements import CellWalker


def analyse_cell(source: str, *, name: str = "cell") -> CellNames:
    """Find the names that a cell takes from outside, leaves behind, and changes.

    The analysis follows Python's own scoping and the order of execution. A name counts as
    read only if, on some path, it may be read before the cell assigns it. What a function
    reads counts from where the function may first be called. Names that code builds at run
    time (``exec``, ``globals()``) cannot be seen.

    A value from outside counts as changed where an attribute or item of it is assigned, or a
    method is called whose name says so (``xs.append(1)``), also through another name that the
    cell gives it. What functions do with their arguments cannot be seen.

    Parameters
    ----------
    source
        Source of the cell. IPython syntax has to be turned into Python by the caller, with
        ``shell.transform_cell``.
    name
        What to call the cell in errors.

    Returns
    -------
    CellNames
        The names, in their roles.

    Raises
    ------
    CellError
        If Python cannot compile the source: the line, and a caret under the place.
    """
    return analyse_tree(parse_cell(source, name))


def analyse_tree(tree: ast.Module, *, is_alone: bool = False) -> CellNames:
    """Find the names of a cell whose syntax tree is there already; see `analyse_cell`.

    Parameters
    ----------
    is_alone
        Whether only the cell itself counts, not what its functions do if others call them later.
    """
    walker = CellWalker(has_lazy_annotations=_has_lazy_annotations(tree))
    walker.visit_all(tree.body)
    for body in () if is_alone else walker.deferred:
        walker.settle(body)
    return _names(walker, is_empty=not tree.body)


def is_private(name: str) -> bool:
    """Tell whether a name is private to the cell that makes it."""
    return name.startswith("_")


def _names(walker: CellWalker, *, is_empty: bool) -> CellNames:
    record, flow = walker.record, walker.flow
    reads = {name: line for name, line in record.reads.items() if not is_ambient(name)}
    soft_reads = dict(record.soft_reads)
    for name in reads.keys() & BUILTINS:
        soft_reads[name] = reads.pop(name)
    stays = flow.live if flow.is_reachable else record.writes.keys()
    writes = {name: line for name, line in record.writes.items() if name in stays}
    deletes = record.deletes.keys() - writes.keys()
    imports = _imported_only(record) & writes.keys()
    made = sorted({**record.mutates, **writes}.items(), key=lambda item: item[1])
    outputs = [name for name, _ in made if name not in imports and name not in deletes]
    return CellNames(
        reads=_public(reads),
        writes=_public(writes),
        mutates=_public(record.mutates),
        deletes=_public(deletes),
        imports=_public(imports),
        definitions=_public(record.definitions.keys() & writes.keys()),
        maybe_writes=_public(writes) - flow.settled,
        soft_reads=_public(soft_reads) - reads.keys(),
        private_reads=frozenset(filter(is_private, reads)),
        import_lines=tuple(dict.fromkeys(record.imports)),
        star_imports=tuple(dict.fromkeys(record.star_imports)),
        magics=tuple(dict.fromkeys(record.magics)),
        is_empty=is_empty,
        lines={**record.deletes, **writes, **soft_reads, **record.mutates, **reads},
        outputs=tuple(name for name in outputs if not is_private(name)),
        looked_up=_public(
            name
            for bodies in walker.bodies.values()
            for body in bodies
            for name in body.reads.keys() | body.soft_reads.keys()
        ),
        loop_names=_public(writes.keys() - record.kept - reads.keys() - soft_reads.keys()),
    )


def _public(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if not is_private(name))


def is_ambient(name: str) -> bool:
    """Tell whether a name is there in every notebook, and so is none of a person's."""
    return name in AMBIENT or (name.startswith("__") and name.endswith("__") and len(name) > 4)


def _imported_only(record: Record) -> set[str]:
    """Return names that only imports bind, all of them to the same thing."""
    targets = defaultdict[str, set[str]](set)
    for imported in record.imports:
        targets[imported.name].add(imported.target)
    return {name for name, meant in targets.items() if len(meant) == 1} - record.assigned


def _has_lazy_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
