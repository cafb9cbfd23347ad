"""Which cells need a value that a task makes, and are stopped when there is none yet."""

from __future__ import annotations

import statistics
import time

import pytest

NEVER = "'x' is made by task cell 'make', which has not run yet: %maze_run, or mark it with --run"

# A cell after `def later(): return x` and the task cell that makes x; whether it is stopped as the
# task has not run, and why.
CELLS = [
    ("print(x)", True, "it reads the name"),
    ("y = [x for _ in 'ab']", True, "in a comprehension"),
    ("x += 1", True, "to assign anew"),
    ("x.append(1)", True, "to change it"),
    ("if False:\n    x = 1\nprint(x)", True, "on one of two paths"),
    ("def now(): return x\nnow()", True, "in a function that it calls"),
    ("%%time\nprint(x)", True, "inside a magic that runs Python"),
    ("await_me = 1\nprint(f'{x}')", True, "in an f-string"),
    ("!echo $x", True, "in a shell command"),
    ("x = 1", False, "it only assigns"),
    ("x = 1\nprint(x)", False, "it assigns first"),
    ("def f(): return x", False, "it defines what may read it later"),
    ("f = lambda: x", False, "likewise"),
    ("later", False, "it only mentions a function"),
    ("print('x')", False, "a string is no name"),
    ("dict(x=1)", False, "an argument's name is not a variable"),
    ("len('').__class__", False, "nothing of it is made by tasks"),
    ("%maze_workflow\nx = 2", False, "magics of Maze are left alone"),
    ("%maze_workflow\n'' if True else x", False, "with all that stands beside them"),
    ("%%maze_task other\nz = x", False, "task cells are left alone"),
    ("len?", False, "questions are left alone"),
    ("x = ", False, "what is no Python is IPython's to refuse"),
]


@pytest.mark.parametrize(("cell", "is_stopped", "why"), CELLS)
def test_what_has_not_run_is_missed_where_it_is_read(notebook, cell, is_stopped, why):
    notebook.run("def later(): return x")
    notebook.run("%%maze_task make\nx = [1]")
    result = notebook.shell.run_cell(cell)
    assert (NEVER in str(result.error_before_exec or result.error_in_exec)) is is_stopped, why


def test_a_variable_of_that_name_is_what_is_read_until_the_task_has_run(notebook):
    notebook.run("x = 'there before'")
    notebook.run("%%maze_task make\nx = [1]")
    assert notebook.run("print(x)") == "there before\n"


def test_what_several_tasks_make_is_not_to_be_had_by_its_name(notebook):
    notebook.run("%%maze_task make\nfig = 1")
    notebook.run("%%maze_task other\nfig = 2")
    assert notebook.fail("print(fig)").startswith(
        "CellError: 'fig' is made by task cells 'make' and 'other', so that nobody could tell "
        "whose is meant: give it another name in one of them"
    )
    notebook.run("def later(): return fig")
    notebook.run("fig = 'a plain one'\nprint(fig)")
    assert notebook.run("print(fig)") == "a plain one\n"


def test_ordinary_cells_cost_little(notebook):
    notebook.run("%%maze_task make\nx = [1]")
    source = "\n".join(
        f"def f{n}(a, b={n}):\n    return [a + i for i in range(b)]" for n in range(50)
    )
    notebook.run(source)
    reader = notebook.shell.ast_transformers[-1]
    tree = notebook.shell.compile.ast_parse("values = [f1(3), f2(4), len('abc')]\nprint(values)")
    times = []
    for _ in range(20):
        began = time.perf_counter()
        reader.visit(tree)
        times.append(time.perf_counter() - began)
    assert statistics.median(times) < 0.02
