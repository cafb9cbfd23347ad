"""How a task stands, in one line."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.projection.task_line import TaskLine, cell_line, elapsed_text, marked_bundle

Message = dict[str, Any]
TRACEBACK = """Traceback (most recent call last):
  File "<cell train>", line 7, in <module>
  File "<cell train>", line 3, in fit
ValueError: no rows
"""
ERROR = {"type": "ValueError", "message": "no rows\nat all"}


def said(kind: str, attempt: int = 1, **data: Any) -> Message:
    return {"type": kind, "time": 100.0, "data": {"attempt": attempt, **data}}


START = said("start_task", node_id="node-a", gpu_ids=[0, 1])
PROGRESS = said("task_progress", done=41, total=60, message="epoch 3")

CASES: list[tuple[list[Message], str]] = [
    ([], "○ waiting"),
    ([said("task_pending", reason="needs 12 GB VRAM")], "◌ waiting: needs 12 GB VRAM"),
    ([START], "◐ running 0:12 · node-a · GPU 0, 1"),
    ([said("start_task", node_id="local-4d1e5bb0", gpu_ids=[0])], "◐ running 0:12 · GPU 0"),
    ([START, PROGRESS], "◐ running 0:12 · 41/60 · epoch 3 · node-a · GPU 0, 1"),
    ([said("start_task", 2, node_id="b")], "◐ running 0:12 · attempt 2 · b"),
    ([START, PROGRESS, said("start_task", node_id="b")], "◐ running 0:12 · b"),
    ([START, said("finish_task", duration=2.13)], "✓ 2.1 s"),
    ([START, said("finish_task", 3, duration=2.13)], "✓ 2.1 s · attempt 3"),
    ([said("finish_task", duration=0, reused_from="cache")], "☑ from the cache"),
    ([said("finish_task", duration=0, reused_from="run abc")], "☑ from run abc"),
    (
        [START, said("task_exception", result=TRACEBACK, error=ERROR)],
        "✕ ValueError on line 3: no rows",
    ),
    (
        [START, said("task_exception", result="", error={"type": "TaskTimeoutError"})],
        "✕ timed out",
    ),
    (
        [START, said("task_retry", result=TRACEBACK, error=ERROR, delay=1.5)],
        "↻ ValueError on line 3: no rows · attempt 2 in 1.5 s",
    ),
    ([START, said("task_retry", reason="worker lost")], "↻ worker lost · attempt 2"),
    (
        [said("task_skipped", reason="load failed", root_cause={"task_name": "load"})],
        "⤼ skipped: load failed",
    ),
    ([said("task_cancelled", reason="it was cancelled")], "⊘ cancelled"),
    ([said("task_cancelled", reason="b failed")], "⊘ cancelled: b failed"),
    ([START, said("task_log"), said("unheard_of")], "◐ running 0:12 · node-a · GPU 0, 1"),
    ([said("start_task", attempt="x", gpu_ids=3)], "◐ running 0:12"),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "line"), CASES, ids=[case[1] for case in CASES])
def test_a_line_says_how_the_task_stands(messages: list[Message], line: str) -> None:
    shown = TaskLine("train")
    shown.await_turn()
    for message in messages:
        shown.fold(message)
    plain = shown.bundle(112.9)["text/plain"]
    assert plain.startswith("task 'train' · ")
    parts = [part for part in plain.removeprefix("task 'train' · ").split(" · ") if part]
    assert " · ".join(parts) == line


@pytest.mark.parametrize(
    ("messages", "line"),
    [
        ([], "○ gone"),
        ([START], "◒ gone"),
        ([START, said("finish_task", duration=1.0)], "✓ 1.0 s"),
        ([said("task_skipped")], "⤼ skipped"),
        ([said("finish_task", duration=0, reused_from="cache")], "☑ from the cache"),
    ],
)
def test_what_has_ended_is_not_lost(messages: list[Message], line: str) -> None:
    shown = TaskLine("t")
    shown.await_turn()
    for message in messages:
        shown.fold(message)
    shown.lose("gone")
    assert shown.bundle(200)["text/plain"] == f"task 't' · {line}"


def test_names_and_reasons_are_text() -> None:
    line = TaskLine("<b>", "reads <i>")
    line.fold(said("task_pending", reason="<u>"))
    html = line.bundle(0)["text/html"]
    html += marked_bundle("<b>", "reads <i>")["text/html"]
    assert "&lt;b&gt;" in html
    assert "&lt;u&gt;" in html
    assert html.count("reads &lt;i&gt;") == 3
    assert all(tag not in html for tag in ("<u>", "<i>", "<b><b>"))


@pytest.mark.parametrize(
    ("seconds", "clock"),
    [(-3, "0:00"), (0.9, "0:00"), (12, "0:12"), (725, "12:05"), (3723.5, "1:02:03")],
)
def test_clocks(seconds: float, clock: str) -> None:
    assert elapsed_text(seconds) == clock


def test_the_line_of_a_cell_is_the_innermost_of_its_own() -> None:
    assert cell_line("train", TRACEBACK) == 3
    assert cell_line("other", TRACEBACK) is None
    assert cell_line("train", None) is None


def test_the_run_is_named_where_one_points_at():
    html = TaskLine("train", "reads x", "4d1e5bb0" + "0" * 24).bundle(0)["text/html"]
    assert 'title="reads x\nrun 4d1e5bb0"' in html.replace("&#10;", "\n")
    assert "run 4d" not in TaskLine("train", "", "").bundle(0)["text/html"]
