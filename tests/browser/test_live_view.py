"""The live view in a real JupyterLab: states change, tasks open, a failure leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

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
SMALL = ["%load_ext maze_nb", CELLS[0], "%%maze_task add\ntotal = sum(rows)", "%maze_run"]


def wait_for_state(notebook: Notebook, task: str, state: str) -> None:
    notebook.page.wait_for_selector(f'.mz-node[data-state="{state}"]:has-text("{task}")')


def run_all(notebook: Notebook, cells: list[str]) -> None:
    for index in range(len(cells)):
        notebook.run_cell(index)


def test_a_run_from_start_to_failure(notebook: Opener, tmp_path: Path, screens: Path) -> None:
    gate = tmp_path / "gate"
    opened = notebook([SETUP.format(gate=str(gate)), *CELLS, "%maze_run"])
    page = opened.page
    for index in range(len(CELLS) + 1):
        opened.run_cell(index)
    opened.run_cell(len(CELLS) + 1, wait=False)
    wait_for_state(opened, "load", "succeeded")
    wait_for_state(opened, "broken", "failed")
    wait_for_state(opened, "after", "skipped")
    wait_for_state(opened, "slow", "running")
    assert "running" in page.inner_text(".mz-run-word")
    gate.touch()
    wait_for_state(opened, "slow", "succeeded")
    page.wait_for_selector('.mz-run-word:has-text("failed")')
    page.screenshot(path=screens / "lab-failed-run.png")

    page.click('.mz-node:has-text("load")')
    page.wait_for_selector('.mz-task:visible .mz-output:has-text("rows")')
    assert "[0, 1, 2" in page.inner_text(".mz-task")

    page.click(".mz-failures")
    page.wait_for_selector(".mz-task .mz-traceback")
    traceback = page.inner_text(".mz-traceback")
    assert "TypeError" in traceback
    assert "bad = rows['<b>no</b>']" in traceback
    page.screenshot(path=screens / "lab-traceback.png")

    page.click('.mz-tab:has-text("Messages")')
    page.wait_for_selector('.mz-row:has-text("finish_workflow")')
    page.click('.mz-tab:has-text("Table")')
    page.wait_for_selector(".mz-tasks >> text=slow")
    assert opened.errors == []


def test_keys_walk_the_graph_and_leave_the_notebook_alone(notebook: Opener) -> None:
    opened = notebook(SMALL)
    page = opened.page
    run_all(opened, SMALL)
    wait_for_state(opened, "add", "succeeded")
    top = "() => document.querySelector('.mz-root').getBoundingClientRect().top"
    stood = page.evaluate(top)
    page.click('.mz-node:has-text("load")')
    page.wait_for_selector('.mz-task:visible:has-text("rows")')
    assert page.evaluate(top) == stood
    before = opened.active_cell
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector('.mz-task:visible .mz-output:has-text("total")')
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-task", state="hidden")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    assert opened.active_cell == before
    assert page.evaluate("document.activeElement.getAttribute('class')").startswith("mz-node")
    assert opened.errors == []


def test_the_view_follows_the_theme_of_jupyterlab(notebook: Opener, screens: Path) -> None:
    opened = notebook(SMALL)
    page = opened.page
    run_all(opened, SMALL)
    wait_for_state(opened, "add", "succeeded")
    colour = "() => getComputedStyle(document.querySelector('.mz-root')).backgroundColor"
    light = page.evaluate(colour)
    page.evaluate(
        "() => window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    page.wait_for_function(f"light => ({colour})() !== light", arg=light)
    page.click('.mz-node:has-text("add")')
    page.wait_for_selector(".mz-task:visible")
    page.screenshot(path=screens / "lab-dark.png")
    page.evaluate(
        "() => window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Light'})"
    )
    page.wait_for_selector('body[data-jp-theme-light="true"]', state="attached")
    assert opened.errors == []


def test_the_view_comes_back_after_a_reload(notebook: Opener) -> None:
    opened = notebook(SMALL)
    page = opened.page
    run_all(opened, SMALL)
    wait_for_state(opened, "add", "succeeded")
    opened.execute("docmanager:save")
    opened.open()
    wait_for_state(opened, "add", "succeeded")
    assert page.inner_text(".mz-run-word") == "succeeded"
    page.click('.mz-node:has-text("add")')
    page.wait_for_selector('.mz-task:visible .mz-output:has-text("total")')
    assert not page.is_visible("div.maze-still")
    assert opened.errors == []


def test_the_view_says_that_its_kernel_is_gone(notebook: Opener, screens: Path) -> None:
    opened = notebook(SMALL)
    page = opened.page
    run_all(opened, SMALL)
    wait_for_state(opened, "add", "succeeded")
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    page.wait_for_selector('.mz-notice:has-text("No kernel answers")')
    wait_for_state(opened, "add", "succeeded")
    page.screenshot(path=screens / "lab-kernel-gone.png")
    assert opened.errors == []


def test_the_saved_notebook_shows_without_a_kernel(notebook: Opener, screens: Path) -> None:
    opened = notebook(SMALL)
    page = opened.page
    run_all(opened, SMALL)
    wait_for_state(opened, "add", "succeeded")
    assert not page.is_visible("div.maze-still")
    opened.execute("docmanager:save")
    opened.execute("notebook:shutdown-kernel")
    page.reload()
    page.wait_for_selector("div.maze-still", state="visible")
    page.screenshot(path=screens / "lab-without-kernel.png")
    assert opened.errors == []
