"""Notebook variables that are changed after a task cell took them along: a table of notebooks."""

from __future__ import annotations

import pytest

BELOW = (
    "cell 'fit' took 'alpha' along as it was when the cell was run; 'alpha' was changed since by "
    "cell [3]: run 'fit' again to take the new value"
)
FROM_BELOW = (
    "warning: cell 'fit' takes 'alpha' along as cell [3] left it, which was first run after this "
    "cell: if it stands below, 'fit' gets another value when the notebook is run from top to "
    "bottom. Give one of them another name, or move it up"
)
FIT = ("fit", "%%maze_task fit\ny = alpha")

# The cells as they are run, as (cell id, source); what %maze_plan must say, the value of `y`
# that a run then gives, and why.
RUNS = [
    ([("a", "alpha = 1"), FIT], "", 1, "nothing changed"),
    ([("a", "alpha = 1"), FIT, ("a", "alpha = 1")], "", 1, "made again with the same value"),
    (
        [("a", "alpha = 1"), FIT, ("a", "alpha = 2")],
        "cell 'fit' takes 'alpha' along anew, as cell [3] changed it",
        2,
        "a cell above was edited: as if the notebook were run from top to bottom",
    ),
    (
        [("a", "alpha = 1"), FIT, ("b", "alpha = 2")],
        BELOW,
        1,
        "a cell below does not reach up",
    ),
    (
        [("a", "alpha = 1"), FIT, ("a", "alpha = 2"), ("b", "alpha = 3")],
        "'alpha' was changed since by cell [3] and cell [4]: run 'fit' again",
        1,
        "changed above and below: what it was in between is not known any more",
    ),
    (
        [("a", "alpha = [1]"), FIT, ("b", "alpha.append(2)")],
        "'alpha' was changed since by cell [3]",
        [1],
        "a method that changes its value, which only the content tells",
    ),
    ([("a", "alpha = [1]"), FIT, ("b", "len(alpha)")], "", [1], "a cell that only reads it"),
    (
        [("a", "alpha = {'k': 1}"), FIT, ("b", "alpha['k'] = 2")],
        "'alpha' was changed since by cell [3]",
        {"k": 1},
        "an item",
    ),
    (
        [("a", "alpha = [1]\ndef grow(): alpha.append(2)"), FIT, ("b", "grow()")],
        "'alpha' was changed since by cell [3]",
        [1],
        "changed by a function that was called",
    ),
    (
        [("a", "alpha = 1"), FIT, ("b", "%time alpha = 2")],
        "'alpha' was changed since by cell [3]",
        1,
        "changed in the line of a magic, where nobody sees it",
    ),
    ([("a", "alpha = 1"), FIT, ("b", "del alpha")], "'alpha' was changed since", 1, "deleted"),
    (
        [("a", "alpha = 1"), FIT, ("a", "alpha = (i for i in 'ab')")],
        "'alpha' was changed since",
        1,
        "what it is now cannot travel",
    ),
    (
        [("a", "def half(v): return v / 2\nalpha = 4"), ("fit", "%%maze_task fit\ny = half(alpha)"),
         ("a", "def half(v): return v // 2\nalpha = 4")],
        "cell 'fit' takes 'half' along anew, as cell [3] changed it",
        2,
        "a function of the notebook",
    ),
    (
        [("a", "def half(v): return v / by\nby = 2"), ("fit", "%%maze_task fit\ny = half(8)"),
         ("b", "by = 4")],
        "cell 'fit' took 'by' along as it was when the cell was run",
        4,
        "a variable behind a function",
    ),
    (
        [("a", "alpha = 1"), FIT, ("b", "alpha = 2"), FIT],
        "",
        2,
        "run again, it takes the value as it is",
    ),
    (
        [(None, "alpha = 1"), (None, FIT[1]), (None, "alpha = 2")],
        "'alpha' was changed since by cell [3]",
        1,
        "without ids of cells whatever is run later counts as below",
    ),
    (
        [("a", "alpha = 1\nbeta = 2"), FIT, ("a", "alpha = 1\nbeta = 3")],
        "",
        1,
        "a variable that it does not read",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "said", "value", "why"), RUNS, ids=[row[3] for row in RUNS])
def test_what_a_task_cell_ships_is_as_from_top_to_bottom_or_told(notebook, cells, said, value, why):
    for cell_id, source in cells:
        notebook.run(source, cell_id=cell_id)
    told = notebook.run("%maze_status")
    changes = [line for line in told.splitlines() if line.startswith("cell 'fit'")]
    assert [said in line for line in changes] == ([True] if said else []), (why, told)
    assert notebook.compute()["y"] == value, why
    # What was taken is told once; what was not is told until somebody does something about it.
    again = notebook.run("%maze_status")
    assert ("cell 'fit'" in again) is ("took" in said or "since" in said), why


# The cells as they are run, what the last one must warn of, and why.
MARKED = [
    ([("a", "alpha = 1"), FIT], "", "the first time"),
    ([("a", "alpha = 1"), FIT, FIT], "", "run again"),
    ([("a", "alpha = 1"), FIT, ("a", "alpha = 2"), FIT], "", "changed above"),
    (
        [("a", "alpha = 1"), FIT, ("b", "alpha = 2"), FIT],
        FROM_BELOW,
        "hidden state: a value from below",
    ),
    ([("a", "alpha = 1"), FIT, ("b", "alpha = 2"), ("a", "alpha = 1"), FIT], "", "and put right"),
    ([("a", "alpha = 1"), FIT, ("b", "print(alpha)"), FIT], "", "only read below"),
]


@pytest.mark.parametrize(("cells", "warning", "why"), MARKED, ids=[row[2] for row in MARKED])
def test_marking_warns_of_values_from_below(notebook, cells, warning, why):
    for cell_id, source in cells:
        said = notebook.run(source, cell_id=cell_id)
    assert said.splitlines()[1:] == ([warning] if warning else []), why


def test_several_variables_are_told_together(notebook):
    notebook.run("alpha, beta = 1, 2", cell_id="a")
    notebook.run("%%maze_task fit\ny = alpha + beta", cell_id="fit")
    notebook.run("alpha, beta = 3, 4", cell_id="b")
    assert notebook.run("%maze_status").splitlines()[0] == (
        "cell 'fit' took 'alpha' and 'beta' along as they were when the cell was run; they were "
        "changed since by cell [3]: run 'fit' again to take the new values"
    )


def test_a_function_that_now_reads_what_another_task_makes_gets_its_edge(notebook):
    notebook.run("def price(n): return n * rate\nrate = 1", cell_id="a")
    notebook.run("%%maze_task total\nx = price(2)", cell_id="total")
    notebook.run("%%maze_task extra\nsurcharge = 5", cell_id="extra")
    assert notebook.edges() == []
    notebook.run("def price(n): return n * rate + surcharge\nrate = 1", cell_id="a")
    notebook.run("%maze_status")
    assert notebook.edges() == ["extra surcharge total"]
    assert notebook.compute()["x"] == 7
