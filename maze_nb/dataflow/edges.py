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
    deletes
        Names that it deletes, also those that it made itself before.
    is_strict
        Whether a person listed the outputs, and so means others to read them.
    looked_up
        Names that its functions read whenever they are called.
    wired
        Names that are given an output of a cell by hand, as its key and the output's name.
    after
        Keys of the cells that it is to run after, by hand.
    """

    name: str
    reads: frozenset[str]
    outputs: tuple[str, ...]
    mutates: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)
    deletes: frozenset[str] = frozenset()
    is_strict: bool = False
    looked_up: frozenset[str] = frozenset()
    wired: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)
    after: frozenset[str] = frozenset()

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
        For each name that one cell makes, the key of the cell.
    edges
        In the order of their targets.
    order
        Keys of all cells, each after those it reads from.
    shared
        Names that several cells make, each for itself, with the keys of these; no cell reads them.
    """

    makers: Mapping[str, str]
    edges: tuple[CellEdge, ...]
    order: tuple[str, ...]
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def link_cells(cells: Mapping[str, CellPorts]) -> CellLinks:
    """Find the edges between cells.

    Parameters
    ----------
    cells
        Cells by key, in the order in which they stand.

    Raises
    ------
    CellError
        If two cells make one name that a cell reads, or that one of them names as its output; a
        cell changes or deletes what another makes; or cells wait for each other. It names the
        cells and says what to do.
    """
    makers, shared = _makers(cells)
    _refuse_mutations(cells, makers)
    edges: list[CellEdge] = []
    for key, ports in cells.items():
        sources: dict[str, list[str]] = {}
        for name in sorted(ports.reads & makers.keys()):
            if makers[name] != key:
                sources.setdefault(makers[name], []).append(name)
        for name, (source, _) in ports.wired.items():
            sources.setdefault(source, []).append(name)
        for source in sorted(ports.after):
            sources.setdefault(source, [])
        edges.extend(CellEdge(source, key, tuple(names)) for source, names in sources.items())
    return CellLinks(makers, tuple(edges), _ordered(cells, edges), shared)


def _makers(
    cells: Mapping[str, CellPorts],
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return who makes each name, and apart from these the names that several cells make."""
    making: dict[str, list[str]] = {}
    readers: dict[str, CellPorts] = {}
    for key, ports in cells.items():
        for name in ports.outputs:
            making.setdefault(name, []).append(key)
        for name in ports.reads | ports.looked_up:
            readers.setdefault(name, ports)
    shared = {name: tuple(keys) for name, keys in making.items() if len(keys) > 1}
    for name, keys in shared.items():
        # Those that make it anew from what it was come last: they are what is to be mended.
        makers = sorted((cells[key] for key in keys), key=lambda ports: name in ports.reads)
        if name in readers or any(ports.is_strict for ports in makers):
            raise CellError(_describe_two_makers(name, makers[0], makers[-1], readers.get(name)))
    return {name: keys[0] for name, keys in making.items() if len(keys) == 1}, shared


def _describe_two_makers(
    name: str, first: CellPorts, second: CellPorts, reader: CellPorts | None
) -> str:
    places = f"({first.name!r}{first.at(name)}, {second.name!r}{second.at(name)})"
    changing = [ports for ports in (first, second) if name in ports.mutates]
    if len(changing) == 2:
        return (
            f"cells {first.name!r} and {second.name!r} both change {name!r} {places}: each has a "
            f"copy of its own, so that neither would see what the other does. Make both changes "
            f"in one cell, or let one of them make a changed copy under another name, which the "
            f"other reads"
        )
    if changing:
        (changer,) = changing
        return _describe_change(name, changer, second if changer is first else first)
    updating = [ports for ports in (first, second) if name in ports.reads]
    if updating:
        updater, maker = updating[-1], first if updating[-1] is second else second
        return (
            f"cell {updater.name!r} makes {name!r} anew from the {name!r} of cell {maker.name!r} "
            f"{places}, so that nobody could tell which of the two is meant. Give the new one a "
            f"name of its own in {updater.name!r}, and read that from there on"
        )
    wanted = "" if reader is None else f", which cell {reader.name!r} reads{reader.at(name)}"
    return (
        f"cells {first.name!r} and {second.name!r} both make {name!r} {places}{wanted}, so that "
        f"nobody could tell whose is meant. Give it another name in one of them; or, if only that "
        f"cell needs it, a name that begins with an underscore"
    )


def _describe_change(name: str, changer: CellPorts, maker: CellPorts) -> str:
    return (
        f"cell {changer.name!r} changes {name!r}{changer.at(name)}, which cell {maker.name!r} "
        f"makes: whoever else reads {name!r} might or might not see the change. Make the change "
        f"in {maker.name!r}, or change a copy under another name in {changer.name!r}"
    )


def _refuse_mutations(cells: Mapping[str, CellPorts], makers: Mapping[str, str]) -> None:
    # What a cell deletes that it has made itself is its own business where nobody reads the name.
    read = frozenset[str]().union(*(ports.reads for ports in cells.values()))
    for key, ports in cells.items():
        for name in sorted(ports.mutates & makers.keys()):
            if makers[name] != key:
                raise CellError(_describe_change(name, ports, cells[makers[name]]))
        for name in sorted(ports.deletes & makers.keys() & read):
            if makers[name] != key:
                maker = cells[makers[name]]
                raise CellError(
                    f"cell {ports.name!r} deletes {name!r}{ports.at(name)}, which cell "
                    f"{maker.name!r} makes: whoever else reads {name!r} might or might not find "
                    f"it. Leave it, as tasks forget what nobody needs, or delete it in "
                    f"{maker.name!r}"
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
        _describe_step(cells[reader], cells[maker], sources[reader][maker].names)
        for reader, maker in readers
    ]
    return (
        f"cells {', '.join(repr(cells[key].name) for key in cycle)} wait for each other: "
        f"{', '.join(steps)}. Split one of them; or, where one name is used for two things, "
        f"give one of these another name"
    )


def _describe_step(reader: CellPorts, maker: CellPorts, names: tuple[str, ...]) -> str:
    if not names:
        return f"{reader.name!r} is to run after {maker.name!r}"
    return f"{reader.name!r} reads {names[0]!r}{reader.at(names[0])} from {maker.name!r}"
