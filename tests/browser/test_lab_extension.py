"""The JupyterLab extension on a real JupyterLab: a workflow of twelve cells, seen and steered."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook
from playwright.sync_api import Page, WebSocketRoute

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

WAIT = """import os, time
for _ in range(6000):
    if os.path.exists(gate):
        break
    time.sleep(0.01)
"""
SLOW, TOTAL = 11, 12
STALE = "Maze task one: succeeded, but stale: the cell was changed since"


def twelve(gate: Path) -> list[str]:
    """Return a cell that says where the gate is, and twelve task cells of which one waits at it."""
    middle = [f"%%maze_task part_{n}\ny{n} = x + {n}" for n in range(9)]
    return [
        f"gate = {str(gate)!r}",
        "%%maze_task load\nx = 1",
        *middle,
        f"%%maze_task slow --no-cache\n{WAIT}z = x",
        "%%maze_task total\nresult = z + " + " + ".join(f"y{n}" for n in range(9)),
    ]


def with_pid(cells: list[str], place: Path) -> list[str]:
    """Have the first of these cells write down which process the kernel is."""
    setup, *tasks = cells
    tell = f"import os, pathlib\npathlib.Path({str(place)!r}).write_text(str(os.getpid()))"
    return [f"{setup}\n{tell}", *tasks]


def dot(cell: int, state: str) -> str:
    return f'.jp-NotebookPanel .jp-Cell >> nth={cell} >> .maze-dot[data-state="{state}"]'


def output(cell: int, text: str) -> str:
    return f'.jp-NotebookPanel .jp-Cell >> nth={cell} >> .jp-OutputArea:has-text("{text}")'


def wait_for_dots(page: Page, state: str, count: int) -> None:
    page.wait_for_function(
        "([state, count]) => document.querySelectorAll(`.maze-dot[data-state=${state}]`).length"
        " === count",
        arg=[state, count],
    )


def wait_for_stale(page: Page, *labels: str) -> None:
    """Wait until these are the dots that are stale."""
    page.wait_for_function(
        "labels => JSON.stringify(labels) === JSON.stringify("
        "[...document.querySelectorAll('.maze-is-stale')].map(dot => dot.ariaLabel))",
        arg=list(labels),
    )


def run_twelve(opened: Notebook) -> None:
    """Begin the workflow by the command, and wait until only the gate holds it up."""
    opened.page.set_viewport_size({"width": 1400, "height": 2400})
    opened.run_cell(0)
    opened.start("maze-nb:run-workflow")
    opened.page.wait_for_selector(dot(SLOW, "running"))
    wait_for_dots(opened.page, "succeeded", 10)


def show_graph(opened: Notebook) -> str:
    """Open the graph of the notebook's run; return the run's id."""
    opened.execute("maze-nb:show-graph")
    opened.page.wait_for_selector(".maze-tab .mz-run-word")
    caption = str(opened.page.evaluate("() => window.jupyterapp.shell.currentWidget.title.caption"))
    return caption.removeprefix("Maze run ")


def word(page: Page, text: str) -> None:
    page.wait_for_selector(f'.maze-tab .mz-run-word:text-is("{text}")')


def test_twelve_tasks_change_their_states_at_their_cells_and_in_the_graph(
    notebook: Opener, tmp_path: Path, screens: Path
) -> None:
    gate = tmp_path / "gate"
    opened = notebook(twelve(gate))
    page = opened.page
    wait_for_dots(page, "new", 12)
    assert page.get_by_role("button", name="Maze task, not run yet").count() == 12
    run_twelve(opened)
    assert page.inner_text(".jp-NotebookPanel .jp-Cell >> nth=13 >> .jp-InputPrompt") == "[*]:"
    assert page.get_by_role("button", name="Maze task total: waiting").count() == 1

    show_graph(opened)
    word(page, "running")
    assert page.locator(".maze-tab .mz-node").count() == 12
    page.wait_for_selector('.maze-tab .mz-node[data-state="running"]')
    page.set_viewport_size({"width": 1400, "height": 900})
    page.screenshot(path=screens / "lab-running-light.png")
    page.click(".maze-tab .mz-node:has-text('part_3')")
    page.click('.mz-task:visible [role="tab"]:has-text("Source")')
    page.click('.mz-task:visible button:text-is("Go to its cell")')
    assert opened.active_cell == 5

    gate.touch()
    word(page, "succeeded")
    page.set_viewport_size({"width": 1400, "height": 2400})
    wait_for_dots(page, "succeeded", 12)
    page.click(dot(TOTAL, "succeeded"))
    page.wait_for_selector('.mz-task-name:visible:text-is("total")')
    opened.use_theme("Dark")
    page.set_viewport_size({"width": 1400, "height": 900})
    page.screenshot(path=screens / "lab-done-dark.png")
    opened.use_theme("Light")
    assert opened.errors == []


def test_a_cell_that_is_edited_after_its_run_is_stale_until_it_has_run_as_it_is(
    notebook: Opener, screens: Path
) -> None:
    opened = notebook(["%%maze_task one\nx = 1", "%%maze_task two\ny = 2"])
    page = opened.page
    opened.execute("maze-nb:run-workflow")
    wait_for_dots(page, "succeeded", 2)
    wait_for_stale(page)
    opened.select(0)
    page.click(".jp-NotebookPanel .jp-Cell >> nth=0 >> .cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.type("1")
    wait_for_stale(page, STALE)
    page.screenshot(path=screens / "lab-stale.png")
    page.keyboard.press("Backspace")
    wait_for_stale(page)
    page.keyboard.type("2")
    opened.run_cell(0)
    wait_for_stale(page, STALE)
    opened.reload()
    wait_for_stale(page, STALE)
    opened.start("maze-nb:run-workflow")
    wait_for_stale(page)
    wait_for_dots(page, "succeeded", 2)
    assert opened.errors == []


def test_a_lost_kernel_leaves_its_run_to_be_seen_and_attached_to(
    notebook: Opener, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    opened = notebook(with_pid(twelve(tmp_path / "gate"), pid))
    page = opened.page
    run_twelve(opened)
    run_id = show_graph(opened)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    page.click('.jp-Dialog:has-text("restart") button.jp-mod-accept')
    word(page, "interrupted")
    page.wait_for_selector(dot(SLOW, "was_running"))
    wait_for_dots(page, "succeeded", 10)
    page.click(".jp-NotebookPanel .jp-Cell >> nth=0")
    opened.start("maze-nb:attach-run", run_id=run_id)
    page.wait_for_selector(
        f'.jp-NotebookPanel .jp-CodeCell:has-text("%maze_attach {run_id}") .mz-run-word'
        ':text-is("interrupted")'
    )
    assert opened.errors == []


def show_all(opened: Notebook) -> str:
    """Open graph and side bar, and wait until JupyterLab has saved that; return the run's id."""
    run_id = show_graph(opened)
    opened.page.evaluate("() => window.jupyterapp.shell.activateById('maze-nb:side-bar')")
    side_bar_shows(opened.page, run_id)
    opened.wait_for_workspace(f"maze-nb:{run_id}", '"current":"maze-nb:side-bar"')
    return run_id


def side_bar_shows(page: Page, run_id: str) -> None:
    page.wait_for_selector(f'.maze-side [data-run="{run_id}"]')


def is_beside_notebook(page: Page) -> bool:
    tab, panel = (
        page.locator(f"{each}:visible").bounding_box()
        for each in (".maze-tab", ".jp-NotebookPanel")
    )
    assert tab is not None
    assert panel is not None
    return tab["x"] >= panel["x"] + panel["width"]


def test_a_reloaded_page_has_the_run_again_while_the_kernel_is_busy(
    notebook: Opener, tmp_path: Path, screens: Path
) -> None:
    gate = tmp_path / "gate"
    opened = notebook(twelve(gate))
    page = opened.page
    run_twelve(opened)
    opened.execute("docmanager:save")
    run_id = show_all(opened)
    opened.reload()
    word(page, "running")
    side_bar_shows(page, run_id)
    page.wait_for_selector(dot(SLOW, "running"))
    wait_for_dots(page, "succeeded", 10)
    assert is_beside_notebook(page)
    page.screenshot(path=screens / "lab-reloaded.png")
    page.wait_for_selector(output(SLOW, "◐ slow · running"))
    page.wait_for_selector(output(TOTAL, "○ total · waiting"))
    gate.touch()
    word(page, "succeeded")
    wait_for_dots(page, "succeeded", 12)
    page.wait_for_selector(output(SLOW, "✓ slow"))
    page.wait_for_selector(output(TOTAL, "✓ total"))
    assert opened.errors == []


def test_a_reloaded_page_has_the_run_again_though_its_kernel_was_restarted(
    notebook: Opener, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    opened = notebook(with_pid(twelve(tmp_path / "gate"), pid))
    page = opened.page
    run_twelve(opened)
    run_id = show_all(opened)
    opened.wait_for_workspace("maze-nb-cells:", '"state":"running"')
    opened.reload(lambda: os.kill(int(pid.read_text()), signal.SIGKILL))
    word(page, "interrupted")
    side_bar_shows(page, run_id)
    page.wait_for_selector(dot(SLOW, "was_running"))
    wait_for_dots(page, "succeeded", 10)
    assert is_beside_notebook(page)
    assert opened.errors == []


def test_a_lost_connection_is_said_and_mended(notebook: Opener, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    opened = notebook(twelve(gate))
    page = opened.page
    lines: list[WebSocketRoute] = []
    is_cut = False

    def route(line: WebSocketRoute) -> None:
        if is_cut:
            line.close()
            return
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket(re.compile("/maze/view"), route)
    opened.open()
    run_twelve(opened)
    show_graph(opened)
    word(page, "running")
    is_cut = True
    for line in lines:
        line.close()
    page.wait_for_selector('.maze-tab .mz-notice:has-text("Connection lost")')
    assert page.locator(".maze-tab .mz-node").count() == 12
    gate.touch()
    is_cut = False
    page.wait_for_selector('.maze-tab .mz-run-word:text-is("succeeded")')
    page.wait_for_selector('.maze-tab .mz-notice:has-text("Connection lost")', state="detached")
    assert opened.errors == []
