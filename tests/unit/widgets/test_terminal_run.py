"""A run in a terminal, and where there is none."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.widgets.terminal_run import TREE_CARDS, print_run
from tests.recorder import Recorder, graph_of

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """What a terminal of a width would show."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def show(recorder, file: io.StringIO | None = None) -> str:
        file = Terminal() if file is None else file
        print_run(recorder.graph, view_of(recorder.messages).snapshot(), file)
        return file.getvalue()

    return show


@pytest.fixture
def failed_run() -> Recorder:
    edges = [("load", "svm"), ("load", "knn"), ("svm", "compare"), ("knn", "compare")]
    recorder = Recorder(graph_of(["load", "svm", "knn", "compare"], edges)).start_run()
    recorder.start("load").finish("load").start("svm").start("knn").finish("knn").fail("svm")
    return recorder.skip("compare", "svm").finish_run("failed")


def test_without_a_terminal_there_are_plain_lines(shown, failed_run) -> None:
    plain = shown(failed_run, io.StringIO())
    assert plain == run_text(failed_run.graph, view_of(failed_run.messages).snapshot()) + "\n"


def test_a_terminal_shows_a_tree_and_a_table_in_colour(shown, failed_run) -> None:
    printed = shown(failed_run)
    assert COLOURS.search(printed)
    lines = [line.rstrip() for line in COLOURS.sub("", printed).splitlines()]
    blank = lines.index("")
    assert lines[:blank] == [
        "✕ digits · run 3f9c12ab… · failed · 1 failed · 1 skipped · 4 tasks · 8.0 s",
        "└── ✓ load  1.0 s",
        "    ├── ✕ svm  3.0 s  ValueError",
        "    ├── ✓ knn  1.0 s",
        "    └── ⤼ compare  svm failed  ← svm, knn",
    ]
    assert lines[blank + 1].split() == ["task", "state", "time", "where", "result"]
    assert lines[blank + 2].split()[:3] == ["svm", "✕", "failed"]


def test_what_looks_like_markup_is_text(shown) -> None:
    recorder = Recorder(graph_of(["[red]a[/red]", "[/]"])).start_run()
    printed = COLOURS.sub("", shown(recorder))
    assert "[red]a[/red]" in printed
    assert "[/]" in printed


def test_ten_thousand_tasks_take_a_screen(shown) -> None:
    names = [f"g{at % 20}/t_{at // 20}" for at in range(10_000)]
    recorder = Recorder(graph_of(names)).start_run()
    for name in names[:30]:
        recorder.finish(name)
    printed = COLOURS.sub("", shown(recorder))
    assert "g0* ×500" in printed
    assert len(printed.splitlines()) < TREE_CARDS + 30
    assert "… and 9,980 more tasks" in printed


def test_a_run_without_tasks_is_a_headline(shown) -> None:
    printed = COLOURS.sub("", shown(Recorder(graph_of([])).start_run())).splitlines()
    assert printed == ["◐ digits · run 3f9c12ab… · running · 0 tasks"]


SCRIPT = """
import sys
from maze_nb.projection.run_view import view_of
from maze_nb.widgets.terminal_run import print_run
graph = {"workflow_id": "w", "name": "digits", "edges": [], "tasks": [{"id": "a", "name": "a"}]}
start = {"type": "start_workflow", "data": {"run_id": "r", "graph": graph}, "seq": 1, "time": 1.0}
view = view_of([start])
print_run(view.graph, view.snapshot())
"""


def test_a_real_terminal_gets_colours_and_a_pipe_does_not(tmp_path: Path) -> None:
    script = tmp_path / "show.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script)]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    piped = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "\x1b" not in piped.stdout
    ours, theirs = pty.openpty()
    try:
        subprocess.run(command, env=environment, stdout=theirs, check=True, timeout=60)
        printed = os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert COLOURS.search(printed)
    assert "digits" in printed
