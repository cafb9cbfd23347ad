"""Notebook 7 shows the same live view, and the extension does its part there too."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lab import TOKEN
from playwright.sync_api import Browser, Page

from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CELLS = [
    "%load_ext maze_nb",
    "%%maze_task first\nx = 1",
    "%%maze_task second\ny = x + 1",
    "%maze_run",
]


def run_cell(page: Page, index: int) -> None:
    """Run a cell by its key, and wait for its end; the editor may not hear the key at once."""
    cell = f".jp-Cell >> nth={index}"

    def is_begun() -> bool:
        if page.inner_text(f"{cell} >> .jp-InputPrompt").strip() != "[ ]:":
            return True
        page.press(f"{cell} >> .cm-content", "Control+Enter")
        page.wait_for_timeout(500)
        return False

    wait_until(is_begun, 60)
    page.wait_for_selector(f"{cell} >> .jp-InputPrompt:text-matches('[0-9]')")


def test_the_view_and_the_dots(browser: Browser, lab: tuple[str, Path], screens: Path) -> None:
    address, served = lab
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(content, served / "seven.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
    try:
        page.goto(f"{address}/notebooks/seven.ipynb?token={TOKEN}")
        page.wait_for_selector('.maze-dot[data-state="new"] >> nth=1')
        page.wait_for_selector('.jp-NotebookPanel-toolbar [data-command="maze-nb:run-workflow"]')
        page.wait_for_selector(".jp-NotebookKernelStatus:not(.jp-NotebookKernelStatus-error)")
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        for index in range(len(CELLS)):
            run_cell(page, index)
        page.wait_for_selector('.jp-OutputArea .mz-run-word:text-is("succeeded")')
        assert page.locator(".jp-OutputArea .mz-node").count() == 2
        page.wait_for_selector('.maze-dot[data-state="succeeded"] >> nth=1')
        page.click(".jp-OutputArea .mz-node:has-text('second')")
        page.wait_for_selector('.mz-task-name:visible:text-is("second")')
        page.screenshot(path=screens / "notebook7.png")
    finally:
        page.close()
    # Notebook 7 throws on its own, also without the extension.
    assert [error for error in errors if "maze" in error] == []
