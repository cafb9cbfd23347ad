"""A saved notebook without its kernel: as nbconvert makes a page of it, seen in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page

from tests.kernels import client_of, notebook_of
from tests.run_messages import run_messages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[2]
SHOW = """
import json
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.widgets.display import show_live
show_live(ListLog(json.load(open({path!r}))));
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the page of a notebook that showed a run that failed."""
    folder = tmp_path_factory.mktemp("saved")
    told = folder / "run.json"
    told.write_text(json.dumps(run_messages(4, "failed")))
    notebook = client_of(notebook_of(SHOW.format(path=str(told))), ROOT).execute()
    html, _ = HTMLExporter().from_notebook_node(notebook)
    page = folder / "saved.html"
    page.write_text(html)
    return page


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, saved: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give the page, with nothing to be had from elsewhere."""
    context = browser.new_context(
        viewport={"width": 1000, "height": 900}, color_scheme=request.param
    )
    context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
    page = context.new_page()
    page.goto(saved.as_uri(), wait_until="domcontentloaded")
    yield page
    context.close()


def test_the_picture_and_the_table_stand_without_scripts_from_elsewhere(
    page: Page, screens: Path, request: pytest.FixtureRequest
) -> None:
    picture = page.locator("img.maze-image")
    picture.wait_for(state="visible")
    size = picture.evaluate("image => [image.complete, image.naturalWidth, image.naturalHeight]")
    assert size[0]
    assert size[1] > 200
    assert size[2] > 30
    assert page.locator("table strong").all_inner_texts()[0] == "step_3"
    assert page.get_by_text("ValueError: no rows").first.is_visible()
    assert "failed" in page.locator(".maze-still").inner_text()
    page.screenshot(path=screens / f"saved-{request.node.callspec.params['page']}.png")
