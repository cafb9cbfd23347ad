"""The way between page and kernel breaks in the middle of a run: the view says so, and recovers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CELLS = [
    "%load_ext maze_nb",
    "%%maze_task load\nrows = list(range(10))",
    (
        "%%maze_task slow\nimport os, time\nfor _ in range(12000):\n"
        "    if os.path.exists({gate!r}):\n        break\n    time.sleep(0.01)\n"
        "total = sum(rows)"
    ),
    "%maze_run",
]


class Line:
    """The connections of the page to kernels, which can be cut."""

    def __init__(self) -> None:
        self._is_cut = False
        self._open: list[WebSocketRoute] = []

    def connect(self, socket: WebSocketRoute) -> None:
        """Let a connection through, unless the line is cut."""
        if self._is_cut:
            socket.close(code=1011)
            return
        socket.connect_to_server()
        self._open.append(socket)

    def cut(self) -> None:
        """End all connections, and let none through."""
        self._is_cut = True
        for socket in self._open:
            socket.close(code=1011)
        self._open.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False


def test_a_lost_comm_is_said_and_the_run_is_live_again_after_it(notebook, tmp_path: Path, screens):
    gate = tmp_path / "gate"
    opened = notebook([cell.replace("{gate!r}", repr(str(gate))) for cell in CELLS])
    page, line = opened.page, Line()
    page.route_web_socket("**/api/kernels/*/channels*", line.connect)
    opened.open()
    for index in range(len(CELLS) - 1):
        opened.run_cell(index)
    opened.run_cell(len(CELLS) - 1, wait=False)
    running = page.locator('.mz-node[data-state="running"]:has-text("slow")')
    running.wait_for()
    notice = page.locator('.mz-notice:has-text("No kernel answers")')
    expect(notice).to_be_hidden()

    line.cut()
    notice.wait_for()
    # What was known stays in sight.
    expect(running).to_be_visible()
    expect(page.locator('.mz-node[data-state="succeeded"]:has-text("load")')).to_be_visible()
    page.screenshot(path=screens / "lab-lost-comm.png")

    line.mend()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:reconnect-to-kernel')")
    expect(notice).to_be_hidden(timeout=60_000)
    gate.touch()
    page.wait_for_selector('.mz-node[data-state="succeeded"]:has-text("slow")')
    page.wait_for_selector('.mz-run-word:has-text("succeeded")')
    assert opened.errors == []
