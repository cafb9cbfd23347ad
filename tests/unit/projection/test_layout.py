"""Layered layout: no overlaps, edges forward, and near-linear in size."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_nb.projection.layout import layered, spaced


@st.composite
def dags(draw):
    nodes = [f"n{i}" for i in range(draw(st.integers(0, 25)))]
    pairs = st.tuples(st.sampled_from(range(len(nodes))), st.sampled_from(range(len(nodes))))
    drawn = draw(st.lists(pairs, max_size=60)) if nodes else []
    return nodes, [(nodes[a], nodes[b]) for a, b in drawn if a < b]


@given(dags())
def test_edges_go_forward_and_nothing_overlaps(dag):
    nodes, edges = dag
    layout = layered(nodes, edges)
    assert set(layout.place) == set(nodes)
    for source, target in edges:
        assert layout.place[source][0] < layout.place[target][0]
    rows_by_column: dict[int, list[float]] = {}
    for column, row in layout.place.values():
        assert 0 <= column < layout.columns
        assert 0 <= row <= layout.height - 1 + 1e-9
        rows_by_column.setdefault(column, []).append(row)
    for rows in rows_by_column.values():
        assert all(below - above >= 1 - 1e-6 for above, below in pairwise(sorted(rows)))


@given(dags())
def test_a_long_edge_bends_once_in_each_column_it_passes(dag):
    nodes, edges = dag
    layout = layered(nodes, edges)
    for (source, target), bends in layout.bends.items():
        passed = range(layout.place[source][0] + 1, layout.place[target][0])
        assert [column for column, _ in bends] == list(passed)


CHAIN = [f"c{i}" for i in range(2000)]
WIDE = [f"w{i}" for i in range(1000)]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("nodes", "edges", "columns", "height"),
    [
        ([], [], 0, 0),
        (["a"], [], 1, 1),
        (["a", "b"], [("a", "b"), ("a", "b"), ("b", "b"), ("a", "ghost")], 2, 1),
        (CHAIN, list(pairwise(CHAIN)), 2000, 1),
        (["in", *WIDE, "out"], [("in", w) for w in WIDE] + [(w, "out") for w in WIDE], 3, 1000),
        (WIDE, [], 1, 1000),
    ],
    ids=["empty", "one", "repeats", "chain", "wide", "unconnected"],
)
def test_size(nodes, edges, columns, height):
    layout = layered(nodes, edges)
    assert (layout.columns, layout.height) == (columns, pytest.approx(height))


@pytest.mark.timeout(20)
def test_placeholders_stay_few_where_every_edge_is_long():
    last = CHAIN[-1]
    edges = [*pairwise(CHAIN), *((node, last) for node in CHAIN[:-2])]
    layout = layered(CHAIN, edges)
    distinct = {point for bends in layout.bends.values() for point in bends}
    assert len(distinct) <= 4 * (len(CHAIN) + len(edges))
    assert len(layout.bends) > 100


def test_a_cycle_is_drawn_all_the_same():
    layout = layered(["a", "b", "c"], [("a", "b"), ("b", "a"), ("b", "c")])
    assert set(layout.place) == {"a", "b", "c"}


def test_a_parameter_read_late_is_drawn_late():
    edges = [("a", "b"), ("b", "c"), ("p", "c")]
    assert layered(["a", "b", "c", "p"], edges).place["p"][0] == 1


def test_a_chain_beside_a_branch_is_straight():
    edges = [("a", "b"), ("b", "c"), ("c", "d")]
    rows = {row for _, row in layered(["a", "b", "c", "d"], edges).place.values()}
    assert rows == {0.0}


@pytest.mark.parametrize(
    ("edges", "crossed"),
    [([("a", "y"), ("b", "x")], ("y", "x")), ([("a", "x"), ("b", "y")], ("x", "y"))],
)
def test_branches_do_not_cross(edges, crossed):
    place = layered(["a", "b", "x", "y"], edges).place
    upper, lower = crossed
    assert (place["a"][1] < place["b"][1]) == (place[upper][1] < place[lower][1])


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        ([], []),
        ([5.0], [5.0]),
        ([0.0, 3.0], [0.0, 3.0]),
        ([0.0, 0.0], [-0.5, 0.5]),
        ([2.0, 1.0, 9.0], [1.0, 2.0, 9.0]),
        ([0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]),
    ],
)
def test_spaced(wanted, positions):
    weights = [1.0] * len(wanted)
    assert spaced(wanted, [1.0] * (len(wanted) - 1), weights) == pytest.approx(positions)
