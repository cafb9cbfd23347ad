"""Editing a workflow in a real JupyterLab: drag, refuse, remove, mend, run, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

SETUP = """
from maze_nb import MaClient, task

@task(outputs=["xs"])
def load(n=3) -> list:
    return list(range(n))

@task(outputs=["total"])
def add(xs: list, by: int = 1) -> int:
    return sum(xs) * by

@task(outputs=["text"])
def tell(total, extra=None) -> str:
    return f"{total} and {extra}"

client = MaClient()
w = client.create_workflow("sums")
loaded = w.add_task(load, {"n": 4})
added = w.add_task(add, {"xs": [100]})
told = w.add_task(tell, {"total": added.outputs["total"]})
"""
RUN = "run_id = w.run()\nprint('RAN', w.get_task_result(run_id, 'tell'))"
EXPORT = """
import subprocess, sys
w.to_code("drawn.py")
done = subprocess.run([sys.executable, "drawn.py"], capture_output=True, text=True, timeout=100)
print('EXPORTED', done.stdout, done.stderr[-500:])
"""


def port(task: str, side: str, name: str) -> str:
    return f'.mz-node:has-text("{task}") .mz-port-{side}[data-name="{name}"] .mz-port-reach'


def drag(page: Page, start: str, end: str) -> None:
    """Drag from the middle of one element to that of another, as a hand would."""
    source, target = page.locator(start).bounding_box(), page.locator(end).bounding_box()
    assert source is not None
    assert target is not None
    page.mouse.move(source["x"] + source["width"] / 2, source["y"] + source["height"] / 2)
    page.mouse.down()
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + 3, steps=8)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2)
    page.wait_for_selector(".mz-connect-line", state="attached")
    page.mouse.up()


def undo_title(page: Page, text: str) -> None:
    """Wait until this is what would be taken back."""
    page.wait_for_selector(f'.mz-edit-line button[aria-label="Undo"][title*="{text}"]')


def output_of(notebook: Notebook, index: int, text: str) -> str:
    found = notebook.page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea-output")
    found.filter(has_text=text).wait_for()
    return found.filter(has_text=text).inner_text()


def test_a_workflow_is_drawn_run_and_exported(notebook: Opener, screens: Path) -> None:
    opened = notebook([SETUP, "w", RUN, EXPORT])
    page = opened.page
    opened.run_cell(0)
    opened.run_cell(1)
    page.wait_for_selector(".mz-editing .mz-port-out")
    page.wait_for_selector('.mz-run-word:has-text("not run yet")')

    # An output to an input; the edge is there, and the value that was is gone.
    drag(page, port("load", "out", "xs"), port("add", "in", "xs"))
    undo_title(page, "connect 'xs' of 'load'")
    page.screenshot(path=screens / "lab-edit-connected.png")

    # What would close a cycle is refused with its path.
    drag(page, port("tell", "out", "text"), port("load", "in", "n"))
    page.wait_for_selector(".mz-edit-no:visible")
    refused = page.inner_text(".mz-edit-reason")
    assert "would close a cycle: load → add → tell → load" in refused
    page.screenshot(path=screens / "lab-edit-refused.png")
    page.click(".mz-edit-no button")

    # By the form: another edge, a value, and resources with a no beside the field.
    page.click('.mz-node:has-text("tell")')
    page.wait_for_selector(
        '.mz-edit-form [name="from extra"] option:has-text("xs of load")', state="attached"
    )
    page.select_option('[name="from extra"]', label="xs of load")
    undo_title(page, "to 'extra' of 'tell'")
    page.fill('[name="cpu"]', "-2")
    page.press('[name="cpu"]', "Enter")
    page.wait_for_selector('.mz-is-refused .mz-field-no:has-text("must not be negative")')
    page.fill('[name="cpu"]', "0.5")
    page.press('[name="cpu"]', "Enter")
    undo_title(page, "change cpu to 0.5")
    page.screenshot(path=screens / "lab-edit-form.png")

    # An edge is removed, and comes back by Ctrl+Z; then it is removed for good.
    page.click('.mz-node:has-text("tell")')
    page.select_option('[name="from extra"]', label="its default")
    undo_title(page, "disconnect 'extra'")
    page.focus('.mz-node:has-text("tell")')
    page.keyboard.press("Control+z")
    undo_title(page, "change cpu to 0.5")
    page.keyboard.press("Control+Shift+Z")
    undo_title(page, "disconnect 'extra'")

    # By keyboard: what it can go to is a list.
    page.focus('.mz-node:has-text("load")')
    page.keyboard.press("e")
    page.wait_for_selector('.mz-menu-item:has-text("xs → tell · extra")')
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-menu", state="detached")

    opened.run_cell(2)
    assert "RAN {'text': '6 and None'}" in output_of(opened, 2, "RAN")
    # The view shows the run now, and edits no more.
    page.wait_for_selector('.mz-run-word:has-text("succeeded")')
    page.wait_for_selector(".mz-edit-bar", state="hidden")
    assert page.locator(".mz-port").count() == 0
    opened.run_cell(3)
    assert "text = '6 and None'" in output_of(opened, 3, "EXPORTED")
    assert opened.errors == []


def test_code_and_hands_change_one_graph(notebook: Opener) -> None:
    cells = [
        SETUP,
        "w",
        "more = w.add_task(load, name='more')",
        "print('LEFT', [t.name for t in w.get_tasks()])",
    ]
    opened = notebook(cells)
    page = opened.page
    opened.run_cell(0)
    opened.run_cell(1)
    page.wait_for_selector(".mz-editing .mz-port-out")
    opened.run_cell(2)
    page.wait_for_selector('.mz-node:has-text("more")')
    page.focus('.mz-node:has-text("more")')
    page.keyboard.press("Delete")
    page.wait_for_selector('.mz-node:has-text("more")', state="detached")
    opened.run_cell(3)
    assert "LEFT ['load', 'add', 'tell']" in output_of(opened, 3, "LEFT")
    assert opened.errors == []


MARKED = [
    "%load_ext maze_nb",
    "%%maze_task load\nxs = [1, 2]",
    "%%maze_task clean\nys = [10 * each for each in xs]",
    "%%maze_task tell\ntext = f'sum {sum(xs)}'",
    "%maze_dag",
    "%maze_run",
    "print('MADE', text)",
    "%maze_status",
]


def test_what_is_drawn_of_task_cells_is_run(notebook: Opener, screens: Path) -> None:
    opened = notebook(MARKED)
    page = opened.page
    for index in range(5):
        opened.run_cell(index)
    page.wait_for_selector(".mz-editing .mz-port-out")
    drag(page, port("clean", "out", "ys"), port("tell", "in", "xs"))
    undo_title(page, "connect 'ys' of 'clean'")
    page.screenshot(path=screens / "lab-edit-cells.png")
    for index in range(5, len(MARKED)):
        opened.run_cell(index)
    assert "MADE sum 30" in output_of(opened, 6, "MADE")
    assert "tell: xs from ys of clean" in output_of(opened, 7, "edited in the graph")
    assert opened.errors == []
