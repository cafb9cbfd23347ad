"""Cards of tasks that are not just Python, in the built view in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_cards_say_what_is_not_just_python(
    show: Callable[..., Page], screens: Path, theme: str
) -> None:
    page = show(1000, tasks="kinds", state="failed", theme=theme)
    signs = page.locator(".mz-node .mz-kind")
    expect(signs).to_have_count(5)
    kinds = sorted(each.get_attribute("data-kind") or "" for each in signs.all())
    assert kinds == ["command", "container", "container", "notebook", "shell"]
    expect(page.get_by_role("button", name=re.compile(", container, "))).to_have_count(2)
    for card in page.locator(".mz-node:has(.mz-kind)").all():
        sign = card.locator(".mz-kind").bounding_box()
        note = card.locator(".mz-node-note").bounding_box()
        assert sign is not None
        assert note is not None
        assert sign["x"] + sign["width"] <= note["x"]
    page.screenshot(path=screens / f"kinds-{theme}.png")
