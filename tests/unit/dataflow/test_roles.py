"""What else is known of a cell: lines, imports one by one, definitions, outputs, magics."""

from __future__ import annotations

import builtins

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from maze_nb.dataflow import ImportedName, MagicLine, analyse_cell


def test_imports_can_be_said_again_one_by_one():
    names = analyse_cell("import os.path, numpy as np\nfrom math import (pi,\n  e as euler)")
    assert names.import_lines == (
        ImportedName("os", "import os.path", "os", 1),
        ImportedName("np", "import numpy as np", "numpy", 1),
        ImportedName("pi", "from math import pi", "math.pi", 2),
        ImportedName("euler", "from math import e as euler", "math.e", 3),
    )
    assert analyse_cell("from a.b import *").star_imports == ("a.b",)


def test_definitions_are_flagged():
    names = analyse_cell("def f(): pass\nclass C: pass\nasync def g(): pass\nh = lambda: 0\n_x = 1")
    assert names.definitions == {"f", "C", "g"}


def test_outputs_come_in_the_order_in_which_they_are_made():
    assert analyse_cell("b = 1\na = 2\ndef c(): pass\nd, b = 1, 2").outputs == ("b", "a", "c", "d")


def test_first_lines_are_known():
    names = analyse_cell("# words\nx = 1\n\ny = z\nz = x\nlen(x)\nx = 2")
    assert names.lines == {"x": 2, "y": 4, "z": 4, "len": 6}


def test_private_names_that_come_from_elsewhere_are_known():
    names = analyse_cell("_a = 1\nx = _a + _b\nprint(__name__)")
    assert names.private_reads == {"_b"}


def test_a_cell_of_comments_is_empty():
    assert analyse_cell("# a\n\n   # b\n").is_empty
    assert not analyse_cell("pass").is_empty


def test_magics_are_listed_with_their_lines():
    transform = TransformerManager().transform_cell
    assert analyse_cell(transform("a = 1\n%time f()\ndef g():\n    %pwd\n")).magics == (
        MagicLine("time", 2),
        MagicLine("pwd", 4),
    )
    assert analyse_cell(transform("%%bash\nls")).magics == (MagicLine("bash", 1, True),)


def test_what_ipython_adds_to_every_notebook_is_not_read():
    assert analyse_cell("display(1)\nget_ipython()\nOut[1], In[2]\nexit").reads == set()


def test_every_builtin_is_a_soft_read_only():
    # A notebook has its own idea of some of them.
    ambient = {"display", "exit", "get_ipython", "quit"}
    words = {name for name in dir(builtins) if not name.startswith("_")}
    for name in words - {"True", "False", "None"} - ambient:
        names = analyse_cell(f"value = {name}")
        assert (names.reads, names.soft_reads) == (frozenset(), {name})


@pytest.mark.parametrize(
    ("cell", "found", "why"),
    [
        ("for k in bar(xs): use(k)", {"k"}, "read inside only"),
        ("for k, (v, *w) in xs: pass\nfor k in ys: pass", {"k", "v", "w"}, "of several loops"),
        ("for k in xs: pass\nprint(k)", set(), "read after a loop that may not run"),
        ("for k in [1]: pass\nprint(k)", {"k"}, "read after one that does"),
        ("k = 0\nfor k in xs: pass", set(), "assigned as well"),
        ("for k in xs: k += 1", set(), "assigned inside"),
        ("for k in xs: y = [k := 1]", set(), "by a walrus"),
        ("def f():\n    global k\n    k = 1\nfor k in xs: f()", set(), "by a function"),
        ("for k in (y := xs): pass", {"k"}, "the iterable is no target"),
        ("for x[0] in ys: pass", set(), "an item is no name"),
    ],
)
def test_names_that_only_loops_bind(cell, found, why):
    assert analyse_cell(cell).loop_names == found, why
