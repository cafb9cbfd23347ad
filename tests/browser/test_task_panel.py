"""The task panel in a real JupyterLab: read of a task what it made and printed, and act on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

SETUP = "%load_ext maze_nb\ngate, mended = {gate!r}, {mended!r}\nrate = 0.5"
LOAD = """%%maze_task load
import sys
import pandas as pd
from matplotlib.figure import Figure
for number in range(40):
    print("row", number)
print("careful now", file=sys.stderr)
rows = list(range(10))
table = pd.DataFrame({"<b>speed</b>": [1, 2], "size": [3, 4]})
figure = Figure()
figure.subplots().plot(rows)"""
SLOW = """%%maze_task slow --isolation process
import os, time
print("waiting for the gate")
for _ in range(6000):
    if os.path.exists(gate):
        break
    time.sleep(0.01)
waited = len(rows)"""
BROKEN = """%%maze_task broken
import os
# it fails until it is mended
if not os.path.exists(mended):
    raise ValueError("<i>not</i> mended")
scaled = [rate * row for row in rows]"""
AFTER = "%%maze_task after\ntotal = sum(scaled)"


@pytest.fixture
def cells(tmp_path: Path) -> list[str]:
    setup = SETUP.format(gate=str(tmp_path / "gate"), mended=str(tmp_path / "mended"))
    return [setup, LOAD, SLOW, BROKEN, AFTER, "%maze_run"]


def start(notebook: Opener, cells: list[str]) -> Notebook:
    opened = notebook(cells)
    for index in range(len(cells) - 1):
        opened.run_cell(index)
    opened.run_cell(len(cells) - 1, wait=False)
    opened.page.wait_for_selector('.mz-node[data-state="failed"]:has-text("broken")')
    return opened


def choose(page: Page, task: str) -> None:
    page.click('.mz-tab:has-text("Table")')
    page.click(f'.mz-tasks .mz-link:text-is("{task}")')
    page.wait_for_selector(f'.mz-task:visible .mz-task-name:text-is("{task}")')


def part(page: Page, name: str) -> None:
    page.click(f'.mz-task-tabs .mz-tab:text-is("{name}")')


def theme(page: Page, name: str) -> None:
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
        f"JupyterLab {name}",
    )
    is_light = str(name == "Light").lower()
    page.wait_for_selector(f'body[data-jp-theme-light="{is_light}"]', state="attached")


def pictures(page: Page, screens: Path, name: str) -> None:
    for each in ("Dark", "Light"):
        theme(page, each)
        page.locator(".mz-root").first.screenshot(path=screens / f"task-{name}-{each.lower()}.png")


def test_a_task_is_read_cancelled_and_tried_again(
    notebook: Opener, cells: list[str], tmp_path: Path, screens: Path
) -> None:
    opened = start(notebook, cells)
    page = opened.page

    choose(page, "load")
    outputs = page.locator(".mz-output")
    outputs.filter(has_text="figure").locator(".mz-look").click()
    expect(outputs.filter(has_text="figure").locator("img")).to_be_visible(timeout=30_000)
    outputs.filter(has_text="table").locator(".mz-look").click()
    page.frame_locator(".mz-output iframe").locator("th", has_text="<b>speed</b>").wait_for()
    pictures(page, screens, "output")

    part(page, "Log")
    log = page.locator(".mz-log")
    expect(log).to_contain_text("row 39")
    expect(page.locator(".mz-log .mz-stderr")).to_contain_text("careful now")
    page.fill(".mz-log-search", "row 3")
    expect(page.locator(".mz-found-count")).to_have_text("1/11")
    page.fill(".mz-log-search", "")
    page.click('.mz-log-tools >> text="Whole log"')
    page.wait_for_selector('.mz-log-tools >> text="Live tail"')
    expect(log).to_contain_text("row 0")
    pictures(page, screens, "log")

    choose(page, "broken")
    expect(page.locator(".mz-traceback .mz-failing")).to_contain_text("<i>not</i> mended")
    part(page, "Source")
    expect(page.locator(".mz-code .mz-failing")).to_contain_text("raise ValueError")
    expect(page.locator(".mz-code .mz-hl-comment")).to_have_text("# it fails until it is mended")
    expect(page.locator(".mz-place")).to_contain_text("cell broken")
    pictures(page, screens, "source")
    part(page, "Inputs")
    page.locator(".mz-input", has_text="rows").locator(".mz-look").click()
    expect(page.locator(".mz-input .mz-preview .mz-pre")).to_contain_text("[0, 1, 2, 3")
    retry = page.locator('.mz-task-actions >> text="Retry"')
    expect(retry).to_be_disabled()
    assert "the run goes on" in str(retry.get_attribute("title"))

    choose(page, "slow")
    page.click('.mz-task-actions >> text="Cancel"')
    expect(page.locator(".mz-task-state")).to_contain_text("cancelled", timeout=30_000)
    expect(page.locator(".mz-said:visible")).to_contain_text("asked to cancel 'slow'")

    (tmp_path / "mended").touch()
    (tmp_path / "gate").touch()
    first = page.inner_text(".mz-run-id")
    choose(page, "broken")
    page.wait_for_selector('.mz-run-word:has-text("failed")')
    expect(retry).to_be_enabled()
    retry.click()
    expect(page.locator(".mz-run-id")).not_to_have_text(first)
    expect(page.locator(".mz-task-state")).to_contain_text("succeeded", timeout=60_000)
    expect(page.locator(".mz-task .mz-said")).to_contain_text("computes 'broken' and what depends")
    pictures(page, screens, "retried")
    page.click(".mz-task .mz-said .mz-link")
    expect(page.locator(".mz-run-id")).to_have_text(first)
    expect(page.locator(".mz-task-state")).to_contain_text("failed")
    assert opened.errors == []


def test_a_run_is_cancelled_once_that_is_confirmed(
    notebook: Opener, cells: list[str], screens: Path
) -> None:
    opened = start(notebook, cells)
    page = opened.page
    page.click('.mz-run-actions >> text="Cancel"')
    sure = page.wait_for_selector('.mz-run-actions >> text="Cancel the whole run?"')
    page.locator(".mz-root").screenshot(path=screens / "task-cancel-run.png")
    sure.click()
    page.wait_for_selector('.mz-node[data-state="cancelled"]:has-text("slow")')
    expect(page.locator(".mz-run-word")).not_to_have_text("running")
    expect(page.locator(".mz-header .mz-said")).to_contain_text("asked to cancel the run")
    assert opened.errors == []


def test_a_task_is_put_into_a_cell(notebook: Opener, cells: list[str]) -> None:
    opened = start(notebook, cells)
    page = opened.page
    choose(page, "broken")
    before = page.locator(".jp-CodeCell").count()
    page.click('.mz-task-actions >> text="Open in a cell"')
    said = page.locator(".mz-task .mz-said")
    expect(said).to_contain_text("cell", timeout=30_000)
    if "new cell" in said.inner_text():
        expect(page.locator(".jp-CodeCell")).to_have_count(before + 1)
    else:
        assert "copied its code" in said.inner_text()
    assert opened.errors == []
