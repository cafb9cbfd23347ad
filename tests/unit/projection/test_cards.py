"""Folding of large graphs into cards."""

from __future__ import annotations

from itertools import pairwise

import pytest

from maze_nb.projection.cards import cards_of, stem_of
from maze_nb.projection.graph_shape import shape_of


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("train", "train"),
        ("train_12", "train"),
        ("train-3", "train"),
        ("train[7]", "train"),
        ("train (7)", "train"),
        ("step2", "step"),
        ("12", "12"),
    ],
)
def test_family(name, family):
    assert stem_of(name) == family


MAP = ["load", *(f"train_{i}" for i in range(20)), *(f"score_{i}" for i in range(20)), "best"]
MAP_EDGES = [
    *(("load", f"train_{i}") for i in range(20)),
    *((f"train_{i}", f"score_{i}") for i in range(20)),
    *((f"score_{i}", "best") for i in range(20)),
]
LINKS = [f"link_{i}" for i in range(30)]
UNLIKE = [chr(ord("a") + i) for i in range(26)]

CASES = [
    ("few stay as they are", ["a", "b"], [("a", "b")], 10, ["a", "b"]),
    ("a map folds by layer", MAP, MAP_EDGES, 10, ["load", "train_* ×20", "score_* ×20", "best"]),
    ("likes in a row fold", LINKS, list(pairwise(LINKS)), 10, ["link ×30"]),
    ("unlike ones in a row fold too", UNLIKE, list(pairwise(UNLIKE)), 10, ["a … z ×26"]),
    ("unlike ones side by side do not", UNLIKE, [], 10, UNLIKE),
]


@pytest.mark.parametrize(
    ("tasks", "edges", "most", "labels"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_cards(make_graph, tasks, edges, most, labels):
    cards = cards_of(shape_of(make_graph(tasks, edges)), most)
    assert [card.label for card in cards.cards.values()] == labels
    members = [member for card in cards.cards.values() for member in card.members]
    assert sorted(members) == sorted(tasks)
    assert all(a in cards.cards and b in cards.cards and a != b for a, b in cards.edges)


def test_only_a_sole_way_is_drawn_in(make_graph):
    # b could be drawn into a, were it not for the way around it through x.
    edges = [("a", "b"), ("a", "x"), ("x", "c"), ("b", "c")]
    cards = cards_of(shape_of(make_graph(["a", "b", "c", "x"], edges)), 1)
    assert set(cards.edges) == set(edges)
