"""Stills where styles, scripts and classes are taken away, as sites do that show notebooks."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import pytest

from maze_nb.projection.run_view import view_of
from maze_nb.projection.still import run_html
from tests.recorder import Recorder, graph_of

# What GitHub leaves of what a cell displayed: no style sheets, no styles, no names to refer to.
DROPPED = {"style", "script", "iframe", "object", "link"}
KEPT = {"src", "href", "alt", "title", "width", "height", "colspan", "open"}
MOST_BYTES = 512_000


class Bare(HTMLParser):
    """The HTML that is left, and its text in lines."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html: list[str] = []
        self.text: list[str] = []
        self._dropped = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._dropped += tag in DROPPED
        if not self._dropped:
            kept = "".join(f' {k}="{escape(v or "")}"' for k, v in attrs if k in KEPT)
            self.html.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        if not self._dropped:
            self.html.append(f"</{tag}>")
        self._dropped -= tag in DROPPED

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self.html.append(escape(data))
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def bare(recorder: Recorder) -> Bare:
    return Bare(run_html(recorder.graph, view_of(recorder.messages).snapshot()))


def test_nothing_is_lost_but_its_looks() -> None:
    edges = [("load", "svm"), ("svm", "best")]
    recorder = Recorder(graph_of(["load", "svm", "best"], edges)).start_run()
    recorder.start("load").finish("load", {"rows": 1797}).start("svm").fail("svm")
    left = bare(recorder.skip("best", "svm").finish_run("failed"))
    html = "".join(left.html)
    assert 'src="data:image/svg+xml;base64,' in html
    assert 'alt="digits: graph of 3 tasks"' in html
    assert 'width="' in html
    assert "<table>" in html
    assert '<details open="">' in html
    for said in (
        "✕ digits · run 3f9c12ab… · failed",
        "svm ✕ failed",
        "ValueError: no rows",
        "Traceback (most recent call last)",
        "best ⤼ skipped",
        "load ✓ succeeded",
        "rows = 1797",
    ):
        assert said in left.words
    assert "font" not in left.words
    assert "{" not in left.words


NAMES = [f"g{at % 20}/t_{at // 20}" for at in range(10_000)]
UNLIKE = [f"{chr(97 + at % 26)}{at * 7919 % 10_007}x" for at in range(10_000)]


@pytest.mark.parametrize(
    ("names", "fails", "has_picture"),
    [(NAMES, False, True), (NAMES, True, True), (UNLIKE, False, False), (UNLIKE[:590], True, True)],
    ids=["groups", "all failed", "unlike", "as many as are drawn"],
)
def test_a_large_run_is_of_a_sane_size(names, fails, has_picture) -> None:
    recorder = Recorder(graph_of(names)).start_run()
    for name in names:
        if fails:
            recorder.start(name).fail(name, message="no " * 500)
        else:
            recorder.finish(name, {"rows": list(range(100))})
    html = run_html(recorder.graph, view_of(recorder.messages).snapshot())
    assert len(html.encode()) < MOST_BYTES
    assert ("data:image/svg+xml" in html) == has_picture
