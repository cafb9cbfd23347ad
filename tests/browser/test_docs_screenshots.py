"""The pictures of the documentation, from a real JupyterLab; ``scripts/screenshots`` keeps them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

SIZE = {"width": 1500, "height": 900}
TASKS = """\
import os, time
from maze_nb import MaClient, task, tqdm

@task(resources={{"cpu": 1}})
def load():
    time.sleep(0.4)
    return list(range(1797))

@task
def explore(result):
    import matplotlib.pyplot as plt
    plt.figure(figsize=(3.4, 1.8))
    plt.hist([x % 17 for x in result], bins=17, color="#0072B2")
    plt.title("digits")
    plt.tight_layout()
    plt.show()
    print("read", len(result), "rows")
    return sum(result)

@task
def train(result, kernel):
    print("training", kernel)
    for step in tqdm(range(100)):
        time.sleep(0.004)
        while step == 61 and kernel == "forest" and not os.path.exists({gate!r}):
            time.sleep(0.02)
    if kernel == "net":
        raise ValueError("no such optimizer: 'adamw2'")
    return {{"kernel": kernel, "score": 0.9 + len(kernel) / 100}}

@task
def best(a, b, c):
    return max((a, b, c), key=lambda found: found["score"])
"""
RUN = """\
client = MaClient()
flow = client.create_workflow("digits")
rows = flow.add_task(load).outputs["result"]
flow.add_task(explore, inputs={"result": rows})
models = [
    flow.add_task(train, name=kernel, inputs={"result": rows, "kernel": kernel})
    for kernel in ("svm", "knn", "forest", "net")
]
flow.add_task(
    best, inputs=dict(zip("abc", (each.outputs["result"] for each in models), strict=False))
)
run = client.get_run(flow.run())
"""


@pytest.fixture(scope="module")
def kept(screens: Path) -> Path:
    """Where the pictures go."""
    folder = Path(os.environ.get("DOCS_SCREENS", screens / "docs"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shoot(page: Page, target: str, file: Path) -> None:
    """Take a picture of a part of the page, once nothing in it moves and nothing is pointed at."""
    page.mouse.move(0, 0)
    part = page.locator(target).first
    part.scroll_into_view_if_needed()
    part.screenshot(path=file, animations="disabled")
    assert file.stat().st_size > 10_000


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_pictures(notebook: Opener, tmp_path: Path, kept: Path, theme: str) -> None:
    gate = tmp_path / "gate"
    opened = notebook([TASKS.format(gate=str(gate)), RUN, "run"])
    page = opened.page
    page.set_viewport_size(SIZE)
    opened.use_theme(theme)
    for cell in range(3):
        opened.run_cell(cell)
    view = page.locator(".mz-root")
    view.wait_for()
    # Cards that are out of sight are painted only.
    view.scroll_into_view_if_needed()
    for task, state in (("forest", "running"), ("net", "failed"), ("explore", "succeeded")):
        page.wait_for_selector(f'.mz-node[data-state="{state}"]:has-text("{task}")')
    page.click('.mz-node:has-text("explore")')
    page.wait_for_selector(".mz-task img")
    suffix = theme.lower()
    shoot(page, ".mz-root", kept / f"live-view-{suffix}.png")
    page.click('.mz-node:has-text("net")')
    page.wait_for_selector('.mz-task:has-text("no such optimizer")')
    shoot(page, ".mz-root", kept / f"failure-{suffix}.png")
    gate.touch()
    page.wait_for_selector('.mz-run-word:text-is("failed")')
    page.click('.mz-tab:has-text("Timeline")')
    page.wait_for_selector(".mz-timeline")
    shoot(page, ".mz-root", kept / f"timeline-{suffix}.png")
    page.evaluate("() => window.jupyterapp.shell.activateById('maze-nb:side-bar')")
    page.click(".maze-side .mz-run-open >> nth=0")
    page.wait_for_selector('.maze-tab .mz-run-word:text-is("failed")')
    page.wait_for_selector('.maze-tab .mz-node[data-state="failed"]')
    page.mouse.move(0, 0)
    page.screenshot(path=kept / f"lab-{suffix}.png", animations="disabled")
    assert opened.errors == []
