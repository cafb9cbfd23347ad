"""What rows keep of earlier attempts, in tables of messages."""

from __future__ import annotations

import pytest

from maze_nb.projection.past_attempts import ATTEMPTS_KEPT
from maze_nb.projection.run_view import view_of

ERROR = {"type": "ValueError", "message": "no rows", "task": "load", "attempt": 1, "host": "n"}


def began(recorder, attempt=1):
    return recorder.start("load", attempt=attempt, slot=1)


def failing(recorder, attempt=1):
    began(recorder, attempt)
    usage = {"memory": 64.0, "vram": None}
    return recorder.task(
        "task_retry", "load", attempt, reason="x", delay=0, error=ERROR, result="", usage=usage
    )


PAST = [
    ("none while the first runs", began, []),
    ("one that failed", failing, [(1, "failed", 1002.0, 1003.0, "ValueError: no rows", 64.0)]),
    (
        "one whose worker was lost",
        lambda r: began(r).task("task_retry", "load", reason="worker w was lost", delay=0),
        [(1, "lost", 1002.0, 1003.0, "worker w was lost", None)],
    ),
    (
        "once, however often its retry is told",
        lambda r: failing(r).task("task_retry", "load", reason="again", delay=0),
        [(1, "failed", 1002.0, 1003.0, "ValueError: no rows", 64.0)],
    ),
    (
        "one that failed for good and is tried again by hand",
        lambda r: began(r).fail("load").task("task_retry", "load", reason="by hand", delay=0),
        [(1, "failed", 1002.0, 1003.0, "ValueError: no rows", None)],
    ),
    (
        "one whose outputs were lost",
        lambda r: began(r).finish("load").task("task_retry", "load", reason="lost", delay=0),
        [(1, "succeeded", 1002.0, 1003.0, "lost", None)],
    ),
    (
        "one that ran when the scheduler was lost",
        lambda r: began(r).add("resume_workflow", reason="lost", kept=0),
        [(1, "lost", 1002.0, 1002.0, "the scheduler was lost", None)],
    ),
    (
        "one of which nobody said that it ended",
        lambda r: began(began(r), attempt=2),
        [(1, "lost", 1002.0, None, None, None)],
    ),
    ("none that never began", lambda r: r.task("task_retry", "load", reason="x", delay=0), []),
]


@pytest.mark.parametrize(
    ("told", "expected"), [case[1:] for case in PAST], ids=[case[0] for case in PAST]
)
def test_earlier_attempts_are_kept(recorder, told, expected):
    told(recorder.start_run())

    past = view_of(recorder.messages).snapshot()["tasks"]["load"]["past"]

    shown = ("attempt", "state", "started", "finished", "reason", "memory")
    assert [tuple(row[name] for name in shown) for row in past] == expected
    assert all((row["node_id"], row["slot"]) == ("node-a", 1) for row in past)


def test_only_the_newest_are_kept(recorder):
    recorder.start_run()
    for attempt in range(1, ATTEMPTS_KEPT + 6):
        failing(recorder, attempt)

    past = view_of(recorder.messages).snapshot()["tasks"]["load"]["past"]

    assert [row["attempt"] for row in past] == list(range(6, ATTEMPTS_KEPT + 6))
