"""Maps, sub-workflows, stale marks and live output in the built view, fed by the real fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from maze_nb.projection.marks import marked
from maze_nb.projection.run_view import RunView

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Opener = Callable[..., Page]
Told = list[tuple[str, dict[str, Any]]]

NARROW, WIDE = 480, 1500
LOOKS = [("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)]
TRACEBACK = 'Traceback (most recent call last):\n  File "<cell 4>", line 3, in fit\nValueError: no'
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+F"
    "ABJADveWkH6oAAAAAElFTkSuQmCC"
)


def task(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "name": name, "kind": "python", "outputs": ["out"], **more}


def graph(tasks: list[dict[str, object]], edges: Iterable[str]) -> dict[str, object]:
    pairs = (edge.split(">") for edge in edges)
    told = [{"source": a, "target": b, "names": ["out"]} for a, b in pairs]
    return {"workflow_id": "w", "name": "sweep", "tasks": tasks, "edges": told}


MAPPED = graph(
    [task("load"), task("grid"), task("fit_model", kind="map"), task("best"), task("report")],
    ["load>grid", "load>fit_model", "grid>fit_model", "fit_model>best", "best>report"],
)
GROUPED = graph(
    [
        task("load"),
        *[task(name, group="prepare") for name in ("read", "join", "scale")],
        *[task(name, group="prepare/clean") for name in ("drop", "fill")],
        task("split"),
        *[task(f"train_{name}", group="train") for name in ("a", "b", "c", "d")],
        task("report"),
    ],
    [
        "load>read", "read>drop", "drop>fill", "fill>join", "join>scale", "scale>split",
        "split>train_a", "split>train_b", "split>train_c", "split>train_d",
        "train_a>report", "train_b>report", "train_c>report", "train_d>report",
    ],
)  # fmt: skip


class Story:
    """A run that is told to an open view as its widget would tell it."""

    def __init__(self, page: Page, graph: Mapping[str, object]) -> None:
        self.page, self.view, self._seq = page, RunView(), 0
        self._now = float(page.evaluate("() => Date.now() / 1000"))
        self.fold([("start_workflow", {"graph": graph})], ago=75)

    def fold(self, told: Told, ago: float = 0) -> None:
        for kind, data in told:
            self._seq += 1
            full = {"run_id": "3f9c12ab77aa4c10", "task_name": data.get("task_id"), **data}
            self.view.fold({"type": kind, "data": full, "seq": self._seq, "time": self._now - ago})

    def show(self) -> None:
        self._push({"kind": "snapshot", "graph": self.view.graph, **self.view.snapshot()})
        self.view.drop_delta()

    def go_on(self, told: Told) -> None:
        self.fold(told)
        self._push({"kind": "delta", "now": self._now, **(self.view.delta() or {})})

    def answer(self) -> None:
        asked = self.page.evaluate("() => window.host.sent.at(-1)")
        assert asked["kind"] == "items", asked
        page = self.view.items(asked["task_id"], state=asked["state"], offset=asked["offset"])
        self._push({"kind": "items", **(page or {})})

    def _push(self, told: dict[str, object]) -> None:
        self.page.evaluate("(told) => window.host.push(told)", told)


def started(name: str) -> tuple[str, dict[str, Any]]:
    return "start_task", {"task_id": name, "node_id": "node-a", "gpu_ids": []}


def finished(name: str) -> tuple[str, dict[str, Any]]:
    outputs = [{"name": "out", "type": "int", "summary": "int", "inline": True}]
    return "finish_task", {"task_id": name, "outputs": outputs, "result": {"out": 1}}


def failed(name: str) -> tuple[str, dict[str, Any]]:
    error = {"type": "ValueError", "message": f"no rows in {name}", "host": "node-a"}
    return "task_exception", {"task_id": name, "error": error, "result": TRACEBACK}


def begun(count: int) -> Told:
    first = [told for name in ("load", "grid") for told in (started(name), finished(name))]
    return [
        *first,
        started("fit_model"),
        ("task_expanded", {"task_id": "fit_model", "count": count}),
    ]


def items(ended: int, running: int, bad: Iterable[int] = ()) -> Told:
    told: Told = []
    broken = set(bad)
    for index in range(ended + running):
        name = f"fit_model.{index}"
        told.append(started(name))
        if index < ended:
            told.append(failed(name) if index in broken else finished(name))
    return told


@pytest.fixture
def tell(show: Opener) -> Callable[..., Story]:
    """Open the view on a run of this graph."""

    def tell(graph: Mapping[str, object], *told: Told, **asked: object) -> Story:
        page = show(**{"tasks": 0, "state": "new", **asked})
        story = Story(page, graph)
        for ago, part in zip((70, 60, 0), told, strict=False):
            story.fold(part, ago)
        story.show()
        page.wait_for_selector(".mz-node")
        return story

    return tell


CASES = {
    "running": (400, items(388, 12, bad=[17])),
    "done": (10_000, items(10_000, 0)),
    "failing": (10_000, items(6_000, 16, bad=range(0, 6_000, 100))),
}


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize("case", CASES)
def test_a_map_is_one_card_however_long_it_is(
    tell: Callable[..., Story], screens: Path, case: str, theme: str, width: int
) -> None:
    count, told = CASES[case]
    story = tell(MAPPED, begun(count), told, width=width, theme=theme)
    page = story.page
    assert page.locator(".mz-node").count() == 5
    card = page.locator('.mz-node[data-task="fit_model"]')
    assert f"×{count:,}" in str(card.locator(".mz-node-name").text_content())
    page.screenshot(path=screens / f"map-{case}-{theme}-{width}.png")
    card.click()
    page.wait_for_function("() => window.host.sent.at(-1).kind === 'items'")
    story.answer()
    page.wait_for_selector(".mz-items .mz-item")
    page.screenshot(path=screens / f"map-{case}-{theme}-{width}-open.png")
    page.click('.mz-tab:has-text("Table")')
    page.wait_for_selector('.mz-tasks:visible td:has-text("succeeded")')
    assert page.locator(".mz-tasks tbody tr").count() == 5
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_items_of_a_map_are_asked_for_a_page_at_a_time(
    tell: Callable[..., Story], screens: Path
) -> None:
    story = tell(MAPPED, begun(10_000), CASES["failing"][1], width=WIDE)
    page = story.page
    page.click('.mz-node[data-task="fit_model"]')
    page.wait_for_selector(".mz-failed-item[open] .mz-traceback")
    page.click('.mz-filter:has-text("succeeded")')
    page.wait_for_function("() => window.host.sent.at(-1).state === 'succeeded'")
    story.answer()
    page.wait_for_selector('.mz-pager:has-text("1–50 of 5,940")')
    page.click('.mz-pager [aria-label="Items after"]')
    page.wait_for_function("() => window.host.sent.at(-1).offset === 50")
    story.answer()
    page.wait_for_selector('.mz-pager:has-text("51–100 of 5,940")')
    page.click('.mz-item .mz-link:text-is("fit_model[51]")')
    page.wait_for_selector('.mz-task-name:text-is("fit_model[51]")')
    assert page.locator('.mz-node[data-task="fit_model"].mz-chosen').count() == 1
    page.screenshot(path=screens / "map-item.png")
    page.click(".mz-back")
    page.wait_for_selector('.mz-task-name:text-is("fit_model ×10,000")')


def test_without_an_answer_what_is_known_is_shown_and_said(tell: Callable[..., Story]) -> None:
    story = tell(MAPPED, begun(10_000), CASES["failing"][1], width=WIDE)
    page = story.page
    page.click('.mz-node[data-task="fit_model"]')
    page.click('.mz-filter:has-text("failed")')
    page.wait_for_selector('p:visible:has-text("20 of 60 items are known here")', timeout=15_000)
    assert page.locator(".mz-item").count() == 20


def test_a_failure_in_a_map_leads_from_the_header(tell: Callable[..., Story]) -> None:
    story = tell(MAPPED, begun(400), CASES["running"][1], width=WIDE)
    page = story.page
    assert page.inner_text(".mz-failures") == "1 failed"
    assert page.inner_text(".mz-run-count") == "389/404"
    page.click(".mz-failures")
    page.wait_for_selector('.mz-task-name:text-is("fit_model[17]")')
    assert "ValueError: no" in page.inner_text(".mz-traceback")


def test_a_map_follows_its_run_and_nothing_jumps(tell: Callable[..., Story]) -> None:
    story = tell(MAPPED, begun(10_000), items(100, 16), width=WIDE)
    page = story.page
    place = (
        "() => [...document.querySelectorAll('.mz-node')].map((n) => n.getAttribute('transform'))"
    )
    before, height = page.evaluate(place), page.evaluate("() => document.body.offsetHeight")
    story.go_on([finished(f"fit_model.{index}") for index in range(100, 116)])
    card = '.mz-node[data-task="fit_model"]'
    page.wait_for_function(
        f"() => document.querySelector('{card}').getAttribute('aria-label').includes('116 succ')"
    )
    assert page.evaluate(place) == before
    assert page.evaluate("() => document.body.offsetHeight") == height
    assert page.evaluate("() => window.host.sent.filter((s) => s.kind === 'sync').length") == 1


SOME = [
    *[
        told
        for name in ("load", "read", "drop", "fill")
        for told in (started(name), finished(name))
    ],
    started("join"),
]


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_a_sub_workflow_opens_in_place_and_closes(
    tell: Callable[..., Story], screens: Path, theme: str, width: int
) -> None:
    story = tell(GROUPED, SOME, width=width, theme=theme)
    page = story.page
    names = "() => [...document.querySelectorAll('.mz-node')].map((n) => n.dataset.task)"
    assert page.evaluate(names) == ["load", "group:prepare", "split", "group:train", "report"]
    page.screenshot(path=screens / f"groups-closed-{theme}-{width}.png")
    page.click('.mz-node[data-task="group:prepare"]')
    page.wait_for_selector('.mz-item:has-text("join")')
    page.screenshot(path=screens / f"groups-chosen-{theme}-{width}.png")
    page.keyboard.press("Enter")
    page.wait_for_selector(".mz-hull")
    assert page.locator(".mz-node").count() == 9
    assert page.evaluate("() => document.activeElement.dataset.task") == "read"
    page.screenshot(path=screens / f"groups-open-{theme}-{width}.png")
    page.keyboard.press("Escape")
    page.wait_for_selector(".mz-task", state="hidden")
    page.locator('.mz-hull[data-group="prepare"] .mz-hull-title').click()
    page.wait_for_selector(".mz-hull", state="detached")
    assert page.locator(".mz-node").count() == 5


def test_a_failure_in_a_closed_sub_workflow_lights_its_card(tell: Callable[..., Story]) -> None:
    story = tell(GROUPED, [*SOME, failed("join")], width=WIDE)
    page = story.page
    page.click(".mz-failures")
    page.wait_for_selector('.mz-task-name:text-is("join")')
    assert page.locator('.mz-node[data-task="group:prepare"].mz-chosen').count() == 1


LIVE: Told = [
    started("load"),
    ("task_progress", {"task_id": "load", "done": 31, "total": 50, "message": "epoch 31"}),
    *[("task_log", {"task_id": "load", "text": f"epoch {n}: loss 0.{n:03}\n"}) for n in range(60)],
    ("task_display", {"task_id": "load", "display_id": "a", "data": {"image/png": PNG}}),
    (
        "task_display",
        {
            "task_id": "load",
            "data": {
                "text/html": "<table><tr><th>k</th><th>loss</th></tr>"
                "<tr><td>1</td><td>0.3</td></tr></table>"
            },
        },
    ),
]


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_what_a_task_prints_and_shows_is_seen_while_it_runs(
    tell: Callable[..., Story], screens: Path, theme: str, width: int
) -> None:
    story = tell(MAPPED, LIVE, width=width, theme=theme)
    page = story.page
    note = page.get_attribute('.mz-node[data-task="load"] .mz-node-note', "data-full")
    assert note == "62 %, 31/50 · epoch 31"
    page.click('.mz-node[data-task="load"]')
    page.wait_for_selector(".mz-display img")
    page.frame_locator(".mz-display iframe").locator("td").first.wait_for()
    page.screenshot(path=screens / f"live-output-{theme}-{width}.png")
    page.click('.mz-task-tabs .mz-tab:text-is("Log")')
    log = page.locator(".mz-log")
    log.scroll_into_view_if_needed()
    page.screenshot(path=screens / f"live-log-{theme}-{width}.png")
    log.evaluate("(pre) => { pre.scrollTop = 0; pre.dispatchEvent(new Event('scroll')); }")
    story.go_on([("task_log", {"task_id": "load", "text": "one more\n"})])
    page.wait_for_selector('.mz-log-frame .mz-follow:has-text("1 new line")')
    assert "one more" not in str(log.text_content())
    page.click(".mz-log-frame .mz-follow")
    assert str(log.text_content()).endswith("one more")
    story.go_on([("task_progress", {"task_id": "load", "done": 50, "total": 50})])
    page.wait_for_selector('.mz-progress[aria-valuenow="100"]')


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_stale_task_is_dashed_and_says_why(
    tell: Callable[..., Story], screens: Path, theme: str
) -> None:
    why = "load was changed"
    marks = {"grid": {"mark": "stale", "why": why}, "fit_model": {"mark": "new"}}
    story = tell(marked(MAPPED, marks), width=WIDE, theme=theme)
    page = story.page
    card = page.locator('.mz-node[data-task="grid"]')
    assert "mz-stale" in str(card.get_attribute("class"))
    assert why in str(card.locator("title").text_content())
    page.screenshot(path=screens / f"stale-{theme}.png")


def test_a_pulse_from_a_busy_kernel_keeps_the_view_live(show: Opener) -> None:
    page = show(tasks=6, state="running", kernel="no")
    page.wait_for_selector('.mz-notice:has-text("No kernel answers")')
    page.evaluate("() => window.host.push({kind: 'pulse', now: Date.now() / 1000})")
    page.wait_for_selector(".mz-notice", state="detached")
    shown = page.inner_text(".mz-run-time")
    page.wait_for_function(
        "shown => document.querySelector('.mz-run-time').textContent !== shown", arg=shown
    )
    page.wait_for_timeout(4_000)
    assert page.locator(".mz-notice").count() == 0
