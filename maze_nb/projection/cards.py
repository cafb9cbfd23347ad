"""Folding of a graph into cards: groups, then likes of a layer, then tasks in a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from maze_nb.projection.folding import folded_groups
from maze_nb.projection.graph_shape import GraphShape
from maze_nb.projection.layers import layer_of_each

_NUMBERED = re.compile(r"[\s_\-#.:]*[\[(]?\d+[\])]?$")

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One box of a picture: a task, or several that are much the same.

    Attributes
    ----------
    id
        The id of its first member.
    family
        The name its members share, without their numbers; empty when they share none.
    label
        What stands on it.
    members
        Ids of its tasks.
    is_group
        Whether it is a sub-workflow, or a group that names tell of.
    """

    id: str
    family: str
    label: str
    members: tuple[str, ...]
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a picture by id, and the output names from card to card."""

    cards: dict[str, Card]
    edges: dict[tuple[str, str], Names]


def cards_of(shape: GraphShape, most: int) -> Cards:
    """Return the cards of a graph, folding as little as brings it down to about ``most``.

    Parameters
    ----------
    shape
        The graph.
    most
        How many cards a picture should have at most. A graph of many unlike tasks stays above.
    """
    cards = _fold_groups(
        Cards(
            {
                task.id: Card(task.id, stem_of(task.name), task.name, (task.id,))
                for task in shape.tasks.values()
            },
            shape.edges,
        ),
        shape,
    )
    for fold in (_fold_layers, _fold_like_rows, _fold_rows):
        if len(cards.cards) > most:
            cards = fold(cards)
    return cards


def stem_of(name: str) -> str:
    """Return a task's name without the number at its end: ``score`` for ``score_12``."""
    return _NUMBERED.sub("", name) or name


def _neighbours(cards: Cards) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    sources: dict[str, list[str]] = {card: [] for card in cards.cards}
    targets: dict[str, list[str]] = {card: [] for card in cards.cards}
    for source, target in cards.edges:
        sources[target].append(source)
        targets[source].append(target)
    return sources, targets


def _fold_groups(cards: Cards, shape: GraphShape) -> Cards:
    groups = {group.members[0]: group for group in folded_groups(shape)}
    owner = {task_id: head for head, group in groups.items() for task_id in group.members}
    folded = _merged(cards, {task_id: owner.get(task_id, task_id) for task_id in cards.cards})
    for head, group in groups.items():
        # Groups are cards of their own, which nothing else is folded with.
        label = f"{group.name} ×{len(group.members):,}" if group.is_of_names else group.name
        folded.cards[head] = Card(head, f"{group.path}/", label, group.members, is_group=True)
    return folded


def _fold_layers(cards: Cards) -> Cards:
    layers = layer_of_each(list(cards.cards), *_neighbours(cards))
    heads: dict[tuple[int, str], str] = {}
    owner = {
        card.id: heads.setdefault((layers[card.id], card.family), card.id)
        for card in cards.cards.values()
    }
    return _merged(cards, owner)


def _fold_like_rows(cards: Cards) -> Cards:
    return _fold_chains(cards, lambda a, b: a.family == b.family)


def _fold_rows(cards: Cards) -> Cards:
    return _fold_chains(cards, lambda _a, _b: True)


def _fold_chains(cards: Cards, is_joined: Callable[[Card, Card], bool]) -> Cards:
    sources, targets = _neighbours(cards)
    layers = layer_of_each(list(cards.cards), sources, targets)
    owner: dict[str, str] = {}
    for card in sorted(cards.cards, key=layers.__getitem__):
        before = sources[card][0] if len(sources[card]) == 1 else None
        # Only a link that is the sole way on both sides can be drawn in without making a cycle.
        joins = (
            before is not None
            and before in owner
            and len(targets[before]) == 1
            and is_joined(cards.cards[before], cards.cards[card])
        )
        owner[card] = owner[before] if joins and before is not None else card
    return _merged(cards, owner)


def _merged(cards: Cards, owner: Mapping[str, str]) -> Cards:
    grouped: dict[str, list[Card]] = {}
    for card in cards.cards.values():
        grouped.setdefault(owner[card.id], []).append(card)
    edges: dict[tuple[str, str], Names] = {}
    for (source, target), names in cards.edges.items():
        ends = owner[source], owner[target]
        if ends[0] != ends[1]:
            edges[ends] = tuple(dict.fromkeys((*edges.get(ends, ()), *names)))
    return Cards({head: _joined(head, group) for head, group in grouped.items()}, edges)


def _joined(head: str, group: list[Card]) -> Card:
    if len(group) == 1:
        return group[0]
    members = tuple(member for card in group for member in card.members)
    families = {card.family for card in group}
    family = families.pop() if len(families) == 1 else ""
    name = family or f"{group[0].family or group[0].label} … {group[-1].family or group[-1].label}"
    return Card(head, family, f"{name} ×{len(members):,}", members)
