"""Modules made task cells: any ``@task`` and ``@workflow``, and what cannot be a cell."""

from __future__ import annotations

import textwrap

import pytest

MODULE = '''\
"""What sales come to."""

import math
from pathlib import Path

from maze_nb import task, workflow

HERE = Path(__file__).name
rate = 3  # a day


def price(n):
    """In cents."""
    return n * rate


# Not for the notebook.
@task(outputs=["data", "name"], resources={"cpu": 2, "cpu_mem": 1500000}, retries=2)
def load(path, *, sep=","):
    # Both at once.
    data = [1, 2, 3]

    return data, f"""{path}
  {sep}"""


@task(inputs=["value"], outputs=["doubled"], cache=True, timeout=90)
def double(params):
    return {"doubled": [v * 2 for v in params["value"]]}


@task
def total(xs: list[int], ys: list[int]) -> float:
    if not xs:
        return 0.0
    return float(sum(xs) + sum(ys) + price(len(xs)))


@task
def swap(a, b):
    a = [*a, b]
    return (a,
            b)


@task(outputs=[])
def show(value):
    secret = value


@task
async def later(x):
    import asyncio

    await asyncio.sleep(0)
    return math.floor(x)


@task
def one_line(x): y = x + 1; return y


@workflow
def sales(path="a.csv"):
    data, name = load(path)
    first = double(value=data)
    second = double.using(name="double again")({"value": first})
    both = total(second, ys=[data, first.doubled][0])
    a = swap(a=data, b=name)
    show(both)
    last = later(both)
    return one_line(last), a


if __name__ == "__main__":
    print(sales)
'''


@pytest.fixture
def loaded(notebook, tmp_path):
    (tmp_path / "sales.py").write_text(MODULE)
    notebook.run(f"%load_maze {tmp_path / 'sales.py'}")
    return notebook


def test_all_tasks_become_cells(loaded):
    assert loaded.session.name == "sales"
    made = loaded.compute()
    assert made == {
        "data": [1, 2, 3],
        "name": "a.csv\n  ,",
        "doubled": [2, 4, 6],
        "double_again_doubled": [4, 8, 12],
        "total_result": 39.0,
        "swap_result": ([1, 2, 3, "a.csv\n  ,"], "a.csv\n  ,"),
        "later_result": 39,
        "one_line_result": 40,
    }
    assert loaded.shell.user_ns["HERE"] == "sales.py"
    assert "sales" not in loaded.shell.user_ns
    by_name = {cell.name: cell for cell in loaded.session.book.cells()}
    assert by_name["load"].resources.as_dict()["cpu_mem"] == 1_500_000
    assert by_name["load"].options.options.retries == 2
    assert not by_name["load"].options.options.cache
    assert by_name["double"].options.options.cache
    assert by_name["double again"].options.options.timeout == 90


TEXT = '''\
%%maze_cells
# Split this cell before a %%maze_task, and leave out its first line, to have single cells.
import math
from pathlib import Path


HERE = Path({file!r}).name
rate = 3  # a day


def price(n):
    """In cents."""
    return n * rate

%%maze_task load -o data,name --cpu 2 --cpu-mem 1500000 --retries 2 --no-cache
sep = ","
path = 'a.csv'
# Both at once.
data = [1, 2, 3]
name = (f"""{{path}}
  {{sep}}""")

%%maze_task double -o doubled --timeout 90
params = {{'value': data}}
doubled = [v * 2 for v in params["value"]]

%%maze_task 'double again' -o double_again_doubled --timeout 90
params = {{'value': doubled}}
double_again_doubled = [v * 2 for v in params["value"]]

%%maze_task total -o total_result --no-cache
def total(xs: list[int], ys: list[int]) -> float:
    if not xs:
        return 0.0
    return float(sum(xs) + sum(ys) + price(len(xs)))

_made = total(xs=double_again_doubled, ys=data)
total_result = _made['result'] if isinstance(_made, dict) and set(_made) == {{'result'}} else _made

%%maze_task swap -o swap_result --no-cache
a = data
b = name
a = [*a, b]
swap_result = (a,
            b)

%%maze_task show --no-cache
def _show(value):
    secret = value

_show(value=total_result)

%%maze_task later -o later_result --no-cache
x = total_result
import asyncio

await asyncio.sleep(0)
later_result = math.floor(x)

%%maze_task one_line -o one_line_result --no-cache
x = later_result
y = x + 1
one_line_result = y
'''


def test_the_text_of_the_cells(loaded, tmp_path):
    text = loaded.shell.rl_next_input
    assert text == TEXT.format(file=f"{(tmp_path / 'sales.py').resolve()}")
    before = loaded.compute()
    ids = [cell.task_id for cell in loaded.session.book.cells()]
    assert loaded.run(text).startswith("task cells: load, double, double again")
    assert loaded.compute() == before
    assert [cell.task_id for cell in loaded.session.book.cells()] == ids


def test_a_single_cell_of_them_replaces_its_task(loaded):
    loaded.run("%%maze_task later -o later_result --no-cache\nlater_result = int(total_result) + 1")
    assert loaded.compute()["one_line_result"] == 41
    assert len(loaded.session.book.cells()) == 8


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        (None, "m.py", "m.py cannot be read"),
        ("def f(:", "m.py", "m.py has a syntax error on line 1"),
        ("import nowhere_at_all", "m.py", "m.py cannot be run on line 1: ModuleNotFoundError"),
        ("raise SystemExit(3)", "m.py", "m.py cannot be run on line 1: SystemExit: 3"),
        ("x = 1", "m.py", "m.py has no @task functions, so there is nothing to load"),
        ("@task\ndef f(): pass", "m.py", "m.py has tasks (f), but no @workflow"),
        ("@workflow\ndef w(): pass", "m.py", "workflow 'w' of m.py calls no tasks"),
        ("@workflow\ndef w(path): pass", "m.py", "takes 'path': give defaults there"),
        (
            "@workflow\ndef w():\n    1 / 0",
            "m.py",
            "m.py has the workflow 'w', which cannot be made on line 4: ZeroDivisionError",
        ),
        ("@workflow\ndef v(): pass\n@workflow\ndef w(): pass", "m.py", "(v, w)"),
        ("@workflow\ndef west(): pass", "m.py wst", "no workflow 'wst': did you mean 'west'?"),
        ("", "", "needs FILE.py"),
        (
            "@task\ndef f(x): return x\n@workflow\ndef w(): f.map(over=[1])",
            "m.py",
            "task 'f' maps over 'x', which a cell cannot",
        ),
        (
            "@task\ndef f(x): return x\n@workflow\ndef w(): f.when(f(1))(2)",
            "m.py",
            "task 'f' runs only under a condition",
        ),
        (
            "@task\ndef f(x): return x\n@workflow\ndef w(): f(2).after(f(1))",
            "m.py",
            "task 'f' runs after 'f' with no data between them",
        ),
        (
            "@task\ndef f(x): return x\n@workflow\ndef w(): f(object())",
            "m.py",
            "input 'x' of task 'f' is an object, which cannot be written into a cell",
        ),
        (
            "def make(): return task(lambda: 1)\n@workflow\ndef w(): make()()",
            "m.py",
            "task '<lambda>' is no function at the top level of m.py",
        ),
    ],
)
def test_what_cannot_be_loaded(notebook, tmp_path, monkeypatch, module, line, said):
    monkeypatch.chdir(tmp_path)
    if module is not None:
        (tmp_path / "m.py").write_text(f"from maze_nb import task, workflow\n{module}\n")
    said = said.replace("line 1", "line 2") if "def f(:" not in (module or "") else "on line 2"
    assert said in notebook.fail(f"%load_maze {line}")
    assert notebook.session.book.cells() == []


def test_what_clashes_with_cells_that_are_there_changes_nothing(notebook, tmp_path):
    notebook.run("%%maze_task mine\ndata = 1")
    notebook.run("rate = 'mine'")
    (tmp_path / "sales.py").write_text(MODULE)
    assert "'data'" in notebook.fail(f"%load_maze {tmp_path / 'sales.py'}")
    assert notebook.compute() == {"data": 1}
    assert notebook.shell.user_ns["rate"] == "mine"


def test_tasks_of_other_modules_and_tasks_that_are_called_as_functions(
    notebook, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "more_tasks.py").write_text(
        "from maze_nb import task\n\n\n@task\ndef add(a, b):\n    return a + b\n"
    )
    (tmp_path / "flow.py").write_text(
        textwrap.dedent("""\
            from more_tasks import add

            import maze_nb

            @maze_nb.task(retries=1, retry_on=OSError)
            def helper(x):
                return x + 1

            @maze_nb.task
            def uses(x):
                return helper(x) * 2

            @maze_nb.workflow
            def flow():
                return uses(add(helper(1), 2))
        """)
    )
    said = notebook.run(f"%load_maze {tmp_path / 'flow.py'}")
    assert "left out: retry_on of task 'helper'" in said
    assert notebook.compute()["uses_result"] == 10


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x = 1", "has no line that begins with %%maze_task"),
        ("%%maze_task a\nx = 1\n%%maze_task b\nx = x + 2", "'x'"),
        ("%%maze_task a\nx = 1\n%%maze_task b --cpuu 2\ny = 2", "did you mean '--cpu'?"),
    ],
)
def test_cells_that_do_not_fit_are_not_taken(notebook, cell, said):
    assert said in notebook.fail(f"%%maze_cells\n{cell}")
    assert notebook.session.book.cells() == []


def test_cells_that_are_replaced_are_told_and_all_have_their_places(notebook):
    notebook.run("%%maze_task a\nx = 1")
    notebook.run("%%maze_task b\ny = x")
    cells = "%%maze_cells\n%%maze_task a\nx = 2\n%%maze_task b\ny = x\n%%maze_task c\nz = y"
    assert notebook.run(cells) == (
        "task cells: a, b, c\nin place of task cells of the same names: a\n"
        "task 'a': reads nothing; makes x\n"
        "task 'b': reads x (cell a); makes y\n"
        "task 'c': reads y (cell b); makes z\n"
    )
    assert "in place" not in notebook.run(cells)
