"""Chromium and the harness page, for a test module each, and a JupyterLab for all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    sync_playwright,
)

sys.path.insert(0, str(Path(__file__).parent))

from lab import Notebook, lab_server, open_notebook

from maze_nb.store.result_cache import open_cache
from tests.file_server import files_served

ROOT = Path(__file__).parents[2]
VIEW = ROOT / "maze_nb/widgets/static/view.js"
CHROMIUM = [Path("/usr/bin") / name for name in ("chromium", "chromium-browser", "google-chrome")]
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    found = next((path for path in CHROMIUM if path.exists()), None)
    if found is None:
        pytest.fail(
            "the browser tests need Chromium: "
            "apt-get install -y --no-install-recommends chromium fonts-dejavu-core"
        )
    # Not for the whole session: while it is started, this thread counts as inside an event loop.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found), args=_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screens() -> Path:
    """Where pictures of what was tested are kept."""
    folder = Path(os.environ.get("MAZE_SCREENS", ROOT / "out/screens"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def harness_url() -> Iterator[str]:
    """Give the page that hosts the built view without Jupyter."""
    if not VIEW.exists():
        pytest.fail("the live view is not built: cd extension && npm ci && npm run build")
    with files_served(ROOT) as url:
        yield f"{url}/tests/browser/harness/index.html"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Keep what pages load and compile, for the other pages of the module."""
    with browser.new_context() as context:
        yield context


@pytest.fixture(scope="module")
def harness_pages() -> list[Page]:
    """Keep the pages that tests of the module showed the view in."""
    return []


@pytest.fixture
def show(
    context: BrowserContext, harness_pages: list[Page], harness_url: str
) -> Iterator[Callable[..., Page]]:
    """Open the view on a run of so many tasks; fail at the end on any error in a page.

    A page is used by one test after another, as a new one takes longer than most tests.
    """
    errors: list[str] = []
    shown: list[Page] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    def note_line(line: ConsoleMessage) -> None:
        if line.type == "error":
            errors.append(line.text)

    def show(width: int = 1000, height: int = 700, **asked: object) -> Page:
        page = harness_pages.pop() if harness_pages else context.new_page()
        shown.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(15_000)
        page.on("pageerror", note)
        page.on("console", note_line)
        page.goto(f"{harness_url}?{urlencode(asked)}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield show
    for page in shown:
        page.goto("about:blank")
        page.remove_listener("pageerror", note)
        page.remove_listener("console", note_line)
        page.emulate_media(reduced_motion="null")
        page.mouse.move(0, 0)
        harness_pages.append(page)
    assert errors == []


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Give the address of a JupyterLab server, and the folder that it serves."""
    home = tmp_path_factory.mktemp("lab")
    served = home / "served"
    served.mkdir()
    with lab_server(home, served) as address:
        yield address, served


@pytest.fixture
def notebook(
    context: BrowserContext, lab: tuple[str, Path], request: pytest.FixtureRequest
) -> Iterator[Callable[[list[str]], Notebook]]:
    """Open a notebook of the given cells in JupyterLab, its kernel ready and nothing cached yet."""
    address, served = lab
    cache = open_cache()
    cache.remove(entry.key for entry in list(cache.entries()))
    with ExitStack() as opened:

        def notebook(cells: list[str]) -> Notebook:
            path = served / f"{request.node.originalname}.ipynb"
            return opened.enter_context(open_notebook(context, address, path, cells))

        yield notebook
