"""A real notebook run by nbclient: what workers elsewhere make stands under the right cells."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

from maze_nb.batch.html_report import write_html
from tests.kernels import client_of, notebook_of

pytestmark = pytest.mark.timeout(180)

SESSION = "session = get_ipython().magics_manager.registry['MazeMagics'].session"
BEGUN = (
    "import json\n"
    "print(json.dumps([m['data']['task_name'] for m in session.clients.reading"
    ".get_run(session.last_run).messages() if m['type'] == 'start_task']))"
)
FIGURE = """%%maze_task figure
import os, sys
import matplotlib.pyplot as plt
print("drawn in", os.getpid())
print("careful", file=sys.stderr)
plt.plot(xs)
plt.show()
drawn = os.getpid()"""
TABLE = """%%maze_task table
import pandas as pd
from maze_nb import progress
for done in range(3):
    progress(done + 1, 3, "rows")
frame = pd.DataFrame({"x": xs, "square": [x * x for x in xs]})
frame"""


class Notebook:
    """A notebook whose cells are run one by one in a kernel of its own."""

    def __init__(self, *cells: str) -> None:
        self.content = notebook_of(*cells)
        self.client = client_of(self.content)

    @contextmanager
    def kernel(self) -> Iterator[None]:
        with self.client.setup_kernel():
            yield

    def run(self, *cells: int) -> None:
        for index in cells:
            # What is told late of an earlier run of the cell has no place any more.
            self.client.clear_display_id_mapping(index)
            self.client.execute_cell(self.content.cells[index], index)

    def run_all(self) -> None:
        self.run(*range(len(self.content.cells)))

    def edit(self, cell: int, old: str, new: str) -> None:
        source = self.content.cells[cell].source
        assert old in source
        self.content.cells[cell].source = source.replace(old, new)

    def text(self, cell: int) -> list[str]:
        """Return what stands under a cell as text, without what takes no room."""
        outputs = self.content.cells[cell].outputs
        texts = [
            output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
        ]
        return [text for text in texts if text]

    def kinds(self, cell: int) -> set[str]:
        return {
            kind for output in self.content.cells[cell].outputs for kind in output.get("data", {})
        }


def setup(address: str) -> str:
    return f"%load_ext maze_nb\n%maze_connect {address}\n{SESSION}"


def test_what_workers_elsewhere_make_stands_under_the_right_cell(
    separate: str, tmp_path: Path
) -> None:
    notebook = Notebook(
        setup(separate),
        "%%maze_task load --no-cache\nxs = list(range(5))",
        FIGURE,
        TABLE,
        "%maze_run --all",
        "import os\nprint(drawn != os.getpid())",
    )
    with notebook.kernel():
        notebook.run_all()
    assert notebook.text(5) == ["True\n"]
    assert len(notebook.text(1)) == 1
    line, printed, careful, figure = notebook.text(2)
    assert re.fullmatch("task 'figure' · ✓ .* · reads xs .cell load.; makes drawn", line)
    assert re.fullmatch(r"drawn in \d+\n", printed)
    assert careful == "careful\n"
    assert figure.startswith("<Figure size")
    assert {"image/png", "application/vnd.jupyter.stderr"} <= notebook.kinds(2)
    assert "image/png" not in notebook.kinds(3)
    line, frame = notebook.text(3)
    assert line.startswith("task 'table' · ✓ ")
    assert "square" in frame
    assert "table" not in notebook.text(4)

    nbformat.validate(notebook.content)
    path = tmp_path / "saved.ipynb"
    nbformat.write(notebook.content, path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page, _ = HTMLExporter().from_notebook_node(nbformat.read(path, as_version=4))
        write_html(path, tmp_path / "report.html")
    for shown in (page, (tmp_path / "report.html").read_text()):
        assert 'src="data:image/png;base64,' in shown
        assert "<th>square</th>" in shown
        assert "careful" in shown


def test_only_what_is_stale_runs_and_the_rest_is_shown_again(separate: str) -> None:
    seed = f"x = 1  # {separate}"
    notebook = Notebook(
        setup(separate),
        f"%%maze_task a\nprint('a here')\n{seed}",
        "%%maze_task b\nprint('b here', x)\ny = x + 1",
        "%%maze_task c\nprint('c here', x)\nz = x * 10",
        "%%maze_task d\nprint('d here', y)\nu = y + 1",
        "%%maze_task e\nprint('e here', z)\nv = z + 1",
        "%%maze_task f\nprint('f here', u, v)\nw = u + v\nw",
        "%maze_run",
        BEGUN,
    )
    with notebook.kernel():
        notebook.run_all()
        assert sorted(json.loads(notebook.text(8)[0])) == ["a", "b", "c", "d", "e", "f"]
        assert notebook.text(6)[1:] == ["f here 3 11\n", "14"]
        before = {cell: notebook.text(cell) for cell in range(1, 7)}
        notebook.edit(3, "x * 10", "x * 20")
        notebook.run(3, 7, 8)
    assert sorted(json.loads(notebook.text(8)[0])) == ["c", "e", "f"]
    assert notebook.text(5)[1:] == ["e here 20\n"]
    assert notebook.text(6)[1:] == ["f here 3 21\n", "24"]
    for cell in (1, 2, 4):
        line, *shown = notebook.text(cell)
        assert "☑ from the cache" in line
        assert shown == before[cell][1:]


def test_a_failure_stands_under_its_cell_and_in_the_error_of_the_run(separate: str) -> None:
    notebook = Notebook(
        setup(separate),
        "%%maze_task flaky --retries 1 --no-cache\nprint('trying')\nrows = []\nx = rows[0]",
        "%%maze_task after\ny = x",
        "%maze_run",
    )
    with notebook.kernel(), pytest.raises(CellExecutionError, match="<cell flaky>"):
        notebook.run_all()
    line, earlier, printed, traceback = notebook.text(1)
    assert line.startswith("task 'flaky' · ✕ IndexError on line 4: list index")
    assert earlier.startswith("[attempt 1: IndexError: list index out of range]\ntrying\nTraceback")
    assert printed == "trying\n"
    assert 'File "<cell flaky>", line 4' in traceback
    assert "text/html" in notebook.kinds(1)
    assert "⤼ skipped: flaky failed" in notebook.text(2)[0]
    (error,) = [each for each in notebook.content.cells[3].outputs if "traceback" in each]
    assert 'File "<cell flaky>", line 4, in <module>' in "\n".join(error["traceback"])


def test_what_a_command_printed_last_stands_under_its_cell_once(separate: str) -> None:
    notebook = Notebook(
        setup(separate),
        "%%maze_task bad --kind shell --no-cache\necho begun; echo lost >&2; exit 3",
        "%maze_run",
    )
    with notebook.kernel(), pytest.raises(CellExecutionError, match="exit code 3"):
        notebook.run_all()
    shown = "\n".join(notebook.text(1))
    assert shown.count("lost") == shown.count("begun") == 1
    assert shown.endswith("ended with exit code 3\nIts last output is above.")


def test_much_output_is_whole_where_it_can_be_and_bounded_else(separate: str) -> None:
    notebook = Notebook(
        setup(separate),
        "%%maze_task big --no-cache\nfrom IPython.display import HTML, display\n"
        "display(HTML('<p>' + 'whole ' * 300_000 + 'end</p>'))\nx = 1",
        "%%maze_task many --no-cache\nfrom IPython.display import HTML, display\n"
        "for _ in range(30):\n    display(HTML(f'<i>number {_}</i>'))\ny = 1",
        "%%maze_task long --no-cache\nfor _ in range(20_000):\n    print('line', _)\nz = 1",
        "%maze_run",
    )
    with notebook.kernel():
        notebook.run_all()
    big = [o["data"] for o in notebook.content.cells[1].outputs if "text/html" in o["data"]][-1]
    assert big["text/html"].endswith("whole end</p>")
    shown = [o["data"] for o in notebook.content.cells[2].outputs if "text/html" in o["data"]]
    assert len(shown) == 9
    together = "".join(each["text/html"] for each in shown)
    places = [together.index(f"<i>number {number}</i>") for number in range(30)]
    assert places == sorted(places)
    text = "".join(notebook.text(3)[1:])
    assert text.rstrip().endswith("line 19999") or "maze-nb runs logs" in text
    assert len(text) < 2**17


def test_what_a_run_shows_while_other_cells_are_run_is_not_lost(separate: str) -> None:
    notebook = Notebook(
        setup(separate),
        "%%maze_task slow --no-cache\nimport time\nfor i in range(5):\n    print('part', i)\n"
        "    time.sleep(0.1)\nx = 1",
        "run = session.start(get_ipython().user_ns)\nsession.outputs.follow(run)\nNone",
        "other = 1",
        "run.wait(60)\nsession.outputs.settle(run)",
    )
    with notebook.kernel():
        notebook.run_all()
    line, printed = notebook.text(1)
    assert line.startswith("task 'slow' · ✓ ")
    assert printed == "".join(f"part {number}\n" for number in range(5))
