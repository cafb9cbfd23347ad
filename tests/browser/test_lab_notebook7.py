"""Notebook 7 shows the same live view, and the extension does its part there too."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lab import TOKEN
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CELLS = [
    "%load_ext maze_nb",
    "%%maze_task first\nx = 1",
    "%%maze_task second\ny = x + 1",
    "%maze_run",
]


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
        for index in range(len(CELLS)):
            page.click(f".jp-Cell >> nth={index} >> .cm-content")
            page.keyboard.press("Control+Enter")
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
