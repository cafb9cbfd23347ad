"""Edges between cells: tables of cells, and what is refused."""

from __future__ import annotations

import random

import pytest

from maze_nb.dataflow import CellPorts, analyse_cell, link_cells
from maze_nb.errors import CellError


def ports(sources: dict[str, str]) -> dict[str, CellPorts]:
    found = {}
    for name, source in sources.items():
        names = analyse_cell(source, name=name)
        reads = names.reads | names.soft_reads
        found[name] = CellPorts(name, reads, names.outputs, names.mutates, names.lines)
    return found


# Cells, the edges between them as "source name target", and why.
GRAPHS = [
    ({"a": "x = 1", "b": "y = x"}, ["a x b"], "the plainest edge"),
    ({"b": "y = x", "a": "x = 1"}, ["a x b"], "in whatever order the cells stand"),
    ({"a": "x = 1", "b": "y = 2"}, [], "cells that share nothing"),
    ({"a": "x = 1; y = 2", "b": "z = x + y"}, ["a x,y b"], "one edge for several names"),
    ({"a": "x = 1", "b": "y = x", "c": "z = x"}, ["a x b", "a x c"], "one maker, two readers"),
    ({"a": "x = 1", "b": "x"}, ["a x b"], "a cell that makes nothing still reads"),
    ({"a": "def f(): pass", "b": "y = f()"}, ["a f b"], "functions are made as well"),
    ({"a": "id = 1", "b": "y = id"}, ["a id b"], "a built-in name that another cell makes"),
    ({"a": "import os", "b": "os.sep"}, [], "imports make no edge"),
    ({"a": "_x = 1", "b": "_x"}, [], "private names make no edge"),
    ({"a": "x = x + 1"}, [], "a cell does not wait for itself"),
    ({"a": "x = 1\nx = 2", "b": "y = z"}, [], "a name nobody makes"),
]


@pytest.mark.parametrize(("cells", "edges", "why"), GRAPHS)
def test_edges_follow_from_names(cells, edges, why):
    links = link_cells(ports(cells))
    found = [f"{edge.source} {','.join(edge.names)} {edge.target}" for edge in links.edges]
    assert found == edges, why
    position = {key: at for at, key in enumerate(links.order)}
    assert position.keys() == cells.keys()
    assert all(position[edge.source] < position[edge.target] for edge in links.edges)


# Cells, words the refusal must have, and why.
REFUSED = [
    ({"a": "x = 1", "b": "\nx = 2"}, ["'a' and 'b' both make 'x'", "on line 2"], "two makers"),
    ({"a": "x = 1", "b": "x += 1"}, ["'a' and 'b' both make 'x'"], "an update is a second maker"),
    ({"a": "d = {}", "b": "d['k'] = 1"}, ["both make 'd'"], "a mutation that is given on"),
    ({"a": "x = y", "b": "y = x"}, ["'a', 'b' wait", "'a' reads 'y' on line 1 from 'b'"], "two"),
    (
        {"a": "x = z", "b": "y = x", "c": "z = y"},
        ["wait for each other", "'a' reads 'z'", "'b' reads 'x'", "'c' reads 'y'"],
        "a cycle of three",
    ),
    ({"s": "k = x", "a": "x = y", "b": "y = x"}, ["'a', 'b' wait"], "only the cycle is named"),
]


@pytest.mark.parametrize(("cells", "words", "why"), REFUSED)
def test_refusals_name_the_cells(cells, words, why):
    with pytest.raises(CellError) as caught:
        link_cells(ports(cells))
    for word in words:
        assert word in str(caught.value), why


def test_a_change_of_what_another_cell_makes_is_refused_even_if_it_is_not_given_on():
    changing = CellPorts("b", frozenset("d"), ("y",), frozenset("d"), {"d": 4})
    with pytest.raises(CellError, match="cell 'b' changes 'd' on line 4, which cell 'a' makes"):
        link_cells({"a": CellPorts("a", frozenset(), ("d",)), "b": changing})


def test_a_long_chain_is_ordered_without_recursion():
    cells = {f"c{n}": CellPorts(f"c{n}", frozenset({f"x{n - 1}"}), (f"x{n}",)) for n in range(5000)}
    shuffled = [*cells]
    random.Random(3).shuffle(shuffled)
    links = link_cells({key: cells[key] for key in shuffled})
    assert list(links.order) == [f"c{n}" for n in range(5000)]
