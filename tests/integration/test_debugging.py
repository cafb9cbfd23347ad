"""A failed task is taken into the notebook, mended there, and put back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.shells import Cells, maze_shell

Cell = Callable[..., str]


class Notebook(Cells):
    """Runs cells in one shell, and has what it was told to put into a new cell."""

    def __init__(self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(shell, capsys)
        self.next: list[tuple[str, bool]] = []
        shell.set_next_input = self._set_next

    def _set_next(self, text: str, replace: bool = False) -> None:
        self.next.append((text, replace))

    def has(self, expression: str) -> str:
        return self.run(f"print({expression})").rstrip("\n")


@pytest.fixture
def notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Notebook]:
    with maze_shell(tmp_path) as shell:
        yield Notebook(shell, capsys)


def failing_cells(notebook: Notebook, tmp_path: Path) -> None:
    """Three cells, the second of which fails; the first one notes how often it ran."""
    notebook.run(f"from pathlib import Path\nlog = Path({str(tmp_path / 'log')!r})\nrate = 2")
    notebook.run("from bisect import insort\ndef scaled(x):\n    return x / (rate - 2)")
    notebook.run(
        "%%maze_task load --no-cache\nwith log.open('a') as _f:\n    _f.write('ran ')\nxs = [1, 2]"
    )
    notebook.run("%%maze_task fit\ninsort(xs, 3)\nys = [scaled(x) for x in xs]")
    notebook.run("%%maze_task end\ntotal = sum(ys)")
    notebook.run("%maze_run", fails=True)


def test_a_failed_cell_is_mended_here_and_put_back(notebook: Notebook, tmp_path: Path) -> None:
    failing_cells(notebook, tmp_path)
    assert "xs" in notebook.run("%maze_debug")
    text, replaces = notebook.next.pop()
    assert text == "%%maze_debug fit\ninsort(xs, 3)\nys = [scaled(x) for x in xs]"
    assert not replaces
    said = notebook.run(text, fails=True)
    assert "fails here too" in said
    # The line of the magic is the first, as in the task's own traceback.
    assert re.search(r"-+> 3 ys = \[scaled", re.sub(r"\x1b\[[0-9;]*m", "", said))
    assert notebook.has("xs") == "[1, 2, 3]"
    # The helper was what was wrong; each try begins with what the task was given.
    notebook.run("def scaled(x):\n    return x * rate")
    assert "%maze_patch fit" in notebook.run(text.replace("3)", "4)"))
    assert notebook.has("xs, ys") == "[1, 2, 4] [2, 4, 8]"
    assert "total" in notebook.run("%maze_patch fit")
    assert notebook.has("total") == "14"
    text, replaces = notebook.next.pop()
    assert replaces
    assert text == "%%maze_task fit\ninsort(xs, 4)\nys = [scaled(x) for x in xs]"
    assert (tmp_path / "log").read_text() == "ran "


def test_cells_read_what_a_mended_run_makes(notebook: Notebook, tmp_path: Path) -> None:
    failing_cells(notebook, tmp_path)
    notebook.run("%%maze_task last\ndone = total + 1")
    notebook.run("%maze_run", fails=True)
    assert "failed" in notebook.run("print(total)", fails=True)
    notebook.run("%maze_debug")
    notebook.run("%%maze_debug fit\ninsort(xs, 4)\nys = xs[:]")
    notebook.run("%maze_patch")
    # Those that were skipped, the one that was mended, and what was lent to mend it.
    assert notebook.has("total, done, ys, xs") == "7 8 [1, 2, 4] [1, 2]"
    # Mending is no change of the notebook's own.
    notebook.run("%%maze_task more\nsquares = [y * y for y in ys]")
    notebook.run("%maze_run")
    assert notebook.has("squares") == "[1, 4, 16]"


def test_a_cell_is_tried_on_the_node_on_which_it_failed(notebook: Notebook, tmp_path: Path) -> None:
    failing_cells(notebook, tmp_path)
    notebook.run("%maze_debug fit")
    text, _ = notebook.next.pop()
    there = text.replace("fit\n", "fit --there\n")
    assert "ZeroDivisionError" in notebook.run(there, fails=True)
    where = "where = __import__('os').getpid()\nassert xs == [1, 2] and rate == 2\n"
    patched = there.replace("insort(xs", f"{where}insort(xs").replace("scaled(x)", "x")
    notebook.run(patched)
    notebook.run("%maze_patch")
    assert notebook.has("total, 'where' in globals()") == "6 False"


FUNCTIONS = """
import maze_nb
from maze_nb import MaClient, task

@task
def load(log):
    with open(log, "a") as file:
        file.write("ran ")
    return [1, 2]

@task(outputs=["mean"])
def fit(xs, offset=0):
    return sum(xs) / offset

client = MaClient()
workflow = client.create_workflow("functions")
loaded = workflow.add_task(load, {"log": LOG})
fitted = workflow.add_task(fit, {"xs": loaded.outputs["result"]})
run_id = workflow.run()
client.get_run(run_id).wait(60)
"""


def test_a_failed_function_is_mended_and_its_workflow_goes_on(
    notebook: Notebook, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    notebook.run(f"LOG = {str(log)!r}\n{FUNCTIONS}")
    notebook.run("%maze_debug fit --run $run_id")
    text, _ = notebook.next.pop()
    assert text.startswith('%%maze_debug fit\n@task(outputs=["mean"])\ndef fit(xs, offset=0):')
    assert text.endswith("fit(xs=xs)")
    notebook.run(text.replace("/ offset", "/ len(xs)"))
    notebook.run("%maze_patch fit")
    again = notebook.has("client.runs()[-1].run_id")
    assert notebook.has(f"client.get_run('{again}').result('fit')") == "{'mean': 1.5}"
    assert log.read_text() == "ran "
    assert notebook.has("workflow.run() != run_id") == "True"


REFUSED = [
    ("%maze_patch", "no task is being mended"),
    ("%maze_patch fit", "task 'fit' is being mended: begin with %maze_debug fit"),
    ("%maze_debug --rum x", "did you mean '--run'?"),
    ("%maze_debug a b", "cannot take 'b' too; usage: %%maze_debug"),
    ("%maze_debug fitt", "did you mean 'fit'?"),
]


@pytest.mark.parametrize(("line", "says"), REFUSED)
def test_what_cannot_be_done_is_said(
    notebook: Notebook, tmp_path: Path, line: str, says: str
) -> None:
    failing_cells(notebook, tmp_path)
    printed = notebook.run(line, fails=True)
    assert says in printed
    assert "Traceback" not in printed
