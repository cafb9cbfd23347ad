"""Longest-path layers of a directed acyclic graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence


def layer_of_each(
    nodes: Sequence[str],
    sources: Mapping[str, Sequence[str]],
    targets: Mapping[str, Sequence[str]],
) -> dict[str, int]:
    """Return the layer of each node: one more than the highest layer of its sources.

    A node without sources goes right before its first target, so that a parameter read late is
    drawn late. Edges of a cycle, which no workflow has, are passed over rather than followed.

    Parameters
    ----------
    nodes
        All nodes, in the order in which equals are kept.
    sources, targets
        The direct neighbours of each node, each edge once.
    """
    waiting = {node: len(sources[node]) for node in nodes}
    ready = deque(node for node in nodes if not waiting[node])
    layers = dict.fromkeys(nodes, 0)
    while ready:
        node = ready.popleft()
        for target in targets[node]:
            layers[target] = max(layers[target], layers[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for node in nodes:
        if not sources[node] and targets[node]:
            layers[node] = max(0, min(layers[target] for target in targets[node]) - 1)
    return layers


def by_layer(layers: Mapping[str, int], nodes: Iterable[str]) -> list[list[str]]:
    """Return the nodes of each layer, in the given order."""
    grouped: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node in nodes:
        grouped[layers[node]].append(node)
    return grouped
