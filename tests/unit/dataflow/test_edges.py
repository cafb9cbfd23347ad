"""Edges between cells: tables of cells, and what is refused."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from maze_nb.dataflow import CellPorts, analyse_cell, link_cells
from maze_nb.errors import CellError


def ports(sources: dict[str, str]) -> dict[str, CellPorts]:
    found = {}
    for name, source in sources.items():
        names = analyse_cell(source, name=name)
        reads = names.reads | names.soft_reads
        found[name] = CellPorts(
            name,
            reads,
            names.outputs,
            names.mutates,
            names.lines,
            names.deletes,
            looked_up=names.looked_up,
        )
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
    (
        {"a": "fig, x = 1, 2", "b": "fig = x"},
        ["a x b"],
        "a name that two cells make, each for itself",
    ),
    (
        {"a": "i = 1\ndef f(xs):\n    for i in xs: print(i)", "b": "for i in ys: pass"},
        [],
        "a function has its own",
    ),
    ({"a": "for i in xs: pass", "b": "for i in ys: pass"}, [], "the name of two loops"),
    ({"a": "i = 1", "b": "for i in [1, 2]: pass\ndel i"}, [], "tidied away, and nobody else's"),
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
    (
        {"a": "x = 1", "b": "\nx = 2", "c": "y = x"},
        [
            "cells 'a' and 'b' both make 'x' ('a' on line 1, 'b' on line 2), which cell 'c' reads",
            "Give it another name in one of them",
            "a name that begins with an underscore",
        ],
        "two makers of what a third one reads",
    ),
    (
        {"a": "x = 1\ndef f(): return x", "b": "x = 2"},
        ["cells 'a' and 'b' both make 'x'", "which cell 'a' reads"],
        "a function looks up the name when it is called, which may be anywhere",
    ),
    (
        {"a": "x = 1\nclass C:\n    def m(self): return x", "b": "x = 2"},
        ["cells 'a' and 'b' both make 'x'"],
        "so does a method",
    ),
    (
        {"a": "x = 1", "b": "x = 2", "c": "x = x + 1"},
        ["cell 'c' makes 'x' anew from the 'x' of cell 'a'"],
        "three makers, one of which reads it",
    ),
    (
        {"a": "x = 1", "b": "\nx += 1"},
        [
            "cell 'b' makes 'x' anew from the 'x' of cell 'a' ('a' on line 1, 'b' on line 2)",
            "Give the new one a name of its own in 'b'",
        ],
        "an update is a second maker",
    ),
    (
        {"b": "x = clean(x)", "a": "x = 1"},
        ["cell 'b' makes 'x' anew from the 'x' of cell 'a'"],
        "an update that stands first",
    ),
    (
        {"a": "d = {}", "b": "\n\nd['k'] = 1"},
        [
            "cell 'b' changes 'd' on line 3, which cell 'a' makes",
            "Make the change in 'a', or change a copy under another name in 'b'",
        ],
        "a mutation that is given on",
    ),
    (
        {"b": "d.update(k=1)", "a": "d = {}"},
        ["cell 'b' changes 'd' on line 1, which cell 'a' makes"],
        "a mutation by a method, in a cell that stands first",
    ),
    (
        {"a": "x = 1", "b": "y = x\ndel x"},
        ["cell 'b' deletes 'x' on line 1, which cell 'a' makes", "delete it in 'a'"],
        "a deletion",
    ),
    (
        {"a": "i = 1", "b": "for i in [1, 2]: pass\ndel i", "c": "y = i"},
        ["cell 'b' deletes 'i' on line 2, which cell 'a' makes"],
        "tidied away, though it is the name of somebody else too",
    ),
    (
        {"a": "rows = [{}]", "b": "for row in rows: row['k'] = 1"},
        ["cell 'b' changes 'rows' on line 1, which cell 'a' makes"],
        "a mutation of its elements",
    ),
    (
        {"a": "xs.append(1)", "b": "y = 1\nxs.append(2)"},
        [
            "cells 'a' and 'b' both change 'xs' ('a' on line 1, 'b' on line 2)",
            "neither would see what the other does",
            "Make both changes in one cell",
        ],
        "two mutations of a notebook variable",
    ),
    ({"a": "x = y", "b": "y = x"}, ["'a', 'b' wait", "'a' reads 'y' on line 1 from 'b'"], "two"),
    (
        {"a": "x = z", "b": "y = x", "c": "z = y"},
        [
            "wait for each other: 'a' reads 'z' on line 1 from 'c', 'c' reads 'y' on line 1",
            "'b' reads 'x' on line 1 from 'a'",
            "Split one of them; or, where one name is used for two things",
        ],
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


def test_what_several_cells_make_is_nobodys():
    links = link_cells(ports({"a": "fig, x = 1, 2", "b": "fig, y = 3, x", "c": "fig = 4"}))
    assert links.shared == {"fig": ("a", "b", "c")}
    assert links.makers == {"x": "a", "y": "b"}


def test_outputs_by_hand_are_meant_to_be_read():
    cells = ports({"a": "x = 1", "b": "x = 2"})
    cells["b"] = replace(cells["b"], is_strict=True)
    with pytest.raises(CellError, match="cells 'a' and 'b' both make 'x'"):
        link_cells(cells)


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
