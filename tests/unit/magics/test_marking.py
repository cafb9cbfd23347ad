"""Cells marked in a real IPython shell: what they take, make, replace, and what is refused."""

from __future__ import annotations

import pytest


def test_a_marked_cell_is_not_run_here(notebook):
    said = notebook.run("%%maze_task one\nx = 1\n1 / 0")
    assert said == "task 'one': reads nothing; makes x\n"
    assert "x" not in notebook.shell.user_ns


def test_edges_follow_from_names_in_any_order(notebook):
    said = notebook.run("%%maze_task end\nz = x + y")
    assert said == "task 'end': reads x, y (nobody makes them yet); makes z\n"
    notebook.run("%%maze_task start\nx, y = 1, 2")
    assert notebook.edges() == ["start x,y end"]
    assert notebook.compute() == {"x": 1, "y": 2, "z": 3}


def test_what_a_cell_reads_is_told_by_cell(notebook):
    notebook.run("%%maze_task split\na, b, c, d, e, f, g = range(7)")
    notebook.run("%%maze_task other\nh = 8\nn0 = n1 = n2 = n3 = n4 = n5 = 0")
    assert notebook.run("k = 1") == ""
    said = notebook.run("%%maze_task use\ny = a + b + c + d + e + f + g + h + k + nowhere")
    assert said == (
        "task 'use': reads a, b, c, d, e, f, … (cell split), h (cell other), k, nowhere "
        "(nobody makes it yet); makes y\n"
    )


def test_the_notebook_travels_along_as_it_was(notebook):
    notebook.run(
        "import math\nfrom math import floor as down\nk = [1, 2]\ndef double(v): return 2 * v"
    )
    said = notebook.run("%%maze_task t\nx = [down(math.pi), double(k[0]), sum(k)]")
    assert said == "task 't': reads double, down, k, math; makes x\n"
    notebook.run("k.append(100)\ndef double(v): return 0")
    assert notebook.compute() == {"x": [3, 2, 3]}


def test_a_notebook_function_finds_what_a_task_makes(notebook):
    notebook.run("rate = 10\ndef price(n): return n * rate + fee()\ndef fee(): return surcharge")
    notebook.run("%%maze_task total\nx = price(2)")
    notebook.run("%%maze_task extra\nsurcharge = 5")
    assert notebook.edges() == ["extra surcharge total"]
    assert notebook.compute()["x"] == 25


def test_objects_that_share_still_share(notebook):
    notebook.run("inner = [1]\nouter = [inner]\nclass C: pass\nc = C()")
    notebook.run("%%maze_task t\ninner_too = outer[0] is inner\nsame_class = isinstance(c, C)")
    assert notebook.compute() == {"inner_too": True, "same_class": True}


def test_large_data_travels_on_its_own(notebook):
    notebook.run("import numpy as np\nbig = np.arange(100_000)\nsmall = np.arange(3)")
    notebook.run("%%maze_task t\nx = int(big[-1] + small[-1])")
    (cell,) = notebook.session.book.cells()
    assert set(cell.captured.inputs) == {"big", "(notebook)"}
    assert len(cell.captured.inputs["(notebook)"].data) < 10_000
    assert notebook.compute() == {"x": 100_001}


def test_submodules_come_with_their_package(notebook):
    notebook.run("import xml\nimport xml.dom.minidom")
    notebook.run("%%maze_task t\nx = xml.dom.minidom.parseString('<a/>').documentElement.tagName")
    assert notebook.compute() == {"x": "a"}


def test_a_cell_uses_what_another_task_cell_imports(notebook):
    notebook.run("%%maze_task a\nimport fractions as fr\nhalf = fr.Fraction(1, 2)")
    notebook.run("%%maze_task b\nx = half + fr.Fraction(1, 3)")
    assert notebook.edges() == ["a half b"]
    assert str(notebook.compute()["x"]) == "5/6"


def test_functions_and_classes_of_a_task_cell_are_made_too(notebook):
    notebook.run("%%maze_task tools\nk = 3\ndef f(v): return v * k\nclass C:\n    n = 4")
    notebook.run("%%maze_task use\nx = f(C.n)")
    assert notebook.compute()["x"] == 12


def test_names_of_a_task_cell_win_over_notebook_variables(notebook):
    notebook.run("x = 'old'")
    notebook.run("%%maze_task a\nx = 'new'")
    notebook.run("%%maze_task b\ny = x")
    assert notebook.compute()["y"] == "new"


def test_a_conditional_write_keeps_the_notebooks_value(notebook):
    notebook.run("x = 'kept'\nflag = False")
    notebook.run("%%maze_task t\nif flag:\n    x = 'made'")
    assert notebook.compute() == {"x": "kept"}


def test_a_changed_notebook_value_is_given_on(notebook):
    notebook.run("d = {'a': 1}")
    notebook.run("%%maze_task change\nd['b'] = 2")
    notebook.run("%%maze_task use\nn = len(d)")
    assert notebook.compute()["n"] == 2
    assert notebook.shell.user_ns["d"] == {"a": 1}


def test_a_changed_module_is_not_given_on(notebook):
    notebook.run("import sys, types")
    notebook.run("%%maze_task a\nimport math\nsys.path.append('here')\nx = 1")
    notebook.run("%%maze_task b\nsys.path.append('there')\nmath.tau = 6\ny = x")
    assert [cell.outputs for cell in notebook.session.book.cells()] == [("x",), ("y",)]
    assert notebook.edges() == ["a x b"]


def test_a_list_that_a_cell_appends_to_is_given_on(notebook):
    notebook.run("xs = [1]")
    notebook.run("%%maze_task more\nxs.append(2)")
    notebook.run("%%maze_task use\nn = len(xs)")
    assert notebook.edges() == ["more xs use"]
    assert notebook.compute()["n"] == 2


def test_shadowed_builtins_make_edges_and_others_do_not(notebook):
    notebook.run("%%maze_task a\nid = 7")
    notebook.run("%%maze_task b\nx = id, open is __builtins__['open'], len([])")
    assert notebook.edges() == ["a id b"]
    (b,) = (cell for cell in notebook.session.book.cells() if cell.name == "b")
    assert b.captured.names == set()


def test_names_that_nobody_reads_can_be_made_by_several_cells(notebook):
    notebook.run("%%maze_task a\nfig, x = 'a', 1\nfor i in [1, 2]: pass")
    notebook.run("%%maze_task b\nfig, y = 'b', x + 1\nfor i in [3]: fig += 'b'")
    notebook.run("%%maze_task c\nz = y\nfor i in range(y): z += i")
    assert notebook.edges() == ["a x b", "b y c"]
    assert notebook.compute()["z"] == 3


def test_the_name_of_a_loop_is_not_taken_along(notebook):
    notebook.run("k = 7\nxs = []")
    said = notebook.run("%%maze_task t\nn = 0\nfor k in list(xs): n += k")
    assert said == "task 't': reads xs; makes n, k\n"
    notebook.run("%maze_workflow new")
    said = notebook.run("%%maze_task t\nfor k in list(xs): pass\nlast = k")
    assert said == "task 't': reads k, xs; makes k, last\n"


def test_await_at_top_level(notebook):
    notebook.run("%%maze_task t\nimport asyncio\nasync def f(): return 5\nx = await f()")
    assert notebook.compute()["x"] == 5


def test_decorated_functions_stay_callable(notebook):
    notebook.run(
        "from maze_nb import task\n"
        "@task(inputs=['n'], outputs=['m'])\ndef double(params): return {'m': 2 * params['n']}"
    )
    notebook.run(
        "%%maze_task t\nx = double({'n': 4})['m']\n"
        "@task\ndef add(a, b): return a + b\ny = add(1, 2)"
    )
    made = notebook.compute()
    assert (made["x"], made["y"], made["add"](3, 4)) == (8, 3, 7)


@pytest.mark.parametrize(
    ("line", "reads", "made"),
    [
        ("t -o y", {"k"}, {"y"}),
        ("t -i k -o x,y", {"k"}, {"x", "y"}),
        ("t -i ''", {"k"}, {"x", "y"}),
    ],
)
def test_inputs_and_outputs_by_hand(notebook, line, reads, made):
    notebook.run("k = 1")
    notebook.run(f"%%maze_task {line}\nx = k\ny = x + 1")
    (cell,) = notebook.session.book.cells()
    assert cell.captured.names == reads
    assert set(notebook.compute()) == made


def test_an_input_by_hand_makes_an_edge_that_no_code_shows(notebook):
    notebook.run("%%maze_task a\nx = 2")
    notebook.run("%%maze_task b -i x\ny = eval('x + 1')")
    assert notebook.edges() == ["a x b"]
    assert notebook.compute()["y"] == 3


# Two versions of a cell as (line, body, cell id), the names of the cells afterwards, and why.
REPLACED = [
    (("a", "x = 1", "c1"), ("a", "y = 1", "c1"), ["a"], "the same notebook cell"),
    (("a", "x = 1", "c1"), ("b", "x = 1", "c1"), ["b"], "the same notebook cell, renamed"),
    (("", "x = 1", "c1"), ("", "y = 1", "c1"), ["x"], "the same cell keeps the name it was given"),
    (("a", "x = 1", None), ("a", "y = 1", None), ["a"], "the same name, no ids"),
    (("a", "x = 1", None), ("a", "y = 1", "c1"), ["a"], "the same name, and an id since"),
    (("", "x = 1", None), ("", "x = 2", None), ["x"], "neither id nor name: the same outputs"),
    (("", "x, y = 1, 2", None), ("", "y = 1; x = 2", None), ["x"], "outputs in any order"),
    (("", "x = 1", None), ("", "y = 2", None), ["x", "y"], "another cell"),
    (("a", "x = 1", "c1"), ("b", "y = 1", "c2"), ["a", "b"], "another notebook cell"),
    (("", "print(1)", "c1"), ("", "print(1)", "c2"), ["cell", "cell-2"], "cells that make nothing"),
]


@pytest.mark.parametrize(("first", "second", "names", "why"), REPLACED)
def test_a_cell_run_again_replaces_its_task(notebook, first, second, names, why):
    for line, body, cell_id in (first, second):
        notebook.run(f"%%maze_task {line}\n{body}", cell_id=cell_id)
    assert [cell.name for cell in notebook.session.book.cells()] == names, why


def test_edges_of_others_follow_when_a_cell_is_replaced(notebook):
    notebook.run("%%maze_task a\nx = 1")
    notebook.run("%%maze_task b\ny = x")
    task_id = notebook.session.book.cells()[0].task_id
    notebook.run("%%maze_task a\nx = 5\nw = 6")
    assert notebook.edges() == ["a x b"]
    assert notebook.session.book.cells()[0].task_id == task_id
    assert notebook.compute()["y"] == 5
    notebook.run("%%maze_task a\nw = 6")
    assert notebook.edges() == []
    assert "reads 'x' on line 2" in notebook.fail("%maze_run")


# Cells to run first, the cell that is refused, words the person must see, and why.
REFUSED = [
    ([], "%%maze_task t\nx = = 1", ["CellError", "'t'", "line 2", "x = = 1", "^"], "syntax"),
    ([], "%%maze_task t\n\n\nreturn 1", ["line 4", "'return' outside function"], "a stray return"),
    ([], "%%maze_task t\n# words\n\n", ["t has no code"], "only comments"),
    ([], "%%maze_task t --cup 1\nx = 1", ["did you mean '--cpu'?"], "a misspelt option"),
    ([], "%%maze_task t -o yy\ny = 1", ["'yy'", "did you mean 'y'?"], "an output never made"),
    (
        [],
        "%%maze_task t -o np\nimport numpy as np",
        ["'np'", "import it too"],
        "an import as output",
    ),
    ([], "%%maze_task t\nx = 1\n%time 2", ["%time on line 3", "worker"], "a magic"),
    ([], "%%maze_task t\n%%time\nx = 1", ["%%time on line 2"], "another cell magic"),
    ([], "%%maze_task t\nx = !ls", ["subprocess.run"], "a shell command"),
    ([], "%%maze_task t\nx = _y", ["'_y' on line 2", "private"], "a private name of others"),
    ([], "%%maze_task t\nfrom math import *", ["from math import *", "one by one"], "star import"),
    (
        ["lock = __import__('threading').Lock()\nk = 1"],
        "%%maze_task t\nx = k, lock",
        ["'t' reads 'lock' on line 2", "a lock that cannot travel", "make it inside the cell"],
        "a lock",
    ),
    (["g = (i for i in 'ab')"], "%%maze_task t\nx = list(g)", ["'g'", "generator"], "a generator"),
    (
        ["import sys\nf = sys.__stderr__"],
        "%%maze_task t\nx = f.name",
        ["'f' on line 2", "open file"],
        "an open file",
    ),
    (
        ["lock = __import__('threading').Lock()\ndef f(): return lock"],
        "%%maze_task t\nx = f()",
        ["'f' on line 2", "a function that cannot travel"],
        "a function that holds a lock",
    ),
    (
        ["%%maze_task a\nx = 1", "%%maze_task c\ny = x"],
        "%%maze_task b\nx = 2",
        ["'a' and 'b' both make 'x'", "which cell 'c' reads on line 2", "forget"],
        "two makers of what a third one reads",
    ),
    (
        ["%%maze_task a\nx = 1", "%%maze_task b\nx = 2"],
        "%%maze_task c\ny = x",
        ["'a' and 'b' both make 'x'", "which cell 'c' reads on line 2", "another name"],
        "a reader of what two others make",
    ),
    (
        ["%%maze_task a -o x\nx = 1"],
        "%%maze_task b\nx = 2",
        ["'a' and 'b' both make 'x'"],
        "two makers of what is an output by hand",
    ),
    (
        ["%%maze_task a\nx = 1"],
        "%%maze_task b\nx = x + 1",
        ["cell 'b' makes 'x' anew from the 'x' of cell 'a'", "forget"],
        "a cell that redefines what a task of another makes",
    ),
    (
        ["%%maze_task a\nrows = []"],
        "%%maze_task b\nrows.append(1)",
        ["cell 'b' changes 'rows' on line 2, which cell 'a' makes", "a copy under another name"],
        "a change by a method",
    ),
    ([], "%%maze_task t -i 2x\ny = 1", ["'2x' is not a name", "usage"], "no identifier"),
    ([], "%%maze_task t -o class\ny = 1", ["'class' is not a name"], "a keyword"),
    ([], "%%maze_task t\nyield 1", ["line 2", "'yield' outside function"], "a stray yield"),
    ([], "%%maze_task t\n\n  # only words\n", ["t has no code"], "blank lines and comments"),
    (
        ["%%maze_task a\nd = {}"],
        "%%maze_task b -o y\nd['k'] = y = 1",
        ["'b' changes 'd' on line 2, which cell 'a' makes"],
        "a change of what another makes",
    ),
    (
        ["%%maze_task a\nx = y"],
        "%%maze_task b\ny = x",
        ["'a', 'b' wait for each other"],
        "a cycle",
    ),
]


@pytest.mark.parametrize(("before", "cell", "words", "why"), REFUSED)
def test_refusals_say_what_to_do_and_leave_the_book_as_it_was(notebook, before, cell, words, why):
    for source in before:
        notebook.run(source)
    cells = notebook.session.book.cells()
    said = notebook.fail(cell)
    for word in words:
        assert word in said, why
    assert notebook.session.book.cells() == cells
    notebook.run("%%maze_task later\nlater = 1")


def test_another_cell_of_the_same_name_is_refused_until_the_first_is_forgotten(notebook):
    notebook.run("%%maze_task a\nx = 1", cell_id="c1")
    said = notebook.fail("%%maze_task a\ny = 1", cell_id="c2")
    assert "another cell of this notebook is the task 'a'" in said
    notebook.run("%maze_workflow forget a")
    notebook.run("%%maze_task a\ny = 1", cell_id="c2")
    assert notebook.compute() == {"y": 1}


def test_the_id_of_a_jupyter_cell_comes_with_its_message(notebook):
    notebook.shell.get_parent = lambda: {"metadata": {"cellId": "from-jupyter"}}
    notebook.run("%%maze_task a\nx = 1")
    assert [cell.cell_id for cell in notebook.session.book.cells()] == ["from-jupyter"]


# Cells, words of the error at %maze_run, and why.
INCOMPLETE = [
    (
        ["%%maze_task b\ny = xs"],
        ["'b' reads 'xs' on line 2", "no task cell makes", "make it in a cell above"],
        "nobody",
    ),
    (
        ["%%maze_task a\nq = 1", "%%maze_task b\ny = xs"],
        ["no task cell makes", "known are: 'q', or"],
        "of IPython's own nothing",
    ),
    (["%%maze_task a\nxss = 1", "%%maze_task b\ny = xs"], ["did you mean 'xss'?"], "misspelt"),
    (["%%maze_task b\ny = xs", "xs = 1"], ["it is there now, so run the cell again"], "too late"),
    (
        ["%%maze_task a\nx = 1", "%%maze_task b -i ''\ny = x"],
        ["'b' reads 'x'", "cell 'a' makes", "not among the names after -i"],
        "left out by hand",
    ),
    ([], ["no task cells yet", "%%maze_task"], "nothing to run"),
]


@pytest.mark.parametrize(("cells", "words", "why"), INCOMPLETE)
def test_a_run_of_an_incomplete_workflow_says_what_lacks(notebook, cells, words, why):
    for source in cells:
        notebook.run(source)
    said = notebook.fail("%maze_run")
    for word in words:
        assert word in said, why


def test_a_name_that_the_cell_may_make_itself_is_not_missed(notebook):
    notebook.run("%%maze_task t\nfor i in range(int('2')):\n    last = i\nprint(last)")
    notebook.session.book.check({})
    assert notebook.compute() == {"i": 1, "last": 1}


def test_lines_are_those_of_the_notebook(notebook):
    notebook.run("%%maze_task t -o x\n\n\nx = 1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        notebook.compute()
    last = caught.value.__traceback__
    while last.tb_next:
        last = last.tb_next
    assert (last.tb_frame.f_code.co_filename, last.tb_lineno) == ("<cell t>", 4)


def test_the_graph_is_shown_and_workflows_are_separate(notebook):
    notebook.run("%%maze_task a\nx = 1")
    notebook.run("%%maze_task b\ny = x")
    assert "b" in notebook.run("%maze_dag")
    assert notebook.run("%maze_workflow") == "workflow 'notebook': a, b\n"
    assert notebook.run("%maze_workflow new second") == "workflow 'second': no cells yet\n"
    notebook.run("%%maze_task c\nz = 1")
    assert notebook.run("%maze_workflow") == "workflow 'second': c\n"


# A line magic, words of its refusal.
LINE_MAGICS = [
    ("%maze_workflow gnu", ["'gnu'", "usage"]),
    ("%maze_workflow forge a", ["did you mean 'forget'?"]),
    ("%maze_workflow forget", ["say which NAME"]),
    ("%maze_workflow forget a", ["no task cell 'a'"]),
    ("%maze_run quickly", ["'quickly'", "'--fail-fast'"]),
    ("%maze_run --fail-fst", ["did you mean '--fail-fast'?"]),
    ("%maze_dag", ["no task cells yet"]),
    ("%maze_results", ["no run yet"]),
    ("%maze_connect", ["usage: %maze_connect ADDRESS"]),
]


@pytest.mark.parametrize(("line", "words"), LINE_MAGICS)
def test_line_magics_refuse_what_they_do_not_know(notebook, line, words):
    said = notebook.fail(line)
    for word in words:
        assert word in said
