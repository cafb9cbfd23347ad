"""Where JupyterLab puts what views ask for: cells of the notebook, tabs, and the side bar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

LOAD = "%load_ext maze_nb"
GO = 'button:text-is("Go to its cell"):visible'
UNDER = ".jp-OutputArea .mz-root"
_COLUMNS = "() => document.querySelectorAll('#jp-main-dock-panel > .lm-TabBar').length"
_NO_EXTENSION = "() => addEventListener('maze-host', e => e.stopImmediatePropagation(), true)"


def view_under_cell(opened: Notebook, task: str) -> None:
    """Run all of the cells, the last of which shows the view, and choose a task in it."""
    page = opened.page
    for index in range(page.locator(".jp-NotebookPanel .jp-CodeCell").count()):
        opened.run_cell(index)
    page.wait_for_selector(f'{UNDER} .mz-run-word:text-is("succeeded")')
    page.click(f'{UNDER} .mz-node:has-text("{task}")')
    page.wait_for_selector(f'{UNDER} .mz-task:visible .mz-task-name:text-is("{task}")')


def open_source(page: Page) -> None:
    page.click(f'{UNDER} .mz-task-tabs .mz-tab:text-is("Source")')
    page.wait_for_selector(f"{UNDER} .mz-code .mz-code-line")


def test_the_view_under_a_cell_reaches_the_notebook_it_is_in(notebook: Opener) -> None:
    cells = [LOAD, "%%maze_task one\nx = 1", "%%maze_task two\ny = x + 1", "%maze_run", "last = 0"]
    opened = notebook(cells)
    page = opened.page
    view_under_cell(opened, "two")
    open_source(page)
    page.click(f"{UNDER} {GO}")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex === 2"
    )
    opened.select(0)
    page.click(f'{UNDER} .mz-task-actions >> text="Open in a cell"')
    expect(page.locator(f"{UNDER} .mz-said:visible")).to_have_text("put into a new cell")
    assert "x" in opened.source(4)
    assert opened.source(5) == "last = 0"
    assert opened.active_cell == 4
    assert opened.errors == []


def test_the_view_under_a_cell_copies_where_nobody_answers(notebook: Opener) -> None:
    opened = notebook([LOAD, "%%maze_task one\nx = 1", "%maze_run"])
    page = opened.page
    page.evaluate(_NO_EXTENSION)
    view_under_cell(opened, "one")
    open_source(page)
    expect(page.locator(f"{UNDER} {GO}")).to_have_count(0)
    page.click(f'{UNDER} .mz-task-actions >> text="Open in a cell"')
    expect(page.locator(f"{UNDER} .mz-said:visible")).to_contain_text("copied its code")
    expect(page.locator(".jp-NotebookPanel .jp-CodeCell")).to_have_count(3)
    assert opened.errors == []


# The second run is that of a notebook of the same name in a folder.
CODE = """import os
from maze_nb import task, workflow

@task
def double(x: int) -> int:
    return 2 * x

@task
def triple(x: int) -> int:
    return 3 * x

@workflow
def by_code():
    return double(1)

@workflow
def of_another():
    return triple(1)

wf = by_code()
wf.returned(wf.run())
folder, name = os.path.split(os.environ["JPY_SESSION_NAME"])
os.environ["JPY_SESSION_NAME"] = os.path.join(folder, "deep", name)
other = of_another()
other.returned(other.run())
"""


def test_the_graph_of_a_workflow_that_is_code_is_shown(notebook: Opener) -> None:
    opened = notebook([CODE])
    page = opened.page
    opened.run_cell(0)
    opened.execute("maze-nb:show-graph")
    page.wait_for_selector('.maze-tab .mz-node:has-text("double")')
    page.wait_for_selector('.maze-tab .mz-run-word:text-is("succeeded")')
    assert opened.errors == []


def test_tabs_of_runs_stay_together(notebook: Opener) -> None:
    opened = notebook(["%%maze_task one --no-cache\nx = 1"])
    page = opened.page
    for count in (1, 2):
        opened.execute("maze-nb:run-workflow")
        page.wait_for_selector('.maze-dot[data-state="succeeded"]')
        opened.execute("maze-nb:show-graph")
        tabs = page.locator('#jp-main-dock-panel .lm-TabBar-tab[data-id^="maze-run-"]')
        expect(tabs).to_have_count(count)
        assert page.evaluate(_COLUMNS) == 2
        page.evaluate(
            "() => { const {shell} = window.jupyterapp;"
            " const [book] = [...shell.widgets('main')].filter(w => w.content?.widgets);"
            " shell.activateById(book.id) }"
        )
    assert opened.errors == []


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_side_bar_fits_a_narrow_place(notebook: Opener, screens: Path, theme: str) -> None:
    opened = notebook(["%%maze_task a_task_with_a_long_name --no-cache\nx = 1"])
    page = opened.page
    opened.execute("maze-nb:run-workflow")
    page.wait_for_selector('.maze-dot[data-state="succeeded"]')
    opened.use_theme(theme)
    page.evaluate("() => window.jupyterapp.shell.activateById('maze-nb:side-bar')")
    page.wait_for_selector(".maze-side .mz-node-card .mz-meter-bar")
    page.wait_for_selector(".maze-side .mz-run-open:enabled")
    side = page.locator(".maze-side")
    box = side.bounding_box()
    assert box is not None
    handle = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").first
    grip = handle.bounding_box()
    assert grip is not None
    x, y = grip["x"] + grip["width"] / 2, 500
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 250 - box["width"], y, steps=5)
    page.mouse.up()
    side.screenshot(path=screens / f"lab-side-{theme.lower()}.png")
    wide = side.evaluate(
        "side => [...side.querySelectorAll('.maze-side-part')]"
        ".filter(part => part.scrollWidth > part.clientWidth).length"
    )
    assert wide == 0
    assert abs((side.bounding_box() or box)["width"] - 250) < 12
    assert opened.errors == []
