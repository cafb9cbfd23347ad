"""A kernel is killed in JupyterLab in the middle of a run: a new one shows the run live again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from lab import Notebook, lab_server, open_notebook
from playwright.sync_api import BrowserContext, Locator, expect

from maze_nb.config import HOME_VARIABLE
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

COMMAND = Path(sys.executable).parent / "maze-nb"
BOUND = 60
CELLS = [
    "%load_ext maze_nb",
    "%%maze_task load\nrows = list(range(1000))",
    "%%maze_task clean\nkept = [row for row in rows if row % 3]",
    (
        "%%maze_task train\nimport time\nfrom pathlib import Path\nPath('begun').touch()\n"
        "while not Path('go').exists():\n    time.sleep(0.05)\nmodel = sum(kept)"
    ),
    "%%maze_task report\nsummary = f'{model} of {len(rows)}'",
    "%maze_run",
    "%maze_attach",
    "results = %maze_results\nprint(results['summary'])",
]
RUN, ATTACH, RESULTS = 5, 6, 7
SUMMARY = f"{sum(row for row in range(1000) if row % 3)} of 1000"


def typed(home: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *words],
        cwd=folder,
        env=os.environ | {HOME_VARIABLE: str(home)},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


@pytest.fixture
def study(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Notebook, Path, Path]]:
    """Give a notebook in a JupyterLab whose kernels find a kept cluster, its folder and home."""
    folder, home = tmp_path / "served", tmp_path / "home"
    folder.mkdir()
    up = typed(home, folder, "up", "--slots", "2", "--dashboard-address", "127.0.0.1:0")
    assert up.returncode == 0, up.stderr
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    try:
        with (
            lab_server(tmp_path / "lab", folder) as address,
            open_notebook(context, address, folder / "study.ipynb", CELLS) as notebook,
        ):
            yield notebook, folder, home
    finally:
        typed(home, folder, "down", "--force")


def kernel_of(home: Path) -> psutil.Process | None:
    """Return the process of the only kernel whose home is this one, None if there is none."""
    found = []
    for process in psutil.process_iter():
        try:
            is_kernel = any("ipykernel" in word for word in process.cmdline())
            if is_kernel and process.environ().get(HOME_VARIABLE) == str(home):
                found.append(process)
        except psutil.Error:
            continue
    assert len(found) < 2, found
    return found[0] if found else None


def output(notebook: Notebook, cell: int) -> Locator:
    return notebook.page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputArea")


def test_a_run_is_shown_live_again_after_its_kernel_was_killed(study, screens):
    notebook, folder, home = study
    for cell in range(RUN):
        notebook.run_cell(cell)
    notebook.run_cell(RUN, wait=False)
    wait_until((folder / "begun").exists)
    killed = kernel_of(home)
    os.kill(killed.pid, signal.SIGKILL)
    # The server notices by itself and starts a kernel in its place.
    wait_until(lambda: kernel_of(home) not in (None, killed))
    notebook.open()
    # JupyterLab itself complains of what it had asked the kernel that is gone.
    notebook.errors.clear()

    notebook.run_cell(0)
    notebook.run_cell(ATTACH)
    expect(output(notebook, ATTACH)).to_contain_text("attached to run")
    attached = output(notebook, ATTACH)
    attached.locator('.mz-node[data-state="succeeded"]:has-text("load")').wait_for()
    attached.locator('.mz-node[data-state="running"]:has-text("train")').wait_for()
    expect(attached.locator(".mz-run-word")).to_contain_text("running")
    notebook.page.screenshot(path=screens / "reattach-running.png")

    (folder / "go").touch()
    attached.locator('.mz-node[data-state="succeeded"]:has-text("report")').wait_for()
    expect(attached.locator(".mz-run-word")).to_contain_text("succeeded")
    notebook.run_cell(RESULTS)
    expect(output(notebook, RESULTS)).to_contain_text(SUMMARY)
    attached.scroll_into_view_if_needed()
    notebook.page.screenshot(path=screens / "reattach-ended.png")
    told = json.loads(typed(home, folder, "runs", "show", "latest", "--json").stdout)
    assert (told["status"], told["resumes"]) == ("succeeded", 0)
    assert notebook.errors == []
