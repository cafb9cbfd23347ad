"""Which nodes lie on a circle of edges: strongly connected components, after Kosaraju (1978)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def circles_of(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """Return each circle, or circles that meet, as the nodes on it.

    Examples
    --------
    >>> circles_of(["a", "b", "c"], [("a", "b"), ("b", "a"), ("b", "c")])
    [['a', 'b']]
    """
    targets: dict[Node, list[Node]] = {node: [] for node in nodes}
    sources: dict[Node, list[Node]] = {node: [] for node in nodes}
    for source, target in edges:
        targets[source].append(target)
        sources[target].append(source)
    taken: set[Node] = set()
    found = (_reached(node, sources, taken) for node in reversed(_by_end(nodes, targets)))
    return [circle for circle in found if len(circle) > 1]


def _by_end(nodes: Iterable[Node], targets: Mapping[Node, Sequence[Node]]) -> list[Node]:
    """Return all nodes, each after what is first reached from it."""
    seen: set[Node] = set()
    ended: list[Node] = []
    for start in nodes:
        if start in seen:
            continue
        seen.add(start)
        way = [(start, iter(targets[start]))]
        while way:
            node, others = way[-1]
            other = next((other for other in others if other not in seen), None)
            if other is None:
                ended.append(node)
                way.pop()
            else:
                seen.add(other)
                way.append((other, iter(targets[other])))
    return ended


def _reached(start: Node, sources: Mapping[Node, Sequence[Node]], taken: set[Node]) -> list[Node]:
    """Take what leads to a node and was not taken yet."""
    if start in taken:
        return []
    taken.add(start)
    found = [start]
    for node in found:
        for source in sources[node]:
            if source not in taken:
                taken.add(source)
                found.append(source)
    return found
