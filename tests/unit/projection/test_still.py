"""Still HTML of graphs and runs."""

from __future__ import annotations

from base64 import b64decode
from html.parser import HTMLParser

import pytest

from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.projection.still import graph_html, html_page, run_html

VOID = {"img", "br", "meta"}


class Page(HTMLParser):
    """Checks that tags nest, and keeps the text and the pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.tags: list[str] = []
        self.pictures: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            kind, _, data = dict(attrs)["src"].partition(";base64,")
            assert kind == "data:image/svg+xml"
            self.pictures.append(b64decode(data).decode())

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


def page_of(recorder) -> Page:
    return Page(run_html(recorder.graph, view_of(recorder.messages).snapshot()))


def test_a_failed_run_leads_with_its_failure(failed_run):
    page = page_of(failed_run)
    assert page.words.startswith(
        "✕ digits · run 3f9c12ab… · failed · 1 failed · 1 skipped · 4 tasks · 8.0 s"
    )
    assert page.words.index("ValueError: no rows") < page.words.index("load")
    assert "Traceback (most recent call last)" in page.words
    assert "svm failed" in page.words
    assert len(page.pictures) == 1
    assert "svm" in page.pictures[0]


def test_small_results_are_shown_and_large_ones_folded(make_recorder, make_graph):
    recorder = make_recorder(make_graph(["a", "b"])).start_run()
    recorder.finish("a", {"score": 0.97}).finish("b", {"rows": list(range(100))})
    page = page_of(recorder)
    assert "score = 0.97" in page.words
    assert "rows: int[0, 1, 2" in page.words


def test_everything_is_escaped(make_recorder, make_graph):
    evil = "<img src=x onerror=alert(1)>"
    recorder = make_recorder(make_graph([evil], name=evil)).start_run().start(evil)
    recorder.fail(evil, kind=evil, message=evil)
    html = run_html(recorder.graph, view_of(recorder.messages).snapshot())
    assert "<img src=x" not in html
    assert Page(html).tags.count("img") == 1
    assert "<img src=x" not in Page(html).pictures[0]


def test_of_many_tasks_what_matters_is_shown(make_recorder, make_graph):
    names = [f"train_{i}" for i in range(100)]
    recorder = make_recorder(make_graph([*names, "best"], [(name, "best") for name in names]))
    recorder.start_run()
    for name in names[:-1]:
        recorder.finish(name)
    page = page_of(recorder.fail(names[-1]).skip("best", names[-1]).finish_run("failed"))
    assert page.tags.count("strong") == 1 + 2
    assert "… and 99 more tasks" in page.words


@pytest.mark.parametrize(
    "snapshot_of_nothing", [[], [{"type": "start_workflow", "seq": 1, "time": 1e300}]]
)
def test_a_run_of_which_nothing_is_known(snapshot_of_nothing):
    page = Page(run_html(None, view_of(snapshot_of_nothing).snapshot()))
    assert "0 tasks" in page.words
    assert page.pictures == []


def test_a_graph_without_tasks_says_so(make_graph):
    assert Page(graph_html(make_graph([]))).words.endswith("no tasks yet")


def test_a_graph_too_large_to_draw_is_text(make_graph):
    names = [f"{'abc'[i % 3]}{i}x" for i in range(1000)]
    page = Page(graph_html(make_graph(names)))
    assert page.pictures == []
    assert "layer 1 (1000 tasks)" in page.words


def test_a_page_stands_alone(failed_run):
    snapshot = view_of(failed_run.messages).snapshot()
    html = html_page(run_html(failed_run.graph, snapshot), "a < b")
    page = Page(html.removeprefix("<!doctype html>"))
    assert "a < b" in page.words
    assert "http" not in html


def test_text_of_a_failed_run(failed_run):
    assert run_text(failed_run.graph, view_of(failed_run.messages).snapshot()) == (
        "✕ digits · run 3f9c12ab… · failed · 1 failed · 1 skipped · 4 tasks · 8.0 s\n"
        "  ✕ svm: ValueError: no rows"
    )


def test_text_of_many_failures_is_short(make_recorder, make_graph):
    names = [f"t{i}" for i in range(30)]
    recorder = make_recorder(make_graph(names)).start_run()
    for name in names:
        recorder.fail(name)
    lines = run_text(recorder.graph, view_of(recorder.messages).snapshot()).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "  … 20 more"
