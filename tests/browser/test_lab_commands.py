"""The commands of the JupyterLab extension: what they do, and what they say when they cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from lab import Notebook
from nbclient import NotebookClient
from playwright.sync_api import Page

from maze_nb import __file__ as package

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]


def said(page: Page, text: str) -> None:
    page.wait_for_selector(f".Toastify__toast:has-text({text!r})")


def test_a_cell_is_marked_and_unmarked(notebook: Opener) -> None:
    opened = notebook(["x = 1", "%%timeit\n1 + 1"])
    page = opened.page
    opened.select(0)
    page.click('.jp-NotebookPanel-toolbar [data-command="maze-nb:mark-cell"]')
    assert opened.source(1) == "%%maze_task\nx = 1"
    assert opened.active_cell == 1
    page.wait_for_selector('.maze-dot[data-state="new"]')
    opened.execute("maze-nb:mark-cell")
    assert opened.source(1) == "x = 1"
    page.wait_for_selector(".maze-dot", state="detached")
    opened.select(2)
    opened.execute("maze-nb:mark-cell")
    said(page, "the cell begins with %%timeit")
    assert opened.source(2).startswith("%%timeit")
    assert opened.errors == []


def test_a_notebook_marked_by_hand_runs_by_itself(notebook: Opener, lab: tuple[str, Path]) -> None:
    opened = notebook(["base = 1", "x = base + 1", "y = x * 2"])
    opened.run_cell(0)
    for cell in (1, 3):
        opened.select(cell)
        opened.execute("maze-nb:mark-cell")
    cells = ["base = 1", "%load_ext maze_nb", "%%maze_task\nx = base + 1", "%%maze_task\ny = x * 2"]
    assert [opened.source(n) for n in range(4)] == cells
    opened.execute("maze-nb:run-workflow")
    opened.page.wait_for_selector('.maze-dot[data-state="succeeded"] >> nth=1')
    opened.execute("docmanager:save")
    saved = lab[1] / "test_a_notebook_marked_by_hand_runs_by_itself.ipynb"
    read = nbformat.read(saved, as_version=4)
    assert [cell.source for cell in read.cells] == [*cells, "%maze_run"]
    done = NotebookClient(read, timeout=120, kernel_name="python3").execute()
    assert not any(out.output_type == "error" for cell in done.cells for out in cell.outputs)
    assert opened.errors == []


def test_commands_say_what_is_missing(notebook: Opener) -> None:
    opened = notebook(["x = 1"])
    page = opened.page
    opened.execute("maze-nb:show-graph")
    said(page, "this notebook has no run yet")
    opened.execute("maze-nb:run-workflow")
    said(page, "no cell of this notebook is a task")
    assert opened.errors == []


def test_a_kernel_without_maze_is_told_how_to_get_it(notebook: Opener) -> None:
    folder = str(package).rpartition("/maze_nb/")[0]
    opened = notebook([f"import sys\nsys.path.remove({folder!r})", "%%maze_task\nx = 1"])
    opened.run_cell(0)
    opened.execute("maze-nb:run-workflow")
    said(opened.page, "maze_nb is not installed in this kernel: run %pip install maze-nb")
    assert opened.errors == []


def test_running_the_workflow_adds_its_cell_once(notebook: Opener) -> None:
    opened = notebook(["%%maze_task one\nx = 1", "%%maze_task two\ny = x + 1"])
    page = opened.page
    for _ in range(2):
        opened.execute("maze-nb:run-workflow")
        page.wait_for_selector('.maze-dot[data-state="succeeded"] >> nth=1')
    assert [opened.source(n).partition("\n")[0] for n in range(3)] == [
        "%%maze_task one",
        "%%maze_task two",
        "%maze_run",
    ]
    assert page.locator(".jp-NotebookPanel .jp-CodeCell").count() == 3
    page.wait_for_selector('.maze-dot[data-face="cached"]')
    opened.select(1)
    opened.execute("maze-nb:show-task")
    page.wait_for_selector('.maze-tab .mz-task-name:visible:text-is("two")')
    assert opened.errors == []


def test_a_failed_task_says_why_at_its_cell(notebook: Opener) -> None:
    opened = notebook(["%%maze_task broken\nx = [][1]", "%%maze_task after\ny = x"])
    page = opened.page
    opened.start("maze-nb:run-workflow")
    page.wait_for_selector('.maze-dot[data-state="failed"]')
    page.wait_for_selector('.maze-dot[data-state="skipped"]')
    why = page.get_attribute('.maze-dot[data-state="failed"]', "aria-label")
    assert why == "Maze task broken: failed (IndexError: list index out of range)"
    assert opened.errors == []


def test_palette_and_side_bar_lead_to_runs(notebook: Opener) -> None:
    opened = notebook(["%%maze_task only --no-cache\nx = 1"])
    page = opened.page
    opened.execute("maze-nb:run-workflow")
    page.wait_for_selector('.maze-dot[data-state="succeeded"]')
    opened.execute("apputils:activate-command-palette")
    page.wait_for_selector('.lm-CommandPalette-itemLabel:has-text("Maze: Run Workflow")')
    page.keyboard.press("Escape")
    page.evaluate("() => window.jupyterapp.shell.activateById('maze-nb:side-bar')")
    page.click('.mz-run-row[data-status="succeeded"] .mz-run-open >> nth=0')
    page.wait_for_selector('.maze-tab .mz-run-word:text-is("succeeded")')
    page.wait_for_selector(".maze-side .mz-node-card .mz-meter-bar")
    assert opened.errors == []
