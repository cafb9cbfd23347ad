"""The live view in a real JupyterLab: states change, tasks open, a failure leads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lab import Notebook, open_notebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SETUP = """
import os, time
%load_ext maze_nb
gate = {gate!r}
"""
CELLS = [
    "%%maze_task load\nrows = list(range(10))",
    (
        "%%maze_task slow\nimport os, time\nfor _ in range(3000):\n"
        "    if os.path.exists(gate):\n        break\n    time.sleep(0.01)\n"
        "total = sum(rows)"
    ),
    "%%maze_task broken\nbad = rows['<b>no</b>']",
    "%%maze_task after\nlast = bad + total",
]


@pytest.fixture
def screens() -> Path:
    folder = Path(os.environ.get("MAZE_SCREENS", "out/screens"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def wait_for_state(notebook: Notebook, task: str, state: str) -> None:
    notebook.page.wait_for_selector(f'.mz-node[data-state="{state}"]:has-text("{task}")')


def test_a_run_from_start_to_failure(tmp_path: Path, screens: Path) -> None:
    gate = tmp_path / "gate"
    cells = [SETUP.format(gate=str(gate)), *CELLS, "%maze_run"]
    with open_notebook(tmp_path, cells) as notebook:
        page = notebook.page
        for index in range(len(CELLS) + 1):
            notebook.run_cell(index)
        notebook.run_cell(len(CELLS) + 1, wait=False)
        wait_for_state(notebook, "load", "succeeded")
        wait_for_state(notebook, "broken", "failed")
        wait_for_state(notebook, "after", "skipped")
        wait_for_state(notebook, "slow", "running")
        assert "running" in page.inner_text(".mz-run-word")
        gate.touch()
        wait_for_state(notebook, "slow", "succeeded")
        page.wait_for_selector('.mz-run-word:has-text("failed")')
        page.screenshot(path=screens / "failed-run.png")

        page.click('.mz-node:has-text("load")')
        page.wait_for_selector('.mz-task:visible .mz-output:has-text("rows")')
        assert "[0, 1, 2" in page.inner_text(".mz-task")

        page.click(".mz-failures")
        page.wait_for_selector(".mz-task .mz-traceback")
        traceback = page.inner_text(".mz-traceback")
        assert "TypeError" in traceback
        assert "bad = rows['<b>no</b>']" in traceback
        page.screenshot(path=screens / "traceback.png")

        page.click('.mz-tab:has-text("Messages")')
        page.wait_for_selector('.mz-row:has-text("finish_workflow")')
        page.click('.mz-tab:has-text("Table")')
        page.wait_for_selector(".mz-tasks >> text=slow")
        assert notebook.errors == []


def test_the_saved_notebook_shows_without_a_kernel(tmp_path: Path, screens: Path) -> None:
    cells = ["%load_ext maze_nb", CELLS[0], "%maze_run"]
    with open_notebook(tmp_path, cells) as notebook:
        page = notebook.page
        for index in range(len(cells)):
            notebook.run_cell(index)
        wait_for_state(notebook, "load", "succeeded")
        assert not page.is_visible("div.maze-still")
        notebook.execute("docmanager:save")
        notebook.execute("notebook:shutdown-kernel")
        page.reload()
        page.wait_for_selector("div.maze-still", state="visible")
        page.screenshot(path=screens / "without-kernel.png")
        assert notebook.errors == []
