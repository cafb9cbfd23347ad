"""Cells that are no tasks and change what tasks make, in between: a table of notebooks."""

from __future__ import annotations

import pytest

LOAD = ("load", "%%maze_task load\nraw = {'x': 1}")
CLEAN = ("clean", "%%maze_task clean\nkept = sorted(raw)")
REFUSED = (
    "CellError: cell 'clean' reads 'raw' on line 2, which task cell 'load' makes; cell [2] is no "
    "task and changes it in between, which 'clean' would not see: give the changed value another "
    "name in cell [2], and read that in 'clean'; if 'clean' is to compute it on the cluster too, "
    "begin cell [2] with %%maze_task. (If cell [2] is gone from the notebook, run the cell of "
    "'load' again)"
)
WARNED = "warning: cell 'clean' reads 'raw' as task cell 'load' makes it, not as cell"


# The cells as they are run, of which the last is looked at, how it is refused or what it says, and
# why.
CELLS = [
    ([LOAD, ("own", "raw['y'] = 2"), CLEAN], REFUSED, "an item"),
    ([LOAD, ("own", "raw = {}"), CLEAN], REFUSED, "another value"),
    ([LOAD, ("own", "raw.update(y=2)"), CLEAN], REFUSED, "a method that changes it"),
    ([LOAD, ("own", "raw.y = 2"), CLEAN], REFUSED, "an attribute"),
    ([LOAD, ("own", "def change():\n    global raw\n    raw = 1"), CLEAN], REFUSED, "a function"),
    ([LOAD, ("own", "sorted(raw)"), CLEAN], "", "it only reads"),
    ([LOAD, ("own", "print(raw['x'])"), CLEAN], "", "an item is only read"),
    ([LOAD, ("own", "other = {}"), CLEAN], "", "something else"),
    ([("own", "raw = {}"), LOAD, CLEAN], "", "it stands above the task that makes it"),
    ([("own", "raw = {}"), LOAD, ("own", "raw = {}"), CLEAN], "", "also when it is run again"),
    ([LOAD, CLEAN, ("own", "raw = {}")], "", "it stands below"),
    ([LOAD, CLEAN, ("own", "raw = {}"), CLEAN], f"{WARNED} [3] left it", "below, and run again"),
    ([LOAD, ("own", "raw = {}"), ("own", "mine = {}"), CLEAN], "", "it was edited"),
    ([LOAD, ("own", "raw = {}"), ("own", "%%maze_task own\nmine = {}"), CLEAN], "", "a task now"),
    (
        [LOAD, ("own", "raw = {}"), LOAD, CLEAN],
        f"{WARNED} [2] left it. If that stands between them",
        "the task cell was run again after it, perhaps as it is gone",
    ),
    ([(None, LOAD[1]), (None, "raw = {}"), (None, LOAD[1]), (None, CLEAN[1])], "", "without ids"),
    ([(None, LOAD[1]), (None, "raw = {}"), (None, CLEAN[1])], REFUSED, "without ids, in between"),
    (
        [LOAD, ("f", "def price(): return raw"), ("own", "raw = {}"),
         ("clean", "%%maze_task clean\nkept = price()")],
        "CellError: cell 'clean' reads 'raw', which task cell 'load' makes; cell [3] is no task",
        "read by a function of the notebook",
    ),
    (
        [LOAD, ("own", "%%capture\nraw = {}"), CLEAN],
        REFUSED.replace("cell [2]", "a cell"),
        "inside a magic that runs a cell",
    ),
    (
        [("u", "%%maze_task load\nraw = {}\n"), ("own", "raw = {}"),
         ("m", "%%maze_cells\n%%maze_task load\nraw = {}\n%%maze_task clean\nkept = sorted(raw)")],
        "",
        "both in one cell",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "said", "why"), CELLS, ids=[row[2] for row in CELLS])
def test_what_would_not_be_seen_is_refused_or_told(notebook, cells, said, why):
    *before, (cell_id, last) = cells
    # The task does not run, so what it makes is put there, where nobody sees it.
    notebook.shell.user_ns["raw"] = type("Raw", (dict,), {})(x=1)
    for each, source in before:
        notebook.run(source, cell_id=each)
    names = [each.name for each in notebook.session.book.cells()]
    if said.startswith("CellError"):
        assert notebook.fail(last, cell_id=cell_id).startswith(said), why
        assert [each.name for each in notebook.session.book.cells()] == names
    else:
        warned = [line for line in notebook.run(last, cell_id=cell_id).splitlines()
                  if line.startswith("warning")]  # fmt: skip
        assert [said in line for line in warned] == ([True] if said else []), why


def test_a_run_is_refused_as_well(notebook):
    notebook.run(LOAD[1], cell_id="load")
    notebook.run("1", cell_id="own")
    notebook.run(CLEAN[1], cell_id="clean")
    notebook.run("raw = {}", cell_id="own")
    message = REFUSED.replace("cell [2]", "cell [4]")
    for magic in ("%maze_run", "%maze_plan", CLEAN[1] + "\n", "%%maze_task more --run\ny = kept"):
        said = notebook.fail(magic, cell_id="clean" if "clean" in magic else "new")
        assert said.splitlines()[-1].startswith(message), magic
    assert message.removeprefix("CellError: ") in notebook.run("%maze_status")
    notebook.run("mine = {}", cell_id="own")
    notebook.run("%%maze_task more\ny = kept", cell_id="new")
    assert "in between" not in notebook.run("%maze_status")
