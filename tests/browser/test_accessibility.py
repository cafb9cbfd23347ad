"""Axe finds no serious fault in any tab and state of the views, light and dark, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import Notebook
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[..., Page]

AXE = Path(__file__).parents[2] / "extension/node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
# Off unless asked for: pointers need room, and what scrolls has to be reached by keyboard.
ALSO = {"rules": {name: {"enabled": True} for name in ("target-size", "focus-order-semantics")}}
CONTRAST = {"runOnly": ["color-contrast"]}
# A cell's width and a tab's; contrast is looked at in the other theme as well.
LOOKS = [("light", 480), ("dark", 1200)]
TURN = """() => {
    const {dataset} = document.body;
    dataset.jpThemeLight = String(dataset.jpThemeLight !== 'true');
}"""
TABS = ["Graph", "Timeline", "Messages", "Table", "Nodes"]
TASK_TABS = ["Output", "Log", "Inputs", "Source", "Attempts"]
# What a task prints and shows.
TOLD = """(id) => {
    const {run, tasks} = window.host.snapshot;
    const first_seq = window.host.snapshot.messages.at(-1).seq + 1;
    const text = 'epoch 1: loss 0.93, and a line that has to be scrolled to be read '.repeat(3);
    const messages = ['stdout', 'stderr'].map((stream, at) =>
        ({...window.host.message(first_seq + at, text), task_id: id, stream}));
    const shown = {display_id: '', mime: 'text/plain', text, image: '', html: '', place: ''};
    const html = '<table><tr><th>loss</th></tr><tr><td>0.9</td></tr></table>';
    window.host.push({
        kind: 'delta', run: {...run}, tasks: {[id]: tasks[id]}, messages, first_seq,
        last_seq: first_seq + 1, now: Date.now() / 1000,
        displays: {[id]: [shown, {...shown, text: 'a table', mime: 'text/html', html}]},
    });
}"""
# The page is what is looked at, not the moment at which it stops moving.
STILL = "* { transition: none !important; animation: none !important; }"


# Drawn text is cut where there is no room for it, and axe takes all of a card for its label.
DRAWN = "label-content-name-mismatch", '<g class="mz-node'
# Cards that are not called what they show as their name.
MISNAMED = """() => [...document.querySelectorAll('.mz-node')].flatMap((card) => {
    const shown = card.querySelector('.mz-node-name').textContent.split('…')[0];
    const name = card.getAttribute('aria-label');
    return name.startsWith(shown) && name.includes(', ') ? [] : [`${shown}: ${name}`];
})"""


def faults(page: Page, place: str = ".mz-root", wanted: dict[str, Any] = ALSO) -> list[str]:
    """Return what axe finds in a part of the page, as lines that say where."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=AXE)
        page.add_style_tag(content=STILL)
    found: dict[str, Any] = page.evaluate("([at, also]) => axe.run(at, also)", [place, wanted])
    return [
        f"{fault['impact']} {fault['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
        if not (fault["id"] == DRAWN[0] and node["html"].startswith(DRAWN[1]))
    ][:12]


def test_axe_is_there() -> None:
    assert AXE.exists(), "run `npm ci` in extension/"


def test_axe_finds_a_fault_where_there_is_one(show: Opener) -> None:
    page = show(tasks=6)
    page.evaluate(
        "() => document.body.append("
        "Object.assign(document.createElement('button'), { id: 'mute' }))"
    )
    assert faults(page, "#mute")


def tab(page: Page, title: str) -> None:
    page.click(f'.mz-tabs [role="tab"]:has-text("{title}")')


def of_a_failed_run(page: Page) -> Iterator[str]:
    """Each tab, and each part of the task that failed."""
    for title in TABS:
        tab(page, title)
        if title == "Messages":
            page.wait_for_selector(".mz-row")
            yield "messages"
            page.locator(".mz-row-text").last.click()
            page.wait_for_selector(".mz-detail:visible")
        if title == "Nodes":
            page.wait_for_selector(".mz-node-card")
        yield title
    tab(page, "Graph")
    page.click(".mz-failures")
    page.wait_for_selector(".mz-task:visible")
    page.evaluate(TOLD, page.get_attribute(".mz-task", "data-task"))
    for part in TASK_TABS:
        page.click(f'.mz-task-tabs [role="tab"]:has-text("{part}")')
        waits = {"Source": ".mz-code", "Inputs": ".mz-input", "Attempts": ".mz-attempt"}
        page.wait_for_selector(waits.get(part, ".mz-task-body"))
        yield f"task, {part}"
    page.click('.mz-task-tabs [role="tab"]:has-text("Log")')
    page.fill(".mz-log-search", "loss")
    yield "the log, searched"
    tab(page, "Table")
    yield "task beside the table"


def of_a_run_that_succeeded(page: Page) -> Iterator[str]:
    page.locator('.mz-node:has-text("load_digits")').click()
    page.wait_for_selector(".mz-task:visible")
    yield "task"
    page.locator(".mz-look").first.click()
    page.wait_for_selector(".mz-display img")
    yield "preview"


def of_runs(page: Page) -> Iterator[str]:
    page.click(".mz-turn-runs")
    page.wait_for_selector(".mz-run-row .mz-run-open:enabled")
    yield "runs"
    for box in range(2):
        page.locator(".mz-run-choose").nth(box).check()
    page.click(".mz-chip >> nth=0")
    page.wait_for_selector('.mz-chip[aria-pressed="true"]')
    yield "runs, two chosen"
    page.click(".mz-do")
    page.wait_for_selector(".mz-compare-turn")
    page.click(".mz-compare-turn >> nth=0")
    page.click(".mz-compared .mz-sort >> nth=1")
    yield "compared"
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-runs")
    page.fill(".mz-runs .mz-search", "no run is called this")
    page.wait_for_selector(".mz-list-empty:visible")
    yield "no runs"


def of_a_large_run(page: Page) -> Iterator[str]:
    page.locator(".mz-node.mz-is-group").last.click()
    page.wait_for_selector(".mz-task:visible")
    yield "closed groups"
    page.locator(".mz-filter").first.click()
    yield "filtered"
    page.locator(".mz-filter").first.click()
    page.click(".mz-search-tool")
    page.keyboard.type("fit_1")
    page.keyboard.press("Enter")
    yield "searched, a group opened"
    page.click('.mz-tool:has-text("critical")')
    page.click('.mz-group-tools >> text="open all"')
    page.wait_for_selector(".mz-minimap:visible")
    yield "critical path, all groups opened"


def of_a_run_that_goes_on(page: Page) -> Iterator[str]:
    for title in ("Timeline", "Messages", "Graph"):
        tab(page, title)
        yield title
    page.locator('.mz-node[data-state="running"]').first.click()
    page.click(".mz-cancel-run")
    yield "task, and a run to be cancelled"
    # What cannot run yet stands far down, where a mouse would have to move the graph first.
    page.locator('.mz-node:is([data-state="pending"], [data-state="waiting"])').last.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".mz-task:visible")
    yield "pending"


def of_a_run_that_was_interrupted(page: Page) -> Iterator[str]:
    page.locator('.mz-node[data-state="was_running"]').first.click()
    yield "interrupted"
    page.evaluate("() => window.host.push({kind: 'of tomorrow'})")
    page.click(".mz-notices summary")
    yield "with what could not be read"


def of_a_graph_that_is_edited(page: Page) -> Iterator[str]:
    page.wait_for_selector(".mz-editing .mz-port-out", state="attached")
    yield "edited"
    page.locator('.mz-node:has-text("split")').click()
    page.wait_for_selector(".mz-edit-form:visible")
    page.fill('[name="cpu"]', "-2")
    page.press('[name="cpu"]', "Enter")
    page.wait_for_selector(".mz-is-refused")
    yield "form with a no"
    page.click('.mz-edit-form button:has-text("Connect")')
    page.locator(".mz-menu-item").first.wait_for()
    yield "menu"
    page.locator(".mz-menu-item").first.click()
    page.wait_for_selector(".mz-edit-no:visible")
    yield "refused"


STATES = {
    "failed": ({"tasks": 6, "state": "failed"}, of_a_failed_run),
    "succeeded": ({"tasks": 6, "state": "finished"}, of_a_run_that_succeeded),
    "runs": ({"tasks": 6, "state": "running"}, of_runs),
    "large": ({"tasks": 1000, "state": "failed"}, of_a_large_run),
    "running": ({"tasks": 60, "state": "running"}, of_a_run_that_goes_on),
    "interrupted": (
        {"tasks": 6, "state": "interrupted", "kernel": "no"},
        of_a_run_that_was_interrupted,
    ),
    "edited": ({"tasks": 6, "state": "new", "edit": "yes"}, of_a_graph_that_is_edited),
}


@pytest.mark.parametrize("states", STATES)
@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_no_serious_fault(show: Opener, screens: Path, states: str, theme: str, width: int) -> None:
    asked, walk = STATES[states]
    page = show(theme=theme, width=width, height=800, **asked)
    page.wait_for_selector(".mz-node")
    found: list[str] = []
    for place in walk(page):
        told = faults(page) + page.evaluate(MISNAMED)
        page.evaluate(TURN)
        told += [f"in the other theme: {fault}" for fault in faults(page, wanted=CONTRAST)]
        page.evaluate(TURN)
        found += [f"{place}: {fault}" for fault in told]
        name = f"a11y-{states}-{place.replace(', ', '-').replace(' ', '-')}-{theme}-{width}.png"
        page.screenshot(path=screens / name)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_what_the_extension_adds(notebook: Callable[[list[str]], Notebook], theme: str) -> None:
    opened = notebook(["%%maze_task one --no-cache\nx = 1"])
    page = opened.page
    opened.use_theme(theme)
    opened.execute("maze-nb:run-workflow")
    page.wait_for_selector('.maze-dot[data-state="succeeded"]')
    opened.execute("maze-nb:show-graph")
    page.wait_for_selector('.maze-tab .mz-run-word:text-is("succeeded")')
    page.evaluate("() => window.jupyterapp.shell.activateById('maze-nb:side-bar')")
    page.wait_for_selector(".mz-side .mz-run-open:enabled")
    page.wait_for_selector(".mz-side .mz-node-card")
    for place in (".maze-dot", ".maze-tab", "#maze-nb\\:side-bar"):
        assert faults(page, place) == [], place
    opened.use_theme("Light")
