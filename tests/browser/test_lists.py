"""Runs, two runs compared, and nodes, in Chromium without Jupyter: how they look and how fast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Opener = Callable[..., Page]

NARROW, WIDE = 480, 1300
SIDE = 300
LOOKS = [
    ("light", SIDE),
    ("dark", SIDE),
    ("light", NARROW),
    ("light", WIDE),
    ("dark", NARROW),
    ("dark", WIDE),
]
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
# Scrolls by steps through all runs; returns the longest time between two frames, in ms.
SCROLL = """async () => {
    const scroller = document.querySelector('.mz-list-scroller');
    let [worst, last] = [0, performance.now()];
    for (let step = 1; step <= 120; step += 1) {
        scroller.scrollTop = (scroller.scrollHeight * step) / 121;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        worst = Math.max(worst, now - last);
        last = now;
    }
    return worst;
}"""
IN_SIGHT = """() => {
    const box = document.querySelector('.mz-list-scroller').getBoundingClientRect();
    return [...document.querySelectorAll('.mz-run-row')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > box.top && top < box.bottom;
    }).map((row) => row.querySelector('.mz-run-row-name').textContent);
}"""


def open_runs(page: Page) -> None:
    page.click(".mz-turn-runs")
    page.wait_for_selector(".mz-run-row .mz-spark")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_picture_of_runs(show: Opener, screens: Path, theme: str, width: int) -> None:
    page = show(width, tasks=60, state="running", theme=theme)
    open_runs(page)
    page.click(".mz-run-row:nth-child(2) .mz-run-choose")
    page.screenshot(path=screens / f"runs-{theme}-{width}.png")
    assert page.evaluate(FITS)
    assert page.locator(".mz-run-row b").count() == 0
    page.keyboard.press("Escape")
    assert page.locator(".mz-over").is_hidden()


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_picture_of_a_comparison(show: Opener, screens: Path, theme: str, width: int) -> None:
    page = show(width, tasks=6, state="running", theme=theme)
    open_runs(page)
    for row in (2, 3):
        page.click(f".mz-run-row:nth-child({row}) .mz-run-choose")
    page.click(".mz-do")
    page.click(".mz-compared tbody tr:first-child .mz-compare-turn")
    page.wait_for_selector(".mz-diff .mz-add")
    page.screenshot(path=screens / f"compare-{theme}-{width}.png")
    assert page.evaluate(FITS)
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-runs")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_picture_of_nodes(show: Opener, screens: Path, theme: str, width: int) -> None:
    page = show(width, 900, tasks=6, state="running", theme=theme)
    page.click('.mz-tab:has-text("Nodes")')
    page.wait_for_selector(".mz-node-card")
    page.screenshot(path=screens / f"nodes-{theme}-{width}.png")
    assert page.evaluate(FITS)
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.mz-meter-text')].filter((text) =>
            text.getBoundingClientRect().right
            > text.closest('.mz-node-card').getBoundingClientRect().right).length"""
    )
    assert cut == 0


def test_without_nodes_the_tab_says_why(show: Opener, screens: Path) -> None:
    page = show(NARROW, tasks=6, nodes="none")
    page.click('.mz-tab:has-text("Nodes")')
    page.wait_for_selector('.mz-list-empty:has-text("No nodes: this client is offline")')
    page.screenshot(path=screens / "nodes-none.png")


def test_choosing_a_run_asks_for_its_state(show: Opener) -> None:
    page = show(WIDE, tasks=6)
    open_runs(page)
    wanted = page.locator(".mz-run-row:nth-child(3) .mz-run-open")
    run_id = str(wanted.get_attribute("title")).split("run ")[1].split(" ")[0]
    wanted.click()
    page.wait_for_function(
        "id => window.host.sent.some((it) => it.kind === 'sync' && it.run_id === id)", arg=run_id
    )


@pytest.mark.alone
@pytest.mark.parametrize("runs", [1_000, 10_000])
def test_many_runs_are_scrolled_without_lag(show: Opener, screens: Path, runs: int) -> None:
    page = show(WIDE, tasks=6, runs=runs)
    open_runs(page)
    worst = page.evaluate(SCROLL)
    assert page.locator(".mz-run-row").count() < 60
    page.wait_for_function(f"() => !({IN_SIGHT})().includes('…')")
    page.screenshot(path=screens / f"runs-{runs}.png")
    # A frame in which a page of rows arrives may be long on a busy machine, but no stop is felt.
    assert worst < 250
    page.evaluate("() => document.querySelector('.mz-list-scroller').scrollTo(0, 1e9)")
    page.wait_for_function(f"() => ({IN_SIGHT})().length > 3 && !({IN_SIGHT})().includes('…')")
    last = page.locator(f'.mz-run-row[aria-posinset="{runs}"]')
    assert last.count() == 1
