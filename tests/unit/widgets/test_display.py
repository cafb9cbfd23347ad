"""Runs as they are displayed: in a notebook run headless, and where there is no notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.widgets.bundles import WIDGET_MIME
from maze_nb.widgets.display import (
    NotebookPresenter,
    graph_mimebundle,
    run_mimebundle,
    show_live,
)
from tests.kernels import client_of, notebook_of

ROOT = Path(__file__).parents[3]
STATE_MIME = "application/vnd.jupyter.widget-state+json"

SETUP = """
import json, threading, time
from maze_nb.widgets.display import show_live
from maze_nb.sdk.feed.message_log import ListLog
messages = json.load(open({path!r}))
"""


def executed(path: Path, messages, *cells: str) -> nbformat.NotebookNode:
    path.write_text(json.dumps(messages))
    sources = [SETUP.format(path=str(path)), *cells]
    return client_of(notebook_of(*sources), ROOT).execute()


def shown(notebook, cell: int = 1):
    """Return the view, the still, and the saved state of the view of one cell."""
    view, still = (output["data"] for output in notebook.cells[cell].outputs)
    states = notebook.metadata.widgets[STATE_MIME]["state"]
    return view, still, states[view[WIDGET_MIME]["model_id"]]["state"]


CASES = {
    "over before it is shown": ["show_live(ListLog(messages));"],
    "over within its cell": [
        "log = ListLog(messages[:2]); show_live(log); log.extend(messages[2:])"
    ],
    "over while its cell waits": [
        """
log = ListLog(messages[:2]); show_live(log);
log.extend(messages[2:4]); time.sleep(0.3); log.extend(messages[4:]); time.sleep(0.5)
"""
    ],
    "over in a later cell": [
        "log = ListLog(messages[:2]); show_live(log);",
        "log.extend(messages[2:4])",
        "log.extend(messages[4:])",
    ],
    "over between cells": [
        """
log = ListLog(messages[:2]); show_live(log);
threading.Timer(0.5, lambda: log.extend(messages[2:])).start()
""",
        "time.sleep(1)",
        "1",
    ],
}


@pytest.mark.parametrize("cells", CASES.values(), ids=CASES.keys())
def test_a_headless_notebook_keeps_the_end_of_a_run(tmp_path, make_messages, cells):
    notebook = executed(tmp_path / "run.json", make_messages(3, "failed"), *cells)
    view, still, state = shown(notebook)
    assert view["text/html"] == ""
    # Nobody renews it, so it says nothing that the end of the run would make wrong.
    assert view["text/plain"].startswith("steps · run ")
    assert "failed" in still["text/plain"]
    assert "ValueError: no rows" in still["text/html"]
    assert "data:image/svg+xml" in still["text/html"]
    assert state["snapshot"]["run"]["status"] == "failed"
    assert state["graph"]["name"] == "steps"
    # The still names the class of its own view, to hide where that is shown.
    (live_class,) = state["_dom_classes"]
    assert f"body:has(.{live_class})" in still["text/html"]


def test_a_headless_notebook_keeps_as_much_as_there_was_of_an_unfinished_run(
    tmp_path, make_messages
):
    notebook = executed(
        tmp_path / "run.json",
        make_messages(),
        "log = ListLog(messages[:1]); show_live(log);",
        "log.extend(messages[1:3])",
    )
    _, still, state = shown(notebook)
    assert "running" in still["text/plain"]
    assert state["snapshot"]["last_seq"] == 3


def test_nothing_stays_behind_when_the_run_is_over(tmp_path, make_messages):
    notebook = executed(
        tmp_path / "run.json",
        make_messages(),
        "log = ListLog(messages[:2]); show_live(log);",
        "log.extend(messages[2:])",
        "deadline = time.monotonic() + 10\n"
        "def left(): return [t for t in threading.enumerate() if t.name == 'maze-run-widget']\n"
        "while (left() or log.listeners) and time.monotonic() < deadline: time.sleep(0.02)\n"
        "print(left(), log.listeners, get_ipython().events.callbacks['post_run_cell'])",
    )
    assert notebook.cells[-1].outputs[0]["text"] == "[] 0 []\n"


def test_a_handle_is_one_bundle(tmp_path, make_messages):
    notebook = executed(
        tmp_path / "run.json",
        make_messages(),
        "from maze_nb.widgets.display import run_mimebundle\n"
        "class Handle:\n"
        "    def _repr_mimebundle_(self, **_): return run_mimebundle(ListLog(messages))\n"
        "Handle()",
    )
    (output,) = notebook.cells[1].outputs
    assert set(output["data"]) == {WIDGET_MIME, "text/html", "text/plain"}
    assert "succeeded" in output["data"]["text/plain"]


def test_without_a_notebook_a_run_is_text(make_messages):
    log = ListLog(make_messages(3, "failed"))
    assert not show_live(log)
    text = run_mimebundle(log)["text/plain"]
    assert text.startswith("✕ steps · run run-1 · failed · 1 failed · 3 tasks")
    assert set(run_mimebundle(log)) == {"text/html", "text/plain"}
    assert log.listeners == 0


def test_a_graph_is_html_and_text(make_messages):
    graph = make_messages()[0]["data"]["graph"]
    bundle = graph_mimebundle(graph)
    assert NotebookPresenter().graph_bundle(graph) == bundle
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"].startswith("steps: 3 tasks, 2 edges, 3 layers")


def test_displaying_imports_no_widgets_where_there_is_no_notebook():
    code = (
        "import sys\n"
        "from maze_nb.widgets.display import show_live\n"
        "from maze_nb.sdk.feed.message_log import ListLog\n"
        "show_live(ListLog())\n"
        "print([m for m in ('anywidget', 'ipywidgets', 'IPython') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
