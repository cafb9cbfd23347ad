"""The graph panel with a thousand and ten thousand tasks: quick, in reach, in every theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Opener = Callable[..., Page]

NARROW, WIDE = 700, 1500
SHOWN = "() => window.host?.shownIn"
FOCUSED = "() => document.activeElement.getAttribute('data-task')"
PLACE = "() => document.querySelector('.mz-stage').getAttribute('transform')"
# What the benchmark graph_view.py promises is far more; machines that run tests are busy.
FEWEST_FRAMES = 6
GESTURE = """async () => {
    const svg = document.querySelector('.mz-canvas');
    const { left, top, width, height } = svg.getBoundingClientRect();
    const start = performance.now();
    let frames = 0;
    for (; performance.now() - start < 2000; frames += 1) {
        svg.dispatchEvent(new WheelEvent('wheel', {
            deltaY: frames % 40 < 20 ? -25 : 25, ctrlKey: true, bubbles: true, cancelable: true,
            clientX: left + width / 2 + 40 * Math.sin(frames), clientY: top + height / 2,
        }));
        await new Promise(requestAnimationFrame);
    }
    return frames / 2;
}"""
PIXEL = """([x, y]) => {
    const canvas = document.querySelector('.mz-ground');
    return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
}"""


def shown(show: Opener, tasks: object, *, width: int = WIDE, **asked: object) -> Page:
    page = show(width=width, **{"tasks": tasks, "state": "running", **asked})
    page.wait_for_function(SHOWN)
    return page


def rest(page: Page) -> None:
    """Wait until the drawing stands still and is painted."""
    page.wait_for_selector(".mz-ground:not(.mz-moving)", state="attached")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def open_all(page: Page) -> None:
    page.click('.mz-group-tools >> text="open all"')
    page.wait_for_selector(".mz-hull", state="attached")
    page.wait_for_selector(".mz-laying", state="hidden")
    rest(page)


def zoom_in(page: Page, steps: int) -> None:
    for _ in range(steps):
        page.click('[aria-label="Zoom in"]')
    rest(page)


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROW)])
@pytest.mark.parametrize(("tasks", "cards"), [("1000", 7), ("10000", 20)])
@pytest.mark.parametrize("state", ["running", "failed"])
def test_picture_of_many(
    show: Opener, screens: Path, tasks: str, cards: int, state: str, theme: str, width: int
) -> None:
    page = shown(show, tasks, width=width, theme=theme, state=state)
    assert page.locator(".mz-node").count() == cards
    name = f"graph-{tasks}-{state}-{theme}-{width}"
    page.screenshot(path=screens / f"{name}-closed.png")
    open_all(page)
    page.screenshot(path=screens / f"{name}-open.png")
    zoom_in(page, 8)
    page.click('.mz-tool:has-text("critical")')
    page.screenshot(path=screens / f"{name}-near.png")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.alone
def test_ten_thousand_tasks_are_seen_soon_and_moved_smoothly(show: Opener) -> None:
    page = shown(show, "10000")
    assert page.evaluate(SHOWN) < 5_000
    page.focus('.mz-node[tabindex="0"]')
    assert page.evaluate(GESTURE) > FEWEST_FRAMES
    open_all(page)
    assert page.evaluate(GESTURE) > FEWEST_FRAMES
    assert page.locator(".mz-node").count() < 200
    zoom_in(page, 6)
    assert page.evaluate(GESTURE) > FEWEST_FRAMES


@pytest.mark.alone
def test_a_long_chain_is_laid_out_beside_the_pages_own_thread(show: Opener) -> None:
    page = shown(show, "links")
    assert page.evaluate(SHOWN) < 8_000
    assert len(page.workers) == 1
    page.evaluate("() => window.host.close()")
    for _ in range(50):
        if not page.workers:
            break
        page.wait_for_timeout(100)
    assert page.workers == []


@pytest.mark.parametrize("policy", ["worker-src 'none'", "worker-src 'self'"])
def test_a_page_that_forbids_workers_shows_the_graph_all_the_same(
    browser: Browser, harness_url: str, policy: str
) -> None:
    page = browser.new_page()
    page.set_default_timeout(30_000)

    def strict(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, headers={**answer.headers, "content-security-policy": policy}
        )

    try:
        page.route(re.compile("index.html"), strict)
        page.goto(f"{harness_url}?tasks=links&state=running")
        page.wait_for_selector(".mz-node", state="attached")
        page.wait_for_selector(".mz-laying", state="hidden")
        assert page.workers == []
    finally:
        page.close()


def test_the_focus_survives_that_only_cards_in_sight_are_elements(show: Opener) -> None:
    page = shown(show, "10000")
    open_all(page)
    page.focus('.mz-node[tabindex="0"]')
    first = page.evaluate(FOCUSED)
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    walked = page.evaluate(FOCUSED)
    assert walked is not None
    assert walked != first
    zoom_in(page, 9)
    page.focus('.mz-node[tabindex="0"]')
    assert page.evaluate(FOCUSED) == walked
    elements = page.locator(".mz-node").count()
    map_ = page.locator(".mz-minimap").bounding_box()
    assert map_ is not None
    page.mouse.click(map_["x"] + map_["width"] * 0.9, map_["y"] + map_["height"] * 0.8)
    rest(page)
    assert page.evaluate(FOCUSED) == walked
    assert page.locator('.mz-node[tabindex="0"]').count() == 1
    assert page.locator(".mz-node").count() < elements + 200
    page.keyboard.press("Enter")
    page.wait_for_selector(".mz-task:visible")
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-task", state="hidden")
    assert page.evaluate(FOCUSED) == walked


def test_the_map_moves_the_view(show: Opener) -> None:
    page = shown(show, "1000")
    open_all(page)
    assert page.is_hidden(".mz-minimap")
    zoom_in(page, 5)
    box = page.locator(".mz-minimap").bounding_box()
    assert box is not None
    before = page.evaluate(PLACE)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 10, box["y"] + 10, steps=4)
    page.mouse.up()
    assert page.evaluate(PLACE) != before
    assert page.is_hidden(".mz-task")


def test_a_card_that_is_only_painted_says_its_name_and_opens(show: Opener) -> None:
    page = shown(show, "10000")
    open_all(page)
    box = page.locator(".mz-canvas").bounding_box()
    assert box is not None
    said = ""
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] / 2 + step, box["y"] + box["height"] / 2 + step)
        if page.locator(".mz-canvas.mz-on-card").count() == 1:
            said = page.inner_text(".mz-hover b")
            break
    assert "_" in said
    page.mouse.click(box["x"] + box["width"] / 2 + step, box["y"] + box["height"] / 2 + step)
    page.wait_for_selector(f'.mz-task-name:text-is("{said}")')


def test_a_slash_searches_and_enter_leads_into_closed_groups(show: Opener, screens: Path) -> None:
    page = shown(show, "10000")
    page.focus('.mz-node[tabindex="0"]')
    page.keyboard.press("/")
    page.keyboard.type("tune_49")
    page.wait_for_selector('.mz-graph-found:has-text("11 found · 11 in closed groups")')
    page.keyboard.press("Enter")
    page.wait_for_selector('.mz-node.mz-current:has-text("tune_49")')
    page.wait_for_selector('.mz-graph-found:text-is("1 of 11")')
    rest(page)
    page.screenshot(path=screens / "graph-search.png")
    page.keyboard.press("Escape")
    assert "t" in str(page.evaluate(FOCUSED))
    page.wait_for_selector(".mz-current", state="detached")


def test_nothing_is_painted_while_nothing_changes(show: Opener) -> None:
    page = shown(show, "1000", state="finished")
    open_all(page)
    painted: Any = page.evaluate(
        """async () => {
            const real = CanvasRenderingContext2D.prototype.clearRect;
            let count = 0;
            CanvasRenderingContext2D.prototype.clearRect = function (...args) {
                count += 1;
                return real.apply(this, args);
            };
            await new Promise((done) => setTimeout(done, 1200));
            return count;
        }"""
    )
    assert painted == 0


def test_what_is_painted_follows_the_theme(show: Opener) -> None:
    page = shown(show, "1000", theme="light", state="finished")
    open_all(page)
    box = page.locator(".mz-canvas").bounding_box()
    assert box is not None
    spot = [round(box["width"] / 2), round(box["height"] / 2)]
    light = page.evaluate(PIXEL, spot)
    page.evaluate("() => { document.body.dataset.jpThemeLight = 'false'; }")
    page.wait_for_function(
        f"([spot, light]) => ({PIXEL})(spot).slice(0, 3).join() !== light.slice(0, 3).join()",
        arg=[spot, light],
    )
