"""Layered layout of a graph: a column and a row for each node, and the bends of long edges.

After Sugiyama, Tagawa and Toda (1981): longest-path layers, placeholders where an edge passes a
layer, a few barycentre sweeps to order each layer, then rows as near to the mean of the neighbours
as the order and the spacing allow (pooling adjacent violators, exact for one layer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from maze_nb.projection.layers import by_layer, layer_of_each

SWEEPS = 6
_BEND_SPACING = 0.55
_BEND_WEIGHT = 3.0

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each node is drawn.

    Attributes
    ----------
    columns
        How many columns there are.
    height
        Rows from the topmost to the lowest, in node heights; 0 when there are no nodes.
    place
        Column (from 0) and row (from 0, fractions allowed) of each node; nodes of one column are
        at least one row apart.
    bends
        The points, column and row, that a long edge passes between its ends.
    """

    columns: int
    height: float
    place: dict[str, tuple[int, float]]
    bends: dict[Edge, list[tuple[int, float]]]


@dataclass(slots=True)
class _Drawing:
    """The graph with placeholders, while it is being laid out."""

    layers: list[list[str]]
    sources: dict[str, list[str]]
    targets: dict[str, list[str]]
    bends: dict[Edge, list[str]]
    placeholders: set[str] = field(default_factory=set)
    row: dict[str, float] = field(default_factory=dict)

    def spacing(self, above: str, below: str) -> float:
        """Return the least distance of two neighbours in a column."""
        is_bend = above in self.placeholders or below in self.placeholders
        return _BEND_SPACING if is_bend else 1.0


def layered(nodes: Sequence[str], edges: Iterable[Edge], *, sweeps: int = SWEEPS) -> Layout:
    """Lay out a directed acyclic graph from left to right.

    Parameters
    ----------
    nodes
        Ids, in the order in which equals are kept.
    edges
        (source, target); unknown ends, loops and repeats are passed over.
    sweeps
        How often the layers are put in order and straightened.

    Returns
    -------
    Layout
        Near-linear in time and size: where placeholders for long edges would be more than four
        times the nodes and edges, the longest edges get none and are drawn straight.
    """
    drawing = _draft(list(dict.fromkeys(nodes)), edges)
    for sweep in range(sweeps):
        _order(drawing, is_forward=sweep % 2 == 0)
    for layer in drawing.layers:
        drawing.row.update(_packed(drawing, layer))
    for sweep in range(sweeps):
        _straighten(drawing, is_forward=sweep % 2 == 0)
    return _result(drawing)


def _draft(nodes: list[str], edges: Iterable[Edge]) -> _Drawing:
    known = set(nodes)
    kept = [edge for edge in dict.fromkeys(edges) if edge[0] in known and edge[1] in known]
    kept = [edge for edge in kept if edge[0] != edge[1]]
    sources: dict[str, list[str]] = {node: [] for node in nodes}
    targets: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in kept:
        sources[target].append(source)
        targets[source].append(target)
    layers = layer_of_each(nodes, sources, targets)
    drawing = _Drawing(
        layers=by_layer(layers, _depth_first(nodes, sources, targets)),
        sources={node: [] for node in nodes},
        targets={node: [] for node in nodes},
        bends={},
    )
    _place_edges(drawing, kept, layers)
    return drawing


def _depth_first(
    nodes: list[str], sources: Mapping[str, list[str]], targets: Mapping[str, list[str]]
) -> list[str]:
    # Branches that are walked one after the other start out side by side, so few edges cross.
    seen: set[str] = set()
    walked: list[str] = []
    todo = [node for node in reversed(nodes) if not sources[node]] or list(reversed(nodes))
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            walked.append(node)
            todo.extend(target for target in reversed(targets[node]) if target not in seen)
    return walked + [node for node in nodes if node not in seen]


def _place_edges(drawing: _Drawing, edges: list[Edge], layers: Mapping[str, int]) -> None:
    budget = 4 * (len(layers) + len(edges))
    trunks: dict[str, list[str]] = {}
    for source, target in sorted(edges, key=lambda edge: layers[edge[1]] - layers[edge[0]]):
        # Edges of one source share their placeholders, as they carry what it made.
        trunk = trunks.setdefault(source, [])
        passed = max(0, layers[target] - layers[source] - 1)
        if passed - len(trunk) > budget:
            continue
        while len(trunk) < passed:
            budget -= 1
            _extend_trunk(drawing, source, trunk, layers[source] + len(trunk) + 1)
        _connect(drawing, trunk[passed - 1] if passed else source, target)
        if passed:
            drawing.bends[source, target] = trunk[:passed]


def _extend_trunk(drawing: _Drawing, source: str, trunk: list[str], layer: int) -> None:
    # A NUL cannot begin a task id, so a placeholder never meets one.
    bend = f"\0{layer}\0{source}"
    drawing.placeholders.add(bend)
    drawing.layers[layer].append(bend)
    drawing.sources[bend], drawing.targets[bend] = [], []
    _connect(drawing, trunk[-1] if trunk else source, bend)
    trunk.append(bend)


def _connect(drawing: _Drawing, source: str, target: str) -> None:
    drawing.targets[source].append(target)
    drawing.sources[target].append(source)


def _order(drawing: _Drawing, *, is_forward: bool) -> None:
    layers = drawing.layers if is_forward else drawing.layers[::-1]
    neighbours = drawing.sources if is_forward else drawing.targets
    index = {node: at for layer in drawing.layers for at, node in enumerate(layer)}
    for layer in layers:
        mean = {node: _mean([index[n] for n in neighbours[node]], index[node]) for node in layer}
        layer.sort(key=mean.__getitem__)
        index.update((node, at) for at, node in enumerate(layer))


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _packed(drawing: _Drawing, layer: list[str]) -> dict[str, float]:
    rows: dict[str, float] = {}
    at = 0.0
    for above, node in zip([None, *layer], layer, strict=False):
        at += drawing.spacing(above, node) if above is not None else 0.0
        rows[node] = at
    return {node: row - at / 2 for node, row in rows.items()}


def _straighten(drawing: _Drawing, *, is_forward: bool) -> None:
    neighbours = drawing.sources if is_forward else drawing.targets
    for layer in drawing.layers if is_forward else drawing.layers[::-1]:
        row = drawing.row
        wanted = [_mean([row[n] for n in neighbours[node]], row[node]) for node in layer]
        weights = [_BEND_WEIGHT if node in drawing.placeholders else 1.0 for node in layer]
        gaps = [drawing.spacing(a, b) for a, b in pairwise(layer)]
        row.update(zip(layer, spaced(wanted, gaps, weights), strict=True))


def spaced(wanted: Sequence[float], gaps: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the positions nearest to the wanted ones that keep order and gaps.

    Minimises the weighted sum of squared distances by pooling adjacent violators.

    Parameters
    ----------
    wanted
        A position for each item.
    gaps
        The least distance between each item and the next, one fewer than items.
    weights
        How much each item's distance counts, above zero.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, float, int]] = []
    for target, offset, weight in zip(wanted, offsets, weights, strict=False):
        mean, total, size = target - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            other, other_total, other_size = pools.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total, size = total + other_total, size + other_size
        pools.append((mean, total, size))
    means = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


def _result(drawing: _Drawing) -> Layout:
    top = min(drawing.row.values(), default=0.0)
    column = {node: at for at, layer in enumerate(drawing.layers) for node in layer}
    spot = {node: (column[node], row - top) for node, row in drawing.row.items()}
    return Layout(
        columns=len(drawing.layers),
        height=max((row for _, row in spot.values()), default=-1.0) + 1,
        place={node: at for node, at in spot.items() if node not in drawing.placeholders},
        bends={edge: [spot[bend] for bend in trunk] for edge, trunk in drawing.bends.items()},
    )
