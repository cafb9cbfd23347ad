"""Options, attempts and peaks of tasks in words, and where the still picture shows them."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.model.rows import new_task_row
from maze_nb.projection.card_face import face_of
from maze_nb.projection.cards import cards_of
from maze_nb.projection.graph_shape import shape_of
from maze_nb.projection.option_text import option_text
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.projection.still import run_html
from maze_nb.projection.wording import attempt_text, brief_text, skip_text, usage_text

DEFAULTS = {
    "timeout": None,
    "isolation": "auto",
    "retries": 0,
    "backoff": 1.0,
    "retry_on": [],
    "priority": 0,
    "deadline": None,
    "tags": [],
    "prefer": [],
}

OPTIONS = [
    (DEFAULTS, ""),
    ({**DEFAULTS, "timeout": 60.0, "retries": 1}, "timeout 1 min 00 s · 1 retry"),
    ({**DEFAULTS, "retries": 2, "retry_on": ["OSError"]}, "2 retries on OSError"),
    ({**DEFAULTS, "retry_on": ["OSError"]}, ""),
    ({**DEFAULTS, "retries": 3, "priority": -5}, "3 retries · priority -5"),
    ({**DEFAULTS, "isolation": "process"}, "in a process"),
    ({**DEFAULTS, "tags": ["a100", "fast"], "prefer": ["b"]}, "needs a100, fast · prefers b"),
    (
        {**DEFAULTS, "deadline": {"seconds": 600.0, "is_absolute": False}},
        "due 10 min 00 s after the start",
    ),
    ({**DEFAULTS, "deadline": {"seconds": 1e15, "is_absolute": True}}, ""),
    ({**DEFAULTS, "isolation": "on the moon", "retries": "3", "tags": 7, "deadline": "x"}, ""),
    (None, ""),
    ("timeout", ""),
]


@pytest.mark.parametrize(("options", "text"), OPTIONS)
def test_options(options: object, text: str) -> None:
    assert option_text(options) == text


def test_a_point_in_time_is_told_as_local_time() -> None:
    deadline = {"seconds": 1_900_000_000.0, "is_absolute": True}
    assert option_text({"deadline": deadline}).startswith("due 2030-03-1")


@pytest.mark.parametrize(
    ("attempt", "most", "text"),
    [
        (1, 1, ""),
        (1, 4, ""),
        (2, 4, "attempt 2 of 4"),
        (4, 4, "attempt 4 of 4"),
        (3, 1, "attempt 3"),
    ],
)
def test_attempts(attempt: int, most: int, text: str) -> None:
    assert attempt_text(attempt, most) == text


@pytest.mark.parametrize(
    ("memory", "vram", "text"),
    [
        (None, None, ""),
        (0.0, 0.0, ""),
        (310.0, None, "310.0 MB"),
        (2048.0, 4096.0, "2.0 GB · 4.0 GB VRAM"),
    ],
)
def test_peaks(memory: float | None, vram: float | None, text: str) -> None:
    row = new_task_row()
    row["memory"], row["vram"] = memory, vram
    assert usage_text(row) == text


@pytest.mark.parametrize(
    ("cause", "reason", "text"),
    [
        ("load", "task 'load', which it depends on, failed", "load failed"),
        ("load", "task 'load', which it depends on, was cancelled", "load was cancelled"),
        ("load", None, "load failed"),
        ("load", "something new", "something new"),
        ("", "not needed", "not needed"),
        ("", None, ""),
    ],
)
def test_skips(cause: str, reason: str | None, text: str) -> None:
    assert skip_text(cause, reason) == text


TOO_LONG = "task 'svm: a' was stopped: it took longer than its timeout of 6 s"


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (None, ""),
        (
            "no node could ever fit it: needs 2 GPUs; node a has no GPU",
            "needs 2 GPUs; node a has no GPU",
        ),
        ("no node has the tag 'a100': there are none", "no tag 'a100': there are none"),
        (TOO_LONG, "over 6 s"),
        (f"timed out: {TOO_LONG}", "timed out: over 6 s"),
        ("task 'a' was stopped: it used 9 MB of memory", "used 9 MB of memory"),
        ("the process of task 'a' was lost: signal 9", "signal 9"),
        ("cancelled while waiting: no node could ever fit it: needs 1 GPU", "waited: needs 1 GPU"),
        ("cancelled while waiting to retry: OSError: gone", "not retried: OSError: gone"),
        ("every thread of node a is busy", "every thread of node a is busy"),
    ],
)
def test_what_tells_most_comes_first(reason: str | None, text: str) -> None:
    assert brief_text(reason) == text


@pytest.fixture
def hard_run(recorder: Any) -> Any:
    """Record the diamond with one task that timed out in its second attempt of three."""
    options = {**DEFAULTS, "timeout": 2.0, "retries": 2, "tags": ["a100"]}
    recorder.graph["tasks"][1]["options"] = options
    usage = {"memory": 310.0, "vram": 2048.0}
    error = {"type": "TaskTimeoutError", "message": "it took over 2 s", "host": "node-a"}
    recorder.start_run().start("load").finish("load", usage=usage).start("svm")
    recorder.task("task_retry", "svm", reason="x", delay=1.0, error=error, result="")
    recorder.start("svm", attempt=2)
    recorder.task("task_exception", "svm", attempt=2, error=error, result="", usage=usage)
    reason = "task 'svm', which it depends on, failed"
    root = {"task_id": "svm", "task_name": "svm"}
    recorder.task("task_skipped", "compare", reason=reason, root_cause=root)
    return recorder.start("knn").finish("knn").finish_run("failed")


def test_the_still_picture_tells_them(hard_run: Any) -> None:
    html = run_html(hard_run.graph, view_of(hard_run.messages).snapshot())
    for said in ("Peak", "310.0 MB · 2.0 GB VRAM", "(attempt 2 of 3)", "timed out: it took over"):
        assert said in html
    assert "svm failed" in html
    text = run_text(hard_run.graph, view_of(hard_run.messages).snapshot())
    assert "✕ svm: timed out: it took over 2 s" in text


def test_without_peaks_there_is_no_column_for_them(failed_run: Any) -> None:
    assert "Peak" not in run_html(failed_run.graph, view_of(failed_run.messages).snapshot())


def test_cards_tell_them(hard_run: Any) -> None:
    shape, snapshot = shape_of(hard_run.graph), view_of(hard_run.messages).snapshot()
    cards = cards_of(shape, 20).cards
    assert face_of(cards["svm"], shape, snapshot).note == "timed out"
    assert "timeout 2.0 s · 2 retries · needs a100" in face_of(cards["svm"], shape, None).tip
    assert "310.0 MB · 2.0 GB VRAM" in face_of(cards["load"], shape, snapshot).tip
    until_retry = view_of(hard_run.messages[:5]).snapshot()
    face = face_of(cards["svm"], shape, until_retry)
    assert face.note == "attempt 2 of 3 · timed out: it took over 2 s"
    html = run_html(hard_run.graph, until_retry)
    assert "(attempt 2 of 3)" in html
    started_again = view_of(hard_run.messages[:6]).snapshot()
    assert face_of(cards["svm"], shape, started_again).note == "attempt 2 of 3"


def test_a_card_is_brief_and_its_tip_is_not(recorder: Any) -> None:
    reason = "no node could ever fit it: needs 2 GPUs; node a has no GPU"
    recorder.start_run().task("task_pending", "load", reason=reason)
    shape = shape_of(recorder.graph)
    face = face_of(cards_of(shape, 20).cards["load"], shape, view_of(recorder.messages).snapshot())
    assert face.note == "needs 2 GPUs; node a has no GPU"
    assert reason in face.tip


def test_a_users_own_words_stay_as_they_are(recorder: Any) -> None:
    message = "task 'x' was stopped: it used magic"
    recorder.start_run().start("load")
    recorder.task("task_retry", "load", delay=1.0, error={"type": "OSError", "message": message})
    shape = shape_of(recorder.graph)
    face = face_of(cards_of(shape, 20).cards["load"], shape, view_of(recorder.messages).snapshot())
    assert face.note == f"attempt 2 · OSError: {message}"
