"""The view by keyboard alone: into it, through each of its parts, and the focus is never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Opener = Callable[..., Page]

# What has the focus: what it is of or is called, after the first of its classes.
FOCUS = """() => {
    const at = document.activeElement;
    const name = at.dataset?.task ?? at.getAttribute('aria-label') ?? at.textContent;
    return `${(at.getAttribute('class') ?? at.tagName).split(' ')[0]} ${name.slice(0, 40)}`.trim();
}"""
LOST = "() => [document.body, null].includes(document.activeElement)"
# Two frames: what was taken away is noticed at the end of one.
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
NEXT = """([id, state]) => {
    const {run, tasks, messages} = window.host.snapshot;
    const now = Date.now() / 1000;
    tasks[id] = {...tasks[id], state, finished: now, outputs: []};
    const last_seq = messages.at(-1).seq;
    window.host.push({kind: 'delta', run: {...run}, tasks: {[id]: tasks[id]}, messages: [],
        first_seq: last_seq + 1, last_seq, now});
}"""


def press(page: Page, *keys: str) -> str:
    """Press one key after the other; the focus has to be somewhere after each."""
    for key in keys:
        page.keyboard.press(key)
        page.evaluate(FRAMES)
        # After the last stop Tab leaves the page.
        assert key == "Tab" or not page.evaluate(LOST), f"lost after {key}"
    return str(page.evaluate(FOCUS))


def reach(page: Page, wanted: str, key: str = "Tab") -> str:
    """Press a key until this has the focus."""
    seen = []
    for _ in range(40):
        seen.append(press(page, key))
        if wanted in seen[-1]:
            return seen[-1]
    raise AssertionError(f"{wanted!r} is none of {seen}")


def test_tab_leads_through_the_view_in_the_order_that_is_seen(show: Opener) -> None:
    page = show(tasks=6, state="failed")
    page.wait_for_selector(".mz-node")
    seen = [press(page, "Tab") for _ in range(11)]
    assert [each.split(" ")[0] for each in seen] == [
        "mz-run-name", "mz-run-id", "mz-failures", "mz-button", "mz-tab",
        *["mz-tool"] * 5, "mz-node",
    ]  # fmt: skip
    # Of the graph one card is a stop, and of the tabs one.
    assert page.locator('.mz-node[tabindex="0"]').count() == 1
    assert page.locator('.mz-tabs [role="tab"][tabindex="0"]').count() == 1


def test_the_focus_is_seen_wherever_it_is(show: Opener) -> None:
    page = show(tasks=60, state="failed")
    page.wait_for_selector(".mz-node")
    page.click(".mz-failures")
    page.evaluate("() => document.activeElement.blur()")
    for _ in range(36):
        if press(page, "Tab").startswith("BODY"):
            break
        told = page.evaluate("""() => {
            const at = document.activeElement;
            const body = at.querySelector(':scope > .mz-node-body');
            const style = getComputedStyle(body ?? at);
            return body ? parseFloat(style.strokeWidth) >= 2 : style.outlineStyle !== 'none';
        }""")
        assert told, page.evaluate(FOCUS)


def test_the_graph_and_its_search(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    page.wait_for_selector(".mz-node")
    assert reach(page, "mz-node") == "mz-node t1"
    assert press(page, "ArrowRight") == "mz-node t2"
    press(page, "/")
    page.keyboard.type("compare")
    press(page, "Enter")
    assert press(page, "Escape") == "mz-node t6"
    press(page, "Enter")
    page.wait_for_selector(".mz-task:visible")
    assert press(page, "Escape") == "mz-node t6"
    page.wait_for_selector(".mz-task", state="hidden")
    press(page, "c")
    page.wait_for_selector('.mz-tool[aria-pressed="true"]')


def test_groups_open_and_close(show: Opener) -> None:
    page = show(tasks=1000, state="finished")
    page.wait_for_selector(".mz-node.mz-is-group")
    reach(page, "mz-node")
    # Once to look at it, and once more to open it.
    reach(page, "group", "ArrowRight")
    press(page, "Enter", "Enter")
    page.wait_for_selector(".mz-hull-title")
    assert "mz-node" in str(page.evaluate(FOCUS))


def test_the_panel_of_a_task(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    page.wait_for_selector(".mz-node")
    reach(page, "mz-node")
    press(page, "ArrowRight", "ArrowRight", "Enter")
    page.wait_for_selector(".mz-task:visible")
    card = page.evaluate(FOCUS)
    reach(page, "mz-close")
    reach(page, "mz-tab Output")
    reach(page, "mz-tab Inputs", "ArrowRight")
    page.wait_for_selector(".mz-input .mz-link")
    # A link leads to another task: the focus goes to the top of its panel.
    reach(page, "mz-link split")
    assert press(page, "Enter").startswith("mz-task t2")
    assert press(page, "Tab").startswith("mz-close")
    # What closed it is gone: the focus goes back to where it came from.
    assert press(page, "Enter").startswith("mz-node") or card.startswith("mz-node")


@pytest.mark.parametrize("title", ["Timeline", "Messages", "Table"])
def test_a_task_is_opened_and_left_in_each_tab(show: Opener, title: str) -> None:
    page = show(tasks=6, state="finished")
    page.wait_for_selector(".mz-node")
    reach(page, "mz-tab")
    reach(page, f"mz-tab {title}", "ArrowRight")
    stop = {"Timeline": "mz-time-canvas", "Messages": "mz-row-task", "Table": "mz-link"}[title]
    reach(page, stop)
    if title == "Timeline":
        press(page, "ArrowRight", "ArrowRight")
    before = page.evaluate(FOCUS)
    press(page, "Enter")
    page.wait_for_selector(".mz-task:visible")
    assert page.evaluate(FOCUS) == before
    reach(page, "mz-close")
    assert press(page, "Escape") == before
    page.wait_for_selector(".mz-task", state="hidden")


def test_a_message_is_picked_and_left(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    page.click('.mz-tab:has-text("Messages")')
    page.wait_for_selector(".mz-row")
    reach(page, "mz-scroller")
    press(page, "Enter")
    page.wait_for_selector(".mz-detail:visible")
    first = page.inner_text(".mz-detail-text")
    press(page, "ArrowUp")
    assert page.inner_text(".mz-detail-text") != first
    reach(page, "Close this message")
    press(page, "Enter")
    page.wait_for_selector(".mz-detail", state="hidden")


def test_the_list_of_runs(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    page.wait_for_selector(".mz-node")
    reach(page, "mz-run-name")
    press(page, "Enter")
    page.wait_for_selector(".mz-run-open:enabled")
    press(page, "ArrowDown", "ArrowDown")
    press(page, "Tab", "Space", "ArrowDown", "Tab", "Space")
    reach(page, "mz-do Compare")
    press(page, "Enter")
    page.wait_for_selector(".mz-compare-turn")
    reach(page, "mz-link train")
    press(page, "Escape")
    page.wait_for_selector(".mz-runs")
    reach(page, "clear")
    press(page, "Enter")
    assert press(page, "Escape").startswith("mz-run-name")


def test_a_run_that_goes_on_takes_no_focus_away(show: Opener) -> None:
    page = show(tasks=6, state="running")
    page.wait_for_selector(".mz-node")
    page.locator('.mz-node[data-state="running"]').first.focus()
    press(page, "Enter")
    page.wait_for_selector(".mz-task:visible")
    task = page.get_attribute(".mz-task", "data-task")
    # A button that is not offered any more gives the focus to the next one.
    reach(page, "mz-button Cancel")
    page.evaluate(NEXT, [task, "failed"])
    page.wait_for_selector('.mz-task-head[data-state="failed"]')
    page.evaluate(FRAMES)
    assert str(page.evaluate(FOCUS)).startswith("mz-button Open")
    # Drawn anew, the head has another such button.
    reach(page, "mz-close", "Shift+Tab")
    page.evaluate(NEXT, [task, "succeeded"])
    page.wait_for_selector('.mz-task-head[data-state="succeeded"]')
    page.evaluate(FRAMES)
    assert str(page.evaluate(FOCUS)).startswith("mz-close")


def test_a_graph_is_edited(show: Opener) -> None:
    page = show(tasks=6, state="new", edit="yes")
    page.wait_for_selector(".mz-editing .mz-port-out", state="attached")
    reach(page, "mz-node")
    press(page, "ArrowRight", "e")
    page.wait_for_selector(".mz-menu")
    press(page, "ArrowUp")
    assert "remove the edge" in str(page.evaluate(FOCUS))
    press(page, "Enter")
    page.wait_for_selector('.mz-edit-line button[title*="remove an edge"]')
    page.evaluate(FRAMES)
    assert str(page.evaluate(FOCUS)) == "mz-node t2"
    # A no is said, and can be sent away.
    press(page, "e")
    page.wait_for_selector(".mz-menu")
    press(page, "Enter")
    page.wait_for_selector(".mz-edit-no:visible")
    reach(page, "Dismiss", "Shift+Tab")
    press(page, "Enter")
    page.wait_for_selector(".mz-edit-no", state="hidden")
    reach(page, "mz-node")
    # Removed, a task leaves the focus to another.
    press(page, "Delete")
    page.wait_for_function("() => document.querySelectorAll('.mz-node').length === 5")
    page.evaluate(FRAMES)
    assert str(page.evaluate(FOCUS)).startswith("mz-node")


def test_a_click_outside_is_let_go(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    page.wait_for_selector(".mz-node")
    page.evaluate("() => document.body.append(document.createElement('textarea'))")
    reach(page, "mz-node")
    page.click("textarea")
    page.click('.mz-tab:has-text("Table")')
    page.focus("textarea")
    page.evaluate("() => window.host.push({kind: 'pulse', now: Date.now() / 1000})")
    page.evaluate(FRAMES)
    assert page.evaluate(FOCUS) == "TEXTAREA"


def test_nothing_moves_where_no_motion_is_wanted(show: Opener) -> None:
    page = show(tasks=60, state="running")
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_selector(".mz-node")
    page.locator('.mz-node[data-state="running"]').first.click()
    for title in ("Graph", "Timeline", "Messages", "Table", "Nodes"):
        page.click(f'.mz-tabs [role="tab"]:has-text("{title}")')
        moving = page.evaluate("""() => {
            const all = [...document.querySelectorAll('.mz-root *')];
            return all.filter((at) => {
            const {transitionDuration, animationName} = getComputedStyle(at);
            return transitionDuration !== '0s' || animationName !== 'none';
        }).length}""")
        assert moving == 0, title
    assert page.evaluate("() => document.getAnimations().length") == 0
