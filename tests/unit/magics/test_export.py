"""Cells written as a module: the same values, the cells' own text, and what cannot be written."""

from __future__ import annotations

import asyncio
import inspect
import os
import runpy
import subprocess
import sys

import pytest

from maze_nb.magics.export_module import export
from maze_nb.runners.cell import Absent
from maze_nb.runners.outputs import match_outputs
from maze_nb.sdk.workflow_task import OutputReference
from maze_nb.sdk.written.names import identifier
from maze_nb.sdk.written.text import dedented, indented


def run_here(graph):
    """Run the tasks of a graph in this process; return all that they make by name."""
    done, made = {}, {}
    for each in graph.get_tasks():
        inputs = {
            name: done[value.task.task_id][value.name]
            if isinstance(value, OutputReference)
            else value
            for name, value in each.inputs.items()
        }
        returned = each.function.function(**inputs)
        if inspect.iscoroutine(returned):
            returned = asyncio.run(returned)
        found = match_outputs(returned, each.function.outputs, "plain", each.name)
        done[each.task_id] = found
        made.update(found)
    return made


def same(left, right):
    """Tell whether two dicts of values are the same, functions and modules left out."""

    def plain(values):
        return {name: repr(value) for name, value in values.items() if not callable(value)}

    return plain(left) == plain(right)


def mark(notebook, cells):
    """Run the first cell, mark the others; those that begin with % are run too."""
    notebook.run(cells[0])
    for number, cell in enumerate(cells[1:]):
        is_plain = cell.startswith("%")
        notebook.run(cell[1:] if is_plain else f"%%maze_task cell{number}\n{cell}")


CASES = {
    "edges": ["", "a = 1", "b = a + 1", "c = a * b"],
    "several outputs": ["", "a, b = 1, [2]", "c = a + b[0]"],
    "notebook variables": ["k = [1, {'x': (1, 2.5)}]\ns = 'a\\nb'", "a = k[1]['x'], s"],
    "a changed notebook variable": ["d = {'a': 1}", "d['b'] = 2", "n = len(d)"],
    "one name that differs from cell to cell": [
        "k = 1",
        "a = k",
        "%k = 2",
        "b = k + a",
    ],
    "floats that are no literals": ["k = float('inf')\nn = [float('nan')]", "a = k, n"],
    "what is stored": ["import numpy as np\nm = np.arange(4)", "a = m.sum()", "b = m * a"],
    "a path": ["from pathlib import Path\np = Path('x') / 'y'", "a = p.name"],
    "values that share a part": ["i = [1]\no = [i, i]", "a = o[0] is o[1]"],
    "imports of the notebook": [
        "import math, os.path as op, xml.dom.minidom\nfrom math import floor as down",
        "a = down(math.pi), op.basename('a/b')",
        "b = xml.dom.minidom.parseString('<a/>').documentElement.tagName",
    ],
    "imports of other cells": [
        "",
        "import fractions as fr\nh = fr.Fraction(1, 2)",
        "b = h + fr.Fraction(1, 3)",
    ],
    "imports that differ": ["", "import math as m\na = m.pi", "import cmath as m\nb = m.sqrt(-1)"],
    "imports within": ["", "a = 1\nif a:\n    import math\n    b = math.pi", "c = b"],
    "functions": ["def f(v, *a, k=2, **kw):\n    return v * k\n", "a = f(3)", "b = f(a, 1, z=3)"],
    "functions that read notebook variables": [
        "rate = 3\ndef fee(): return rate\ndef f(v): return v * rate + fee()",
        "a = f(2)",
        "b = a + rate",
    ],
    "functions that read what a task makes": [
        "rate = 10\ndef f(n): return n * rate + g()\ndef g(): return extra",
        "x = f(2)",
        "extra = 5",
    ],
    "functions that see what the cell assigns": [
        "rate = 1\ndef f(n): return n * rate",
        "rate = 5\nx = f(2)",
    ],
    "functions that differ": ["def f(): return 1", "a = f()", "%def f(): return 2", "b = f() + a"],
    "functions that call each other": [
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)",
        "a = even(4), odd(4)",
    ],
    "lambdas": ["f = lambda v: v + 1", "a = f(1)"],
    "decorators and defaults": [
        "import functools as ft\nk = 4\n@ft.lru_cache(maxsize=2)\ndef f(v, by=k): return v * by",
        "a = f(2)",
    ],
    "classes": [
        "class Base:\n    n = 4\n\nclass C(Base):\n    def get(self):\n        return self.n",
        "a = C().get()",
        "b = Base.n + a",
    ],
    "dataclasses": [
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 3",
        "a = P(4).x",
        "b = P().x",
    ],
    "classes of a cell": ["", "class C:\n    n = 4\ndef f(v): return v * k\nk = 2", "a = f(C.n)"],
    "tasks of the notebook": [
        "from maze_nb import task\n@task\ndef add(a, b): return a + b",
        "a = add(1, 2)",
        "b = add(a, 1)",
    ],
    "names that are private": ["", "_x = 1\na = _x", "_x = 2\nb = _x + a"],
    "await": [
        "",
        "import asyncio\nawait asyncio.sleep(0)\na = 1\nasync def f(): return 2",
        "b = await f() + a",
    ],
    "strings over lines": [
        "",
        "a = '''x\n  y\n'''\nb = f'''{a}\n z{\n1 + 1}\n'''\nc = 'p\\\nq'\nd = (1 +\n2)",
        "e = a + b + c",
    ],
    "blocks": [
        "",
        "a = []\nfor i in range(3):\n\n    # note\n    if i:\n        a.append(i)\n",
        "b = i, a",
    ],
    "what may not be made": ["", "a = 1\nif a > 1:\n    z = 1", "b = a"],
    "open files": [
        "",
        "with open('/dev/null') as f:\n    a = f.read()\ng = (v for v in a)\na += ''.join(g)",
        "b = a + 'x'",
    ],
    "a cell without outputs": ["", "a = 1", "_ = a"],
    "shadowed names": ["", "id = 7", "task = id, len([])", "outputs = task", "after = outputs[1]"],
    "a dict with its own name": ["", "config = {'config': 1}", "a = config"],
    "star targets and walrus": [
        "",
        "a, *b = 1, 2, 3\nif (n := len(b)) > 1:\n    c = n",
        "d = b, n",
    ],
    "comprehensions": [
        "k = 2",
        "a = [v * k for v in range(3)]",
        "b = {v: [w + k for w in a] for v in a}",
    ],
    "comments first": ["", "# note\n\n# more\nimport math\na = math.pi", "b = a"],
}


@pytest.mark.parametrize("cells", CASES.values(), ids=CASES.keys())
def test_the_module_gives_what_the_cells_give(notebook, tmp_path, cells):
    mark(notebook, cells)
    wanted = notebook.compute()
    file = tmp_path / "exported.py"
    notebook.run(f"%maze_export {file}")
    made = run_here(runpy.run_path(str(file))["notebook"]())
    there = {name: value for name, value in wanted.items() if not isinstance(value, Absent)}
    unmade = {name for name in made if made[name] is None and name not in there}
    assert same({name: made[name] for name in made if name not in unmade}, there)
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore", "E7", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + file.read_text()


MODULE = '''\
"""Workflow 'sales': what the task cells of a notebook do."""

import math
from fractions import Fraction

from maze_nb import task, workflow

rate = 3


def price(n):
    # by the dozen
    return n * rate


@task(outputs=["xs", "label"], resources={"cpu": 2, "cpu_mem": 64}, retries=2, tags=["big"])
def load_data():
    xs = [math.pi, 2]  # all of them
    label = """a
  b"""
    return {"xs": xs, "label": label}


@task(outputs=["total"], timeout=30, cache=True)
def make_total(xs):
    total = Fraction(price(len(xs)))
    return {"total": total}


@workflow
def sales():
    from_load_data = load_data()
    from_make_total = make_total(xs=from_load_data.xs)
    return {"total": from_make_total.total}


if __name__ == "__main__":
    pipeline = sales()
    run_id = pipeline.run()
    pipeline.show_results(run_id)
    for name, value in pipeline.returned(run_id).items():
        print(f"{name} = {value!r}")
'''


def test_how_a_module_reads(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook.run("%maze_workflow new sales")
    notebook.run("rate = 3\ndef price(n):\n    # by the dozen\n    return n * rate")
    notebook.run(
        "%%maze_task 'load data' --cpu 2 --cpu-mem 64 --retries 2 --tags big --no-cache\n"
        'import math\n\nxs = [math.pi, 2]  # all of them\nlabel = """a\n  b"""'
    )
    notebook.run(
        "%%maze_task --timeout 30\nfrom fractions import Fraction\ntotal = Fraction(price(len(xs)))"
    )
    assert notebook.run("%maze_export") == "wrote sales.py: load_data, make_total\n"
    assert (tmp_path / "sales.py").read_text() == MODULE
    assert "sales.py is there already" in notebook.fail("%maze_export")
    notebook.run("%maze_export --force")


@pytest.mark.parametrize(
    ("before", "cell", "line", "said"),
    [
        ("", "", "x.py", "there are no task cells yet"),
        ("", "", "", "or say %maze_export wf to export the workflow that a variable holds"),
        ("", "a = 1", "x.txt", "x.txt is no Python module: give a FILE.py"),
        ("", "a = 1", "my-flow.py", "call it my_flow.py"),
        ("", "a = 1", "class.py", "call it class_.py"),
        ("", "a = 1", "nowhere/x.py", "there is no folder nowhere"),
        ("", "a = 1", "x.py --forse", "did you mean '--force'?"),
        ("", "a = 1\ndef f():\n    global a\n    a = 2\nf()", "x.py", "cell 't' has 'global a'"),
        ("", "a = 1\nb = globals()['a']", "x.py", "cell 't' has 'globals()' on line 3"),
        ("", "exec('a = 1')\nb = 1", "x.py", "cell 't' has 'exec()'"),
        (
            "class C: pass\nc = C()",
            "a = c",
            "x.py",
            "a C that cannot be written into a module or a file (its class is defined in the",
        ),
        (
            "def make():\n    def inner(): return 1\n    return inner\nf = make()",
            "a = f()",
            "x.py",
            "cell 't' reads 'f', whose source (make.<locals>.inner) is no statement of a cell",
        ),
    ],
)
def test_what_cannot_be_exported(notebook, tmp_path, monkeypatch, before, cell, line, said):
    monkeypatch.chdir(tmp_path)
    if before:
        notebook.run(before)
    if cell:
        notebook.run(f"%%maze_task t\n{cell}")
    assert said in notebook.fail(f"%maze_export {line}")
    assert not list(tmp_path.glob("*.p*"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a b", "a_b"),
        ("1st", "cell_1st"),
        ("class", "class_"),
        ("!", "cell"),
        ("é-x", "é_x"),
        ("match", "match_"),
    ],
)
def test_names_become_identifiers(text, name):
    assert identifier(text) == name
    assert name.isidentifier()


@pytest.mark.parametrize(
    "code",
    [
        "a = 1\n",
        "a = '''x\n  y\n'''\nb = 2",
        "if a:\n    b = f'''{a}\n c{\n  d}\n'''\n",
        "a = [\n1,\n  2]\n\nb = 3",
        "a = 'x\\\n  y'\nb = \\\n  1",
        "if a:\n\tb = 1\n\tc = '''\n\t'''",
        "a = b'''\n '''\n# end",
    ],
)
def test_code_is_moved_without_touching_strings(code):
    moved = indented(code)
    assert dedented(moved) == code
    before, after = (
        [part for part in compile(text, "x", "exec").co_consts if isinstance(part, str | bytes)]
        for text in (code, f"if True:\n{moved}\n")
    )
    assert before == after


@pytest.mark.parametrize("cells", CASES.values(), ids=CASES.keys())
def test_what_is_loaded_again_gives_the_same(notebook, tmp_path, cells):
    known = set(notebook.shell.user_ns)
    mark(notebook, cells)
    names = [cell.name for cell in notebook.session.book.in_order()]
    file = tmp_path / "exported.py"
    notebook.run(f"%maze_export {file}")
    exported = run_here(runpy.run_path(str(file))["notebook"]())
    notebook.run("%maze_workflow new")
    for name in set(notebook.shell.user_ns) - known:
        del notebook.shell.user_ns[name]
    notebook.run(f"%load_maze {file}")
    assert [cell.name for cell in notebook.session.book.in_order()] == names
    assert same(notebook.compute(), exported)
    shown = notebook.shell.rl_next_input
    notebook.run("%maze_workflow new")
    notebook.run(shown)
    assert same(notebook.compute(), exported)


OPTIONS = [
    "--timeout 60 --isolation process --retries 2 --backoff 0.5 --priority -3 --keep both",
    "--deadline 600 --tags a,b --prefer c --node n1 --version 2",
    "--deadline 2090-01-31T18:00 --gpu 0.5 --gpu-mem 100",
    "--cpu 0.5 --cpu-mem 1500000.5 --no-cache",
    "--env HOME --env OMP_NUM_THREADS=4 --secrets TOKEN",
]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_go_there_and_back(notebook, tmp_path, options):
    notebook.run(f"%%maze_task 'a task' {options}\nx = 1")
    (before,) = notebook.session.book.cells()
    file = tmp_path / "exported.py"
    notebook.run(f"%maze_export {file}")
    module = runpy.run_path(str(file))
    (task,) = module["notebook"]().get_tasks()
    assert (task.options, task.resources) == (before.options, before.resources)
    assert os.environ["HOME"] not in file.read_text()
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", str(file)], check=False
    )
    assert linted.returncode == 0
    notebook.run("%maze_workflow new")
    notebook.run(f"%load_maze {file}")
    (after,) = notebook.session.book.cells()
    assert (after.options, after.resources) == (before.options, before.resources)


def test_what_several_cells_make_stays_in_them(notebook):
    mark(notebook, ["", "fig, x = 'a', 1\nfor i in [1, 2]: pass", "fig, y = 'b', x\ni = 3"])
    text = export(notebook.session.book, "flow", {}).text
    assert text.count('outputs=["x"]') == text.count('outputs=["y"]') == 1
