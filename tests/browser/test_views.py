"""The built view in Chromium without Jupyter: how it looks, is moved, walked and kept current."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Opener = Callable[..., Page]

NARROW, WIDE = 480, 1500
PICTURES = [
    *[("6", state, theme, width)
      for state in ("running", "failed", "finished")
      for theme in ("light", "dark")
      for width in (NARROW, WIDE)],
    *[(tasks, state, theme, width)
      for tasks in ("60", "1000", "chain")
      for state, theme, width in (
          ("running", "light", WIDE), ("failed", "dark", WIDE),
          ("finished", "light", NARROW), ("running", "dark", NARROW))],
    ("0", "new", "light", NARROW),
    ("6", "new", "dark", NARROW),
]  # fmt: skip
TASKS = {"6": 6, "60": 60, "1000": 1000}
# Of the thousand all but four are in groups by their names.
CARDS = {"0": 0, "6": 6, "chain": 24, "60": 60, "1000": 7}
SCALE = """() => new DOMMatrix(
    getComputedStyle(document.querySelector('.mz-stage')).transform).a"""
PLACE = "() => document.querySelector('.mz-stage').getAttribute('transform')"
FOCUSED = "() => document.activeElement.getAttribute('data-task')"
DELTA = """({first, last, tasks}) => window.host.push({
    kind: 'delta', run: {...window.host.snapshot.run}, tasks,
    messages: Array.from({length: last - first + 1},
        (_, at) => window.host.message(first + at, `line ${first + at}`)),
    first_seq: first, last_seq: last, now: Date.now() / 1000,
})"""


def last_seq(page: Page) -> int:
    return int(page.evaluate("() => window.host.snapshot.messages.at(-1).seq"))


def tell(page: Page, lines: int = 1, tasks: object = None) -> None:
    first = last_seq(page) + 1
    page.evaluate(DELTA, {"first": first, "last": first + lines - 1, "tasks": tasks or {}})


@pytest.mark.parametrize(("tasks", "state", "theme", "width"), PICTURES)
def test_picture(
    show: Opener, screens: Path, tasks: str, state: str, theme: str, width: int
) -> None:
    page = show(width, tasks=tasks, state=state, theme=theme)
    page.wait_for_function(f"() => document.querySelectorAll('.mz-node').length === {CARDS[tasks]}")
    if state == "failed":
        page.click(".mz-failures")
        page.wait_for_selector(".mz-traceback")
    size = "wide" if width == WIDE else "narrow"
    page.screenshot(path=screens / f"{tasks}-{state}-{theme}-{size}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('.mz-line > *, .mz-tabs *')].filter((part) =>
            part.checkVisibility() && part.getBoundingClientRect().right > innerWidth).length"""
    )
    assert hidden == 0


@pytest.mark.parametrize("tab", ["Messages", "Table"])
@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_picture_of_a_tab(show: Opener, screens: Path, tab: str, theme: str, width: int) -> None:
    page = show(width, tasks=60, state="failed", theme=theme)
    page.click(f'.mz-tab:has-text("{tab}")')
    page.wait_for_selector(".mz-row:visible, .mz-tasks:visible tbody tr")
    page.screenshot(path=screens / f"60-{tab.lower()}-{theme}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


RETRYING = """() => ({
    state: 'retrying', attempt: 2, started: Date.now() / 1000 - 90, finished: null,
    node_id: 'node-a', worker: 'tcp://10.0.0.4:41', gpu_ids: [1], retry_at: Date.now() / 1000 + 300,
    reason: "timed out: task 'x' was stopped: it took longer than its timeout of 1 h",
    error: {type: 'TaskTimeoutError', kind: 'timed out',
            message: "task 'x' was stopped: it took longer than its timeout of 1 h",
            traceback: 'TaskTimeoutError: it took longer', host: 'node-a'},
})"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("tasks", "width"), [("6", NARROW), ("6", WIDE), ("60", WIDE)])
def test_an_interrupted_run_stands_still_and_says_how_to_go_on(
    show: Opener, screens: Path, theme: str, tasks: str, width: int
) -> None:
    page = show(width, tasks=tasks, state="interrupted", theme=theme)
    notice = page.wait_for_selector(".mz-warning")
    assert "resume the run with run.resume() or %maze_resume" in notice.inner_text()
    card = page.locator('.mz-node[data-state="was_running"]').first
    assert "was running" in str(card.locator(".mz-node-note").text_content())
    page.screenshot(path=screens / f"{tasks}-interrupted-{theme}-{width}.png")
    page.wait_for_selector(".mz-ground:not(.mz-moving)", state="attached")
    before = page.inner_html(".mz-root")
    page.wait_for_timeout(2_500)
    assert page.inner_html(".mz-root") == before


def test_a_resumed_run_goes_on_in_the_same_view(show: Opener, screens: Path) -> None:
    page = show(WIDE, tasks=6, state="interrupted")
    page.wait_for_selector(".mz-warning")
    page.evaluate("() => window.host.snapshot.run.status = 'running'")
    page.evaluate("() => Object.assign(window.host.snapshot.run, {resumes: 1, away: 3600})")
    cut = page.eval_on_selector_all(
        '.mz-node[data-state="was_running"]', "cards => cards.map(card => card.dataset.task)"
    )
    assert cut
    tell(page, tasks={task: {"state": "waiting"} for task in cut})
    page.wait_for_selector(".mz-warning", state="detached")
    assert page.locator('.mz-node[data-state="was_running"]').count() == 0
    time = "() => document.querySelector('.mz-run-time').textContent"
    shown = page.evaluate(time)
    page.wait_for_function(f"shown => ({time})() !== shown", arg=shown)
    page.screenshot(path=screens / "6-resumed.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("tasks", "width"), [("6", NARROW), ("60", WIDE), ("1000", WIDE)])
def test_cached_tasks_have_a_mark_of_their_own(
    show: Opener, screens: Path, theme: str, tasks: str, width: int
) -> None:
    page = show(width, tasks=tasks, state="cached", theme=theme)
    total, cached = TASKS[tasks], page.evaluate("() => window.host.snapshot.run.reused")
    assert page.locator(".mz-node .mz-is-cached").count() > 0
    assert 0 < cached < total
    assert page.inner_text(".mz-run-count") == f"{total:,}/{total:,} · {cached} cached"
    page.screenshot(path=screens / f"{tasks}-cached-{theme}-{width}.png")
    page.click('.mz-node[data-task="t1"]')
    page.wait_for_selector('.mz-task-state:has-text("cached")')
    assert "from the cache" in page.inner_text(".mz-task")
    page.screenshot(path=screens / f"{tasks}-cached-{theme}-{width}-task.png")
    page.click('.mz-tab:has-text("Table")')
    page.wait_for_selector('.mz-tasks:visible td:has-text("from run 77aa4c10…")')
    page.screenshot(path=screens / f"{tasks}-cached-{theme}-{width}-table.png")


def test_the_panel_of_a_task_tells_where_a_big_output_lies(show: Opener, screens: Path) -> None:
    page = show(WIDE, tasks=6, state="finished")
    page.click('.mz-node[data-task="t1"]')
    place = page.wait_for_selector('.mz-output p:has-text("on disk, 50.0 MB")')
    assert place.get_attribute("title") == "node-a:/data/results/3f9c2a71/t1/X.pkl"
    page.screenshot(path=screens / "stored-light.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_task_that_is_tried_again_counts_down(show: Opener, screens: Path, theme: str) -> None:
    page = show(WIDE, tasks=6, state="running", theme=theme)
    page.click('.mz-node[data-task="t4"]')
    tell(page, tasks={"t4": page.evaluate(RETRYING)})
    page.wait_for_selector('.mz-task-head[data-state="retrying"]')
    shown = "() => document.querySelector('.mz-task-time').textContent"
    before = page.evaluate(shown)
    assert before.startswith("attempt 3 of 4 in ")
    note = page.get_attribute('.mz-node[data-task="t4"] .mz-node-note', "data-full")
    assert note == "attempt 3 of 4 · timed out: over 1 h"
    page.wait_for_function(f"before => ({shown})() !== before", arg=before)
    panel = page.inner_text(".mz-task")
    for said in (
        "timed out: task 'x' was stopped: it took longer than its timeout of 1 h",
        "timeout 1 h 00 min · 3 retries on RuntimeError · priority 5 · needs a100",
        "2 of 4",
    ):
        assert said in panel
    page.screenshot(path=screens / f"retrying-{theme}.png")


def test_the_panel_of_a_task_tells_its_peak(show: Opener, screens: Path) -> None:
    page = show(WIDE, tasks=6, state="finished")
    page.click('.mz-node[data-task="t4"]')
    page.wait_for_selector(".mz-task:visible")
    assert "2.4 GB · 6.0 GB VRAM" in page.inner_text(".mz-task")
    page.screenshot(path=screens / "peak-light.png")
    page.click('.mz-tab:has-text("Table")')
    page.wait_for_selector('.mz-tasks:visible td:has-text("2.4 GB · 6.0 GB VRAM")')
    page.screenshot(path=screens / "peak-table.png")


@pytest.mark.parametrize(("width", "is_open"), [(1000, True), (NARROW, False), (WIDE, True)])
def test_remarks_can_be_read_beside_the_details(
    show: Opener, screens: Path, width: int, is_open: bool
) -> None:
    page = show(width, tasks=6, state="running")
    reason = "no node could ever fit it: needs 2 GPUs; node local-33c31176 has no GPU"
    pending = {"state": "pending", "attempt": 1, "gpu_ids": [], "reason": reason, "outputs": []}
    tell(page, tasks={"t4": pending})
    if is_open:
        page.click('.mz-node[data-task="t4"]')
        page.wait_for_selector(".mz-task:visible")
    page.click('.mz-tab:has-text("Table")')
    remark = page.wait_for_selector('tr[data-task="t4"] td:last-child')
    page.screenshot(path=screens / f"remarks-{width}.png")
    assert remark.inner_text() == reason
    is_in_sight = """cell => {
        const place = cell.getBoundingClientRect();
        const table = cell.closest('.mz-table').getBoundingClientRect();
        return place.right <= table.right + 1 && cell.scrollWidth <= cell.clientWidth + 1
            && place.width > 100;
    }"""
    assert remark.evaluate(is_in_sight)
    lines = "cell => Math.round(cell.getBoundingClientRect().height / 17)"
    name = page.wait_for_selector('tr[data-task="t1"] td:nth-child(2) button')
    assert name.evaluate(lines) == 1


def cost_of(page: Page) -> tuple[float, float]:
    """Return the milliseconds it took to draw a graph, and those of a typical frame of zooming."""
    drawn = page.evaluate("() => window.host.renderedIn")
    page.focus('.mz-node[tabindex="0"]')
    frame = page.evaluate(
        """async () => {
            const canvas = document.querySelector('.mz-canvas');
            const frames = [];
            for (let step = 0; step < 30; step += 1) {
                const start = performance.now();
                canvas.dispatchEvent(new WheelEvent('wheel',
                    {deltaY: step < 15 ? -40 : 40, clientX: 500, clientY: 300, cancelable: true}));
                await new Promise(requestAnimationFrame);
                frames.push(performance.now() - start);
            }
            return frames.sort((a, b) => a - b)[15];
        }"""
    )
    return drawn, frame


@pytest.mark.alone
def test_the_cost_of_a_graph_grows_no_faster_than_its_tasks(show: Opener) -> None:
    few = cost_of(show(tasks=60, state="running"))
    page = show(tasks=1000, state="running")
    page.click('.mz-group-tools >> text="open all"')
    page.wait_for_selector(".mz-hull", state="attached")
    many = cost_of(page)
    assert many[0] < 50 * max(few[0], 10)
    assert many[1] < 34 * max(few[1], 10)


def test_keys_walk_open_and_close(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    page.focus('.mz-node[tabindex="0"]')
    assert page.evaluate(FOCUSED) == "t1"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    middle = page.evaluate(FOCUSED)
    assert middle in {"t3", "t4", "t5"}
    page.keyboard.press("Enter")
    page.wait_for_selector(".mz-task:visible")
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-task", state="hidden")
    assert page.evaluate(FOCUSED) == middle
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "t6"


def test_the_wheel_is_the_pages_until_the_graph_is_chosen(show: Opener) -> None:
    page = show(height=200, tasks=6, state="finished")
    page.mouse.move(300, 150)
    before = page.evaluate(SCALE)
    page.mouse.wheel(0, 120)
    page.wait_for_function("() => scrollY > 0")
    page.wait_for_selector(".mz-hint:visible")
    assert page.evaluate(SCALE) == before
    page.evaluate("() => scrollTo(0, 0)")
    page.click('.mz-node[data-task="t1"]')
    page.mouse.wheel(0, -120)
    page.wait_for_function(f"before => ({SCALE})() > before", arg=before)


def test_a_drag_moves_and_chooses_nothing(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    before = page.evaluate(PLACE)
    box = page.locator('.mz-node[data-task="t2"]').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()
    assert page.evaluate(PLACE) != before
    assert not page.is_visible(".mz-task")
    page.click('.mz-tool:has-text("fit")')
    assert page.evaluate(PLACE) == before


def test_an_edge_says_what_it_carries(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    cards = [page.locator(f'.mz-node[data-task="t{at}"]').bounding_box() for at in (1, 2)]
    first, second = (card for card in cards if card is not None)
    between = (first["x"] + first["width"] + second["x"]) / 2
    page.mouse.move(between, first["y"] + first["height"] / 2 + 3)
    page.wait_for_selector('.mz-hover:visible:has-text("X, y")')
    assert "load_digits → split" in page.inner_text(".mz-hover")


def test_nodes_follow_the_run(show: Opener) -> None:
    page = show(tasks=6, state="running")
    fill = "() => getComputedStyle(document.querySelector('[data-task=t6] .mz-node-body')).stroke"
    waiting = page.evaluate(fill)
    height = page.evaluate("() => document.querySelector('.mz-root').offsetHeight")
    tell(page, tasks={"t6": {"state": "running", "started": 1, "gpu_ids": [0], "progress": 0.5}})
    page.wait_for_selector('.mz-node[data-task="t6"][data-state="running"]')
    page.wait_for_function(f"waiting => ({fill})() !== waiting", arg=waiting)
    assert "50 % · GPU 0" in str(page.text_content('[data-task="t6"] .mz-node-note'))
    assert page.evaluate("() => document.querySelector('.mz-root').offsetHeight") == height


def test_a_hundred_thousand_messages(show: Opener) -> None:
    page = show(tasks=6, state="running")
    page.click('.mz-tab:has-text("Messages")')
    tell(page, 100_000)
    last = last_seq(page) + 100_000
    page.wait_for_selector(f'.mz-row:has-text("line {last}")')
    assert page.locator(".mz-row").count() < 100
    page.locator(".mz-scroller").evaluate("(rows) => rows.scrollTo(0, 24 * 50000)")
    page.wait_for_selector('.mz-row:has-text("line 50005")')
    assert page.locator(".mz-row").count() < 100
    page.wait_for_selector(".mz-follow:visible")
    page.click(".mz-follow")
    page.wait_for_selector(f'.mz-row:has-text("line {last}")')
    page.wait_for_selector(".mz-follow", state="hidden")


def test_a_gap_is_asked_for_and_mended(show: Opener) -> None:
    page = show(tasks=6, state="running")
    first = last_seq(page) + 50
    page.evaluate(DELTA, {"first": first, "last": first, "tasks": {}})
    page.wait_for_function("() => window.host.sent.length === 2")
    assert page.evaluate("() => window.host.sent.every((sent) => sent.kind === 'sync')")


def test_without_a_kernel_it_says_so(show: Opener, screens: Path) -> None:
    page = show(tasks=6, state="running", kernel="no")
    page.wait_for_selector('.mz-notice:has-text("No kernel answers")')
    assert page.locator('.mz-node[data-state="succeeded"]').count() > 0
    page.screenshot(path=screens / "6-no-kernel.png")


def test_markup_stays_text(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    nasty = '<img src=x onerror="window.broken = true">'
    task = {
        "id": "x",
        "name": nasty,
        "inputs": [nasty],
        "outputs": [nasty],
    }
    output = {"name": nasty, "type": nasty, "summary": nasty, "preview": nasty}
    state = {"state": "failed", "error": {"type": nasty, "message": nasty, "traceback": nasty}}
    page.evaluate(
        "(told) => window.host.push({kind: 'snapshot', ...told})",
        {
            "graph": {"workflow_id": "w", "name": nasty, "tasks": [task], "edges": []},
            "run": {"run_id": "r", "status": "failed", "counts": {}},
            "tasks": {"x": {**state, "reason": nasty, "outputs": [output]}},
            "messages": [{"seq": 0, "time": 1, "type": nasty, "task_id": "x", "text": nasty}],
        },
    )
    page.wait_for_selector('.mz-node[data-task="x"]')
    page.click('.mz-node[data-task="x"]')
    assert nasty in page.inner_text(".mz-traceback")
    page.click('.mz-tab:has-text("Messages")')
    page.wait_for_selector(".mz-row")
    page.click('.mz-tab:has-text("Table")')
    page.wait_for_selector(".mz-tasks:visible")
    assert page.locator("#view img").count() == 0
    assert page.evaluate("() => window.broken") is None


@pytest.mark.parametrize(
    "told",
    ["null", "3", "'x'", "[]", "{kind: 'later'}", "{kind: 'delta', tasks: 5, messages: {}}",
     "{kind: 'snapshot', run: 'x', tasks: [], messages: 'y', graph: 7}"],
)  # fmt: skip
def test_what_cannot_be_read_leaves_no_blank_view(show: Opener, told: str) -> None:
    page = show(tasks=6, state="finished")
    page.evaluate(f"() => window.host.push({told})")
    page.wait_for_selector('.mz-notice:has-text("could not be read")')
    assert page.locator(".mz-node").count() == 6


def test_there_is_no_motion_where_none_is_wanted(show: Opener) -> None:
    page = show(tasks=6, state="finished")
    lasting = "() => getComputedStyle(document.querySelector('.mz-node-body')).transitionDuration"
    assert page.evaluate(lasting) != "0s"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(lasting) == "0s"


def test_nothing_is_left_when_it_is_closed(show: Opener) -> None:
    page = show(tasks=6, state="running")
    assert page.evaluate("() => window.host.listeners()") > 0
    page.evaluate("() => window.host.close()")
    assert page.evaluate("() => window.host.listeners()") == 0
    assert page.locator("#view > *").count() == 0
