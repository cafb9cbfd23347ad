"""Graphs fold in stills as they do in the live view: one table of cases for both."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from maze_nb.projection.cards import cards_of
from maze_nb.projection.circles import circles_of
from maze_nb.projection.folding import folded_groups
from maze_nb.projection.graph_shape import GraphShape, shape_of

CASES = json.loads(Path(__file__).with_name("folding_cases.json").read_text())


def _tasks(told: list) -> Iterator[tuple[str, str]]:
    for each in told:
        if isinstance(each, str):
            yield each, ""
        else:
            for number in range(each["from"], each["from"] + each["count"]):
                yield each["name"].replace("#", str(number)), each["group"]


def _shape(tasks: list, edges: list) -> GraphShape:
    return shape_of(
        {
            "name": "w",
            "tasks": [
                {"id": f"t{at}", "name": name, "group": group}
                for at, (name, group) in enumerate(_tasks(tasks))
            ],
            "edges": [{"source": f"t{a}", "target": f"t{b}", "names": []} for a, b in edges],
        }
    )


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_what_is_one_card(case) -> None:
    shape = _shape(case["tasks"], case["edges"])
    head_of = {group.members[0]: group for group in folded_groups(shape)}
    hidden = {task for group in head_of.values() for task in group.members[1:]}
    cards = [
        [head_of[task.id].name, len(head_of[task.id].members)]
        if task.id in head_of
        else [task.name, 1]
        for task in shape.tasks.values()
        if task.id not in hidden
    ]
    assert cards == case["cards"]


def test_ten_thousand_tasks_in_twenty_groups_are_twenty_cards() -> None:
    told = [{"name": f"g{at}/t_#", "from": 0, "count": 500, "group": ""} for at in range(20)]
    edges = [(at, at + 500) for at in range(9_500)]
    shape = _shape(told, edges)
    began = time.perf_counter()
    cards = cards_of(shape, 150)
    assert time.perf_counter() - began < 5
    assert [card.label for card in cards.cards.values()] == [f"g{at}* ×500" for at in range(20)]
    assert len(cards.edges) == 19


def test_circles_that_meet_are_one_and_a_long_chain_has_none() -> None:
    nodes = [f"n{at}" for at in range(6)]
    edges = [("n0", "n1"), ("n1", "n2"), ("n2", "n0"), ("n2", "n3"), ("n3", "n2"), ("n4", "n5")]
    (circle,) = circles_of(nodes, edges)
    assert sorted(circle) == ["n0", "n1", "n2", "n3"]
    many = list(range(20_000))
    assert circles_of(many, pairwise(many)) == []
