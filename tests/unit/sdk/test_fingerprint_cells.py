"""Notebook cells as cached tasks: what of a notebook changes the key of a cell."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# Reads {case: {cells, file}}; an ordinary cell is run, one that begins with %%maze_task is marked.
PROGRAM = """
import importlib, json, linecache, pathlib, sys
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.mark import Notebook, mark_cell
from maze_nb.magics.options import parse_options
from maze_nb.sdk.fingerprint import Fingerprints
from maze_nb.sdk.workflow_graph import WorkflowGraph

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
sys.dont_write_bytecode = True
main = vars(sys.modules["__main__"])
own = set(main) | {"own", "case", "cells"}
told = {}
for case, cells in json.load(sys.stdin).items():
    for name in set(main) - own - {"told", "book", "at", "text", "flow", "prints", "tasks"}:
        del main[name]
    (folder / "helpers.py").write_text(cells[0])
    sys.modules.pop("helpers", None)
    importlib.invalidate_caches()
    linecache.checkcache()
    book = CellBook()
    for at, text in enumerate(cells[1:]):
        if text.startswith("%%maze_task"):
            options = parse_options(text.partition("\\n")[0].removeprefix("%%maze_task"))
            mark_cell(book, options, text, Notebook(main), f"cell-{at}")
        else:
            name = f"{case} {at}"
            linecache.cache[name] = (len(text), None, text.splitlines(True), name)
            exec(compile(text, name, "exec", dont_inherit=True), main)
    flow, prints = build(book, WorkflowGraph()), Fingerprints()
    tasks = {str(task.task_id): task for task in flow.get_tasks()}
    parts = prints.parts(tasks[list(tasks)[-1]])
    made = {name: [[tasks[i].name, out] for i, out in of] for name, of in parts.upstream.items()}
    told[case] = [parts.task, parts.code, parts.inputs, made]
json.dump(told, sys.stdout)
"""

HELPERS = "LIMIT = 3\ndef norm(x):\n    return x / LIMIT\n"
NORM = "def norm(x):\n    return x / LIMIT\nLIMIT = 3\n"
CELL = "%%maze_task out\nout = norm(rows[0])\n"
ROWS = "rows = [1, 2]\n"
MODEL = "class Model:\n    rate = 2\n    def fit(self, x):\n        return x * self.rate\n"
USES_MODEL = "%%maze_task out\nout = Model().fit(rows)\n"
OBJECT = "%%maze_task out\nout = model.fit(rows)\n"
LOAD = "%%maze_task load\nrows = [1, 2]\n"
IMPORTED = "import helpers\nfrom helpers import norm\n"
LARGE = "import numpy\nrows = numpy.arange(100_000)\n"
INSIDE = "%%maze_task out\nfrom helpers import norm\nout = norm(1)\n"
PRELUDE = "%%maze_task first\nimport math as m\nfirst = m.pi\n"
AFTER = "%%maze_task out\nout = m.floor(first)\n"

BASE = [HELPERS, NORM + ROWS, CELL]
CHANGES = [
    ("nothing", False, BASE, BASE),
    ("a comment", False, BASE, [HELPERS, NORM + ROWS, CELL + "# done\n"]),
    (
        "formatting",
        False,
        BASE,
        [HELPERS, NORM + ROWS, CELL.replace("norm(rows[0])", "(norm(rows[ 0 ]))")],
    ),
    (
        "options in its first line",
        False,
        BASE,
        [HELPERS, NORM + ROWS, CELL.replace("task out", "task out --retries 2 --cpu 2")],
    ),
    ("its name", False, BASE, [HELPERS, NORM + ROWS, CELL.replace("task out", "task result")]),
    ("its source", True, BASE, [HELPERS, NORM + ROWS, CELL.replace("[0]", "[1]")]),
    ("its outputs", True, BASE, [HELPERS, NORM + ROWS, CELL + "more = 1\n"]),
    ("a notebook variable", True, BASE, [HELPERS, NORM + ROWS.replace("2", "3"), CELL]),
    ("a notebook variable nobody reads", False, BASE, [HELPERS, NORM + ROWS + "other = 1\n", CELL]),
    ("a notebook function", True, BASE, [HELPERS, NORM.replace("/", "*") + ROWS, CELL]),
    (
        "a comment in a notebook function",
        False,
        BASE,
        [HELPERS, NORM.replace("LIMIT\nL", "LIMIT  # small\nL") + ROWS, CELL],
    ),
    ("what a notebook function reads", True, BASE, [HELPERS, NORM.replace("3", "4") + ROWS, CELL]),
    (
        "a notebook class",
        True,
        [HELPERS, MODEL + ROWS, USES_MODEL],
        [HELPERS, MODEL.replace("*", "+") + ROWS, USES_MODEL],
    ),
    (
        "a comment in a notebook class",
        False,
        [HELPERS, MODEL + ROWS, USES_MODEL],
        [HELPERS, "# a model\n" + MODEL + ROWS, USES_MODEL],
    ),
    (
        "an object's class",
        True,
        [HELPERS, MODEL + ROWS + "model = Model()\n", OBJECT],
        [HELPERS, MODEL.replace("*", "+") + ROWS + "model = Model()\n", OBJECT],
    ),
    (
        "an object's state",
        True,
        [HELPERS, MODEL + ROWS + "model = Model()\n", OBJECT],
        [HELPERS, MODEL + ROWS + "model = Model()\nmodel.rate = 3\n", OBJECT],
    ),
    (
        "a large variable",
        True,
        [HELPERS, NORM + LARGE, CELL],
        [HELPERS, NORM + LARGE + "rows[-1] = 0\n", CELL],
    ),
    (
        "a large variable, unchanged",
        False,
        [HELPERS, NORM + LARGE, CELL],
        [HELPERS, NORM + LARGE.replace("100_000", "10 ** 5"), CELL],
    ),
    (
        "an imported function",
        True,
        [HELPERS, IMPORTED + ROWS, CELL],
        [HELPERS.replace("/", "*"), IMPORTED + ROWS, CELL],
    ),
    (
        "a function of a module",
        True,
        [HELPERS, IMPORTED + ROWS, CELL.replace("norm", "helpers.norm")],
        [HELPERS.replace("/", "*"), IMPORTED + ROWS, CELL.replace("norm", "helpers.norm")],
    ),
    (
        "beside a function of a module",
        False,
        [HELPERS, IMPORTED + ROWS, CELL.replace("norm", "helpers.norm")],
        [HELPERS + "more = 1\n", IMPORTED + ROWS, CELL.replace("norm", "helpers.norm")],
    ),
    ("what the cell itself imports", True, [HELPERS, INSIDE], [HELPERS.replace("/", "*"), INSIDE]),
    ("which cell makes what it reads", True, BASE, [HELPERS, NORM, LOAD, CELL]),
    (
        "the source of the cell before",
        False,
        [HELPERS, NORM, LOAD, CELL],
        [HELPERS, NORM, LOAD.replace("2", "3"), CELL],
    ),
    (
        "imports of another cell",
        True,
        [HELPERS, PRELUDE, AFTER],
        [HELPERS, PRELUDE.replace("math as m", "numpy as m"), AFTER],
    ),
]


def take_apart(folder, seed, which):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(folder)],
        input=json.dumps({row[0]: row[which] for row in CHANGES}),
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    return [take_apart(folder, seed, which) for seed, which in (("1", 2), ("2", 2), ("3", 3))]


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: row[0])
def test_a_change(told, row):
    before, again, after = (each[row[0]][1:] for each in told)
    assert again == before, "another process tells something else"
    assert (after != before) is row[1], (before, after)


def test_the_parts_of_a_cell_are_named(told):
    task, code, inputs, upstream = told[0]["nothing"]
    assert task.startswith("cell out of ")
    named = {"the cell", "helper `norm`", "global `LIMIT`", "notebook variable `rows`"}
    assert set(code) == {*named, "outputs", "version"}
    assert (inputs, upstream) == ({}, {})


def test_what_another_cell_makes_is_upstream(told):
    _, code, inputs, upstream = told[0]["the source of the cell before"]
    assert upstream == {"rows": [["load", "rows"]]}
    assert set(inputs) == {"rows"}
    assert "notebook variable `rows`" not in code
