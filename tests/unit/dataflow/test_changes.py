"""What else a cell does: mutation, deletion, imports, definitions, outputs, IPython syntax."""

from __future__ import annotations

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from maze_nb.dataflow import ImportedName, MagicLine, analyse_cell

# The cell, the names it mutates, the names it reads, its outputs, and why.
MUTATIONS = [
    ("df['x'] = 1", "df", "df", "df", "an item of somebody else's value"),
    ("df.x = 1", "df", "df", "df", "an attribute"),
    ("df['x'] += y", "df", "df y", "df", "augmented assignment of an item"),
    ("df.loc[i, 'x'] = y", "df", "df i y", "df", "the value at the root of the target changes"),
    ("a.b[c].d = e", "a", "a c e", "a", "through several steps"),
    ("del df['x']", "df", "df", "df", "deletion of an item"),
    ("del a.b", "a", "a", "a", "deletion of an attribute"),
    ("a[0], b.c, d = e", "a b", "a b e", "a b d", "among the targets of an unpacking"),
    ("for a.b in c: pass", "a", "a c", "a", "as the target of a loop"),
    ("with c as a['b']: pass", "a", "a c", "a", "as the name of a context"),
    ("[0 for a['k'] in b]", "a", "a b", "a", "as the target of a comprehension"),
    ("a[b]: int = c", "a", "a b c", "a", "with an annotation"),
    ("a.b: int", "", "a", "", "an annotation alone changes nothing"),
    ("df = f()\ndf['x'] = 1", "", "f", "df", "its own value is just being made"),
    ("df['x'] = 1\ndf = g(df)", "df", "df g", "df", "somebody else's, then its own"),
    ("if c: df = f()\ndf['x'] = 1", "df", "c f df", "df", "perhaps somebody else's"),
    ("f(a)['x'] = 1", "", "f a", "", "the result of a call has no name"),
    ("def f(d): d['x'] = 1", "", "", "f", "a parameter has no value yet"),
    ("def f(): d['x'] = 1", "d", "d", "f d", "a function that changes a global"),
    ("d = {}\ndef f(): d['x'] = 1", "", "", "d f", "a function that changes a global of the cell"),
    ("def f(): d['x'] = 1\nf()\nd = {}", "d", "d", "f d", "called while it is somebody else's"),
    ("class C:\n    a = {}\n    a['k'] = 1", "", "", "C", "a name of the class body"),
    ("class C:\n    a['k'] = 1", "a", "a", "a C", "a class body that changes a global"),
    ("class C:\n    def m(self): self.x = 1", "", "", "C", "attributes of self"),
    ("_d['x'] = 1", "", "", "", "a private value"),
    ("x.append(1)", "", "x", "", "what a method does cannot be seen"),
]


@pytest.mark.parametrize(("cell", "mutates", "reads", "outputs", "why"), MUTATIONS)
def test_mutations(cell, mutates, reads, outputs, why):
    names = analyse_cell(cell)
    assert names.mutates == set(mutates.split()), why
    assert names.reads == set(reads.split()), why
    assert sorted(names.outputs) == sorted(outputs.split()), why
    assert names.mutates <= names.reads


# The cell, the names it deletes, reads and writes, and why.
DELETIONS = [
    ("del x", "x", "x", "", "a name of somebody else has to be there"),
    ("x = 1\ndel x", "x", "", "", "an own name that is gone in the end is no write"),
    ("x = 1\ndel x\nx = 2", "", "", "x", "made again"),
    ("del x\nx = 2", "", "x", "x", "deleted, then made"),
    ("x = 1\nif c: del x", "", "c", "x", "perhaps still there"),
    ("del a, (b, c)", "a b c", "a b c", "", "several at once"),
    ("def f():\n    x = 1\n    del x", "", "", "f", "a local name"),
    ("for i in a: pass\ndel i", "i", "a i", "", "a loop name tidied away"),
    ("df['x'] = 1\ndel df", "df", "df", "", "changed, then deleted"),
]


@pytest.mark.parametrize(("cell", "deletes", "reads", "writes", "why"), DELETIONS)
def test_deletions(cell, deletes, reads, writes, why):
    names = analyse_cell(cell)
    assert names.deletes == set(deletes.split()), why
    assert names.reads == set(reads.split()), why
    assert names.writes == set(writes.split()), why
    assert not set(names.outputs) & names.deletes


# The cell, the names flagged as imports, its outputs, and why.
IMPORTS = [
    ("import numpy as np", "np", "", "an import is no output"),
    ("import os.path\nimport os", "os", "", "two imports of one package agree"),
    ("import a as x\nimport b as x", "", "x", "two imports that differ make a value"),
    ("try: import a\nexcept ImportError: a = None", "", "a", "an import or a value is a value"),
    ("if c: from a import x\nelse: from b import x", "", "x", "the same name from two modules"),
    ("def f():\n    import a", "", "f", "an import inside a function is local"),
    ("import a\na = a.b", "", "a", "a name made anew is an output"),
    ("import a\ndel a", "", "", "an import that is gone"),
    ("class C: import a", "", "C", "an import inside a class"),
]


@pytest.mark.parametrize(("cell", "imports", "outputs", "why"), IMPORTS)
def test_imports_are_flagged(cell, imports, outputs, why):
    names = analyse_cell(cell)
    assert names.imports == set(imports.split()), why
    assert set(names.outputs) == set(outputs.split()), why


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


# A cell as a person types it, what it reads, reads softly and writes, and why.
IPYTHON = [
    ("!ls", "", "", "", "a shell command"),
    ("!ls {folder} $name", "", "folder name", "", "names that IPython fills in if they exist"),
    ("!echo $$HOME", "", "", "", "a doubled dollar is left to the shell"),
    ("!awk '{print $1}' f", "", "", "", "braces that are no Python"),
    ("!ls {a[i]}", "", "a i", "", "an expression to fill in"),
    ("x = 1\n!echo {x}", "", "", "x", "an own name in a shell command"),
    ("files = !ls {folder}", "", "folder", "files", "the output of a shell command"),
    ("%matplotlib inline\nx = y", "y", "", "x", "a line magic"),
    ("x = %env HOME", "", "", "x", "the value of a line magic"),
    ("x?", "", "", "", "help"),
    ("x??\ny = z", "z", "", "y", "help with source, then code"),
    ("%%timeit\nx = y", "", "", "", "a cell magic hides what is in it"),
    ("if a:\n    !ls\n    %pwd", "a", "", "", "indented IPython syntax"),
]


@pytest.mark.parametrize(("cell", "reads", "soft", "writes", "why"), IPYTHON)
def test_ipython_syntax(cell, reads, soft, writes, why):
    names = analyse_cell(TransformerManager().transform_cell(cell))
    assert names.reads == set(reads.split()), why
    assert names.soft_reads == set(soft.split()), why
    assert names.writes == set(writes.split()), why


def test_magics_are_listed_with_their_lines():
    transform = TransformerManager().transform_cell
    assert analyse_cell(transform("a = 1\n%time f()\ndef g():\n    %pwd\n")).magics == (
        MagicLine("time", 2),
        MagicLine("pwd", 4),
    )
    assert analyse_cell(transform("%%bash\nls")).magics == (MagicLine("bash", 1, True),)


def test_what_ipython_adds_to_every_notebook_is_not_read():
    assert analyse_cell("display(1)\nget_ipython()\nOut[1], In[2]\nexit").reads == set()
