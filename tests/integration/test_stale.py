"""A notebook in a real kernel: what is edited, and what follows from it, is all that runs again."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernels import client_of, notebook_of

SETUP = """%load_ext maze_nb
def ran():
    from maze_nb.magics.status import standings
    magics = get_ipython().magics_manager.registry["MazeMagics"]
    session = magics.session
    messages = session.client.get_run(session.last_run).messages()
    print(sorted(m["data"]["task_name"] for m in messages if m["type"] == "start_task"))
def stands():
    found = get_ipython().run_line_magic("maze_status", "")
    print({each.name: (each.mark, each.why) for each in found})
"""
CELLS = {
    "alpha": "alpha = 2\ndef scaled(v): return v * alpha",
    "load": "%%maze_task load\nrows = [3, 1, 2]",
    "clean": "%%maze_task clean\nkept = sorted(rows)",
    "fit": "%%maze_task fit\nmodel = [scaled(row) for row in kept]",
    "other": "%%maze_task other\nstats = len(rows)",
    "report": "%%maze_task report\nsummary = f'{model} of {stats}'",
    "alone": "%%maze_task alone\nanswer = 42",
}
ALL = ["alone", "clean", "fit", "load", "other", "report"]


class Kernel:
    """A notebook in a kernel, whose cells are run one by one and can be edited."""

    def __init__(self, client: NotebookClient) -> None:
        self._client = client
        self._running = ""
        # As JupyterLab does, and nbclient does not: say which cell it is.
        make = client.kc.session.msg
        client.kc.session.msg = lambda kind, content=None, **how: make(
            kind, content, **{"metadata": {"cellId": self._running}, **how}
        )
        self._cells = {name: nbformat.v4.new_code_cell(text) for name, text in CELLS.items()}
        client.nb.cells = list(self._cells.values())
        self.type(SETUP)
        for name in CELLS:
            self.run(name)

    def run(self, name: str, source: str | None = None) -> str:
        """Run a cell of the notebook, edited if there is a source; return what it printed."""
        cell = self._cells[name]
        cell.source = cell.source if source is None else source
        return self._execute(cell)

    def type(self, source: str) -> str:
        """Run a new cell at the end of the notebook; return what it printed."""
        cell = nbformat.v4.new_code_cell(source)
        self._client.nb.cells.append(cell)
        return self._execute(cell)

    def shown(self, source: str) -> str:
        """Run a new cell; return what it shows as HTML."""
        self.type(source)
        outputs = self._client.nb.cells[-1].outputs
        return "".join(each.data.get("text/html", "") for each in outputs if "data" in each)

    def _execute(self, cell: nbformat.NotebookNode) -> str:
        self._running = cell.id
        index = self._client.nb.cells.index(cell)
        # What is told late of an earlier run of the cell has no place any more.
        self._client.clear_display_id_mapping(index)
        self._client.execute_cell(cell, index)
        return "".join(output.text for output in cell.outputs if output.output_type == "stream")

    def compute(self, options: str = "") -> list[str]:
        """Run the workflow; return the tasks that its messages say were started."""
        self.type(f"%maze_run {options}")
        found = ast.literal_eval(self.type("ran()"))
        assert isinstance(found, list)
        return found

    def stands(self) -> dict[str, tuple[str, str]]:
        """Return the mark of each cell and why it has it."""
        found = ast.literal_eval(self.type("stands()").splitlines()[-1])
        assert isinstance(found, dict)
        return found

    def marks(self) -> dict[str, str]:
        return {name: mark for name, (mark, _) in self.stands().items()}


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Kernel]]:
    monkeypatch.setenv("MAZE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    client = client_of(notebook_of(), tmp_path)
    with client.setup_kernel():
        yield lambda: Kernel(client)


def test_one_cell_of_six_is_edited(kernel: Callable[[], Kernel]) -> None:
    notebook = kernel()
    assert set(notebook.marks().values()) == {"new"}
    assert "has_embedded" not in notebook.type(
        "from maze_nb.deploy.embedded import has_embedded\nassert not has_embedded()"
    )
    assert notebook.compute() == ALL
    assert set(notebook.marks().values()) == {"current"}
    assert notebook.compute() == []

    notebook.run("clean", "%%maze_task clean\nkept = sorted(rows, reverse=True)")
    assert notebook.stands() == {
        "load": ("current", ""),
        "clean": ("stale", "its code changed"),
        "fit": ("stale", "cell 'clean', which makes 'kept', is stale"),
        "other": ("current", ""),
        "report": ("stale", "cell 'fit', which makes 'model', is stale"),
        "alone": ("current", ""),
    }
    assert notebook.compute() == ["clean", "fit", "report"]
    assert notebook.type("print(summary)") == "[6, 4, 2] of 3\n"
    assert set(notebook.marks().values()) == {"current"}


def test_what_else_makes_cells_stale(kernel: Callable[[], Kernel]) -> None:
    notebook = kernel()
    assert notebook.compute() == ALL

    notebook.run("alpha", "alpha = 5\ndef scaled(v): return v * alpha")
    stands = notebook.stands()
    assert stands["fit"] == ("stale", "global 'alpha' changed")
    assert notebook.marks()["clean"] == "current"
    assert notebook.compute() == ["fit", "report"]
    assert notebook.type("print(summary)") == "[5, 10, 15] of 3\n"

    notebook.run("alpha", "alpha = 5\ndef scaled(v): return v + alpha")
    assert notebook.stands()["fit"] == ("stale", "the function 'scaled' changed")
    # The same again is what it was.
    notebook.run("alpha", "alpha = 5\ndef scaled(v): return v * alpha  # said otherwise")
    assert notebook.marks()["fit"] == "current"

    notebook.run("load", "%%maze_task load\nrows = [3, 1, 2][:]")
    assert notebook.marks()["report"] == "stale"
    # What makes the same again has nothing after it run.
    assert notebook.compute() == ["load"]

    assert notebook.compute("--all") == ALL
    assert notebook.compute() == []
    notebook.run("alone", "%%maze_task alone --no-cache\nanswer = 42")
    assert notebook.stands()["alone"] == ("stale", "computed in each run, as it has --no-cache")
    assert [notebook.compute(), notebook.compute()] == [["alone"], ["alone"]]


def test_what_failed_is_told_until_it_is_mended(kernel: Callable[[], Kernel]) -> None:
    notebook = kernel()
    notebook.run("fit", "%%maze_task fit\nmodel = kept[9]")
    notebook.type("try:\n    get_ipython().run_line_magic('maze_run', '')\nexcept Exception: pass")
    stands = notebook.stands()
    assert stands["fit"] == ("failed", "failed last time: IndexError: list index out of range")
    assert stands["report"] == ("stale", "skipped last time, as what it reads was not made")
    assert stands["clean"] == ("current", "")
    notebook.run("fit", CELLS["fit"])
    assert notebook.stands()["fit"] == ("new", "never run")
    assert notebook.compute() == ["fit", "report"]


def test_what_was_cancelled_is_told(kernel: Callable[[], Kernel]) -> None:
    notebook = kernel()
    long = "import time\nend = time.time() + 30\nwhile time.time() < end: time.sleep(0.01)"
    notebook.run("alone", f"%%maze_task alone --run --isolation process\n{long}")
    notebook.type("%maze_cancel alone")
    assert notebook.stands()["alone"] == ("stale", "cancelled last time")
    notebook.run("alone", f"%%maze_task alone --isolation process\n{long}")
    assert notebook.stands()["alone"] == ("stale", "cancelled last time")


def test_the_graph_bears_the_marks(kernel: Callable[[], Kernel]) -> None:
    notebook = kernel()
    notebook.compute()
    notebook.run("clean", "%%maze_task clean\nkept = rows[:]")
    shown = notebook.shown("%maze_dag")
    (picture,) = re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", shown)
    assert "3 stale" in shown
    assert "its code changed" in base64.b64decode(picture).decode()
    table = notebook.shown("%maze_status")
    assert "its code changed" in table
    assert "3 stale · 3 current" in table
