"""The graph panel at scale in headless Chromium: pictures, frames, layout, size of the bundle."""

from __future__ import annotations

import functools
import gzip
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
VIEW = ROOT / "maze_nb/widgets/static/view.js"
CHROMIUM = [Path("/usr/bin") / name for name in ("chromium", "chromium-browser", "google-chrome")]
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
SHOWN = "() => window.host?.shownIn"
# Each frame the pointer or the wheel does what a person does; frames that are drawn are counted.
MOVE = """async ([kind, seconds]) => {
    const svg = document.querySelector('.mz-canvas');
    const { left, top, width, height } = svg.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const pointer = (type, at) => svg.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, pointerType: 'touch', isPrimary: true, bubbles: true, cancelable: true,
        buttons: 1, clientX: x + at, clientY: y + at / 3,
    }));
    svg.setPointerCapture = () => undefined;
    const start = performance.now();
    if (kind === 'pan') pointer('pointerdown', 0);
    let [frames, longest, last] = [0, 0, start];
    for (let step = 0; performance.now() - start < seconds * 1000; step += 1) {
        if (kind === 'pan') pointer('pointermove', 240 * Math.sin(step / 9));
        else svg.dispatchEvent(new WheelEvent('wheel', {
            deltaY: step % 60 < 30 ? -30 : 30, ctrlKey: true, clientX: x, clientY: y,
            bubbles: true, cancelable: true,
        }));
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        [frames, longest, last] = [frames + 1, Math.max(longest, now - last), now];
    }
    if (kind === 'pan') pointer('pointerup', 0);
    return [frames / ((performance.now() - start) / 1000), longest];
}"""


OPEN = """async () => {
    const start = performance.now();
    document.querySelector('.mz-group-tools button').click();
    const frame = () => new Promise(requestAnimationFrame);
    while (document.querySelector('.mz-laying:not([hidden])')) await frame();
    await frame();
    await frame();
    return performance.now() - start;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of each file."""


@contextmanager
def served() -> Iterator[str]:
    """Give the address of the page that hosts the built view without Jupyter."""
    handler = functools.partial(_Quiet, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tests/browser/harness/index.html"
        finally:
            server.shutdown()
            serving.join(10)


def opened(browser: Browser, address: str, tasks: str) -> tuple[Page, float]:
    """Return the page with a run of so many tasks, and the seconds from its data to its picture."""
    page = browser.new_page(viewport={"width": 1500, "height": 800})
    page.set_default_timeout(60_000)
    page.goto(f"{address}?tasks={tasks}&state=running")
    page.wait_for_function(SHOWN)
    seconds: float = page.evaluate(SHOWN) / 1000
    return page, seconds


def frames(page: Page, kind: str, seconds: float = 4) -> tuple[float, float]:
    """Return the frames a second of a gesture, and its longest frame in milliseconds."""
    rate, longest = page.evaluate(MOVE, [kind, seconds])
    page.wait_for_timeout(400)
    return rate, longest


def open_all(page: Page) -> float:
    """Open every group; return the seconds to the picture."""
    milliseconds: float = page.evaluate(OPEN)
    return milliseconds / 1000


def say(what: str, value: float, limit: float, unit: str, *, most: bool) -> bool:
    """Print a number against its limit; return whether it was kept."""
    kept = value <= limit if most else value >= limit
    bound = "at most" if most else "at least"
    ratio = value / limit
    print(
        f"{what:<44} {value:8.2f} {unit:<9} {bound} {limit:g}: ratio {ratio:5.2f} "
        f"{'kept' if kept else 'MISSED'}"
    )
    return kept


def moves(page: Page, name: str, limit: float) -> bool:
    """Measure panning and zooming, as a whole and near."""
    kept = True
    for kind in ("pan", "zoom"):
        rate, longest = frames(page, kind)
        kept &= say(f"{name}: {kind}", rate, limit, "frames/s", most=False)
        print(f"{'':<44} {longest:8.0f} ms        longest frame")
    return kept


def main() -> int:
    """Measure all; the exit code is 1 where a limit was missed."""
    found = next((path for path in CHROMIUM if path.exists()), None)
    if found is None or not VIEW.exists():
        print("graph_view needs Chromium in /usr/bin and the built view: make install")
        return 1
    kept = True
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found), args=OPTIONS)
        page, first = opened(browser, address, "10000")
        kept &= say("10,000 tasks in 20 groups: first picture", first, 1, "s", most=True)
        kept &= moves(page, "20 groups closed", 30)
        kept &= say("20 groups opened: layout and picture", open_all(page), 2, "s", most=True)
        kept &= moves(page, "20 groups opened, all in sight", 15)
        for _ in range(8):
            page.click('[aria-label="Zoom in"]')
        kept &= moves(page, "20 groups opened, names to be read", 15)
        page.close()
        page, first = opened(browser, address, "links")
        kept &= say("a chain of 2,000: layout and first picture", first, 2, "s", most=True)
        browser.close()
    size = len(gzip.compress(VIEW.read_bytes())) / 1000
    kept &= say("view.js, gzipped", size, 600, "kB", most=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
