"""Chromium, the harness page and a JupyterLab; each lives as long as a test module."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from lab import Notebook, lab_server, open_notebook

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
    handler = functools.partial(_QuietHandler, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tests/browser/harness/index.html"
        finally:
            server.shutdown()
            serving.join(10)


@pytest.fixture
def show(browser: Browser, harness_url: str) -> Iterator[Callable[..., Page]]:
    """Open the view on a run of so many tasks; fail at the end on any error in a page."""
    errors: list[str] = []
    with ExitStack() as pages:

        def show(width: int = 1000, height: int = 700, **asked: object) -> Page:
            page = browser.new_page(viewport={"width": width, "height": height})
            pages.callback(page.close)
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda line: errors.append(line.text) if line.type == "error" else 0)
            page.goto(f"{harness_url}?{urlencode(asked)}")
            page.wait_for_selector("body[data-ready]")
            return page

        yield show
    assert errors == []


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Give the address of a JupyterLab server, and the folder that it serves."""
    home = tmp_path_factory.mktemp("lab")
    served = home / "served"
    served.mkdir()
    with lab_server(home, served) as address:
        yield address, served


@pytest.fixture
def notebook(
    browser: Browser, lab: tuple[str, Path], request: pytest.FixtureRequest
) -> Iterator[Callable[[list[str]], Notebook]]:
    """Open a notebook of the given cells in JupyterLab, its kernel ready."""
    address, served = lab
    with ExitStack() as opened:

        def notebook(cells: list[str]) -> Notebook:
            path = served / f"{request.node.originalname}.ipynb"
            return opened.enter_context(open_notebook(browser, address, path, cells))

        yield notebook


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of each file."""

    def send_error(self, code: int, *args: object) -> None:
        """Have no icon, and no complaint about it."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().send_error(code, *args)
