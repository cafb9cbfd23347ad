"""Edges between cells: who makes the names that another reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maze_nb.errors import CellError


@dataclass(frozen=True)
class CellPorts:
    """What a cell takes from other cells and gives to them.

    Parameters
    ----------
    name
        What to call the cell in errors.
    reads
        Names it reads, if another cell makes them.
    outputs
        Names it makes, in order.
    mutates
        Those of `reads` that it changes in place.
    lines
        First line of each name, for errors.
    """

    name: str
    reads: frozenset[str]
    outputs: tuple[str, ...]
    mutates: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)

    def at(self, name: str) -> str:
        """Return where the cell uses a name, such as ``" on line 3"``."""
        line = self.lines.get(name)
        return "" if line is None else f" on line {line}"


@dataclass(frozen=True)
class CellEdge:
    """One cell reads names that another makes; cells by key, names in order."""

    source: str
    target: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class CellLinks:
    """How cells depend on each other.

    Parameters
    ----------
    makers
        For each name that a cell makes, the key of the cell.
    edges
        In the order of their targets.
    order
        Keys of all cells, each after those it reads from.
    """

    makers: Mapping[str, str]
    edges: tuple[CellEdge, ...]
    order: tuple[str, ...]


def link_cells(cells: Mapping[str, CellPorts]) -> CellLinks:
    """Find the edges between cells.

    Parameters
    ----------
    cells
        Cells by key, in the order in which they stand.

    Raises
    ------
    CellError
        If two cells make one name, a cell changes what another makes, or cells wait for each
        other; it names the cells and says what to do.
    """
    makers = _makers(cells)
    _refuse_mutations(cells, makers)
    edges: list[CellEdge] = []
    for key, ports in cells.items():
        sources: dict[str, list[str]] = {}
        for name in sorted(ports.reads & makers.keys()):
            if makers[name] != key:
                sources.setdefault(makers[name], []).append(name)
        edges.extend(CellEdge(source, key, tuple(names)) for source, names in sources.items())
    return CellLinks(makers, tuple(edges), _ordered(cells, edges))


def _makers(cells: Mapping[str, CellPorts]) -> dict[str, str]:
    makers: dict[str, str] = {}
    for key, ports in cells.items():
        for name in ports.outputs:
            if name in makers:
                other = cells[makers[name]]
                raise CellError(
                    f"cells {other.name!r} and {ports.name!r} both make {name!r} "
                    f"({other.name!r}{other.at(name)}, {ports.name!r}{ports.at(name)}), so that "
                    f"nobody could tell whose is meant. Give it another name in one of them; or, "
                    f"if only that cell needs it, a name that begins with an underscore"
                )
            makers[name] = key
    return makers


def _refuse_mutations(cells: Mapping[str, CellPorts], makers: Mapping[str, str]) -> None:
    for key, ports in cells.items():
        for name in sorted(ports.mutates & makers.keys()):
            if makers[name] != key:
                maker = cells[makers[name]]
                raise CellError(
                    f"cell {ports.name!r} changes {name!r}{ports.at(name)}, which cell "
                    f"{maker.name!r} makes: whoever else reads {name!r} might or might not see "
                    f"the change. Make the change in {maker.name!r}, or change a copy under "
                    f"another name in {ports.name!r}"
                )


def _ordered(cells: Mapping[str, CellPorts], edges: list[CellEdge]) -> tuple[str, ...]:
    """Return the keys so that sources come first, otherwise as they stand."""
    sources: dict[str, dict[str, CellEdge]] = {key: {} for key in cells}
    for edge in edges:
        sources[edge.target][edge.source] = edge
    done: dict[str, None] = {}
    for key in cells:
        _visit(key, sources, done, cells)
    return tuple(done)


def _visit(
    start: str,
    sources: Mapping[str, Mapping[str, CellEdge]],
    done: dict[str, None],
    cells: Mapping[str, CellPorts],
) -> None:
    """Add `start` to `done`, after all it depends on; without recursion, chains may be long."""
    path = {start: iter(sources[start])} if start not in done else {}
    while path:
        key, waiting = next(reversed(path.items()))
        source = next(waiting, None)
        if source is None:
            del path[key]
            done[key] = None
        elif source in path:
            raise CellError(_describe_cycle([*path], source, sources, cells))
        elif source not in done:
            path[source] = iter(sources[source])


def _describe_cycle(
    path: list[str],
    repeated: str,
    sources: Mapping[str, Mapping[str, CellEdge]],
    cells: Mapping[str, CellPorts],
) -> str:
    cycle = path[path.index(repeated) :]
    readers = zip(cycle, [*cycle[1:], repeated], strict=True)
    steps = [
        f"{cells[reader].name!r} reads {sources[reader][maker].names[0]!r}"
        f"{cells[reader].at(sources[reader][maker].names[0])} from {cells[maker].name!r}"
        for reader, maker in readers
    ]
    return (
        f"cells {', '.join(repr(cells[key].name) for key in cycle)} wait for each other: "
        f"{', '.join(steps)}. Split one of them, or give one of these names another meaning "
        f"another name"
    )
