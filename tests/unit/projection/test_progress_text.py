"""One line of text for each message."""

from __future__ import annotations

import pytest

from maze_nb.projection.message_text import message_text
from maze_nb.projection.progress_text import ProgressLines, progress_line

GRAPH = {"name": "digits", "tasks": [{"id": "a"}, {"id": "b"}], "edges": []}

CASES = [
    (
        (
            "start_workflow",
            {"run_id": "3f9c12ab77aa4c10", "workflow_name": "digits", "graph": GRAPH},
        ),
        "▶ digits: 2 tasks, run 3f9c12ab…",
    ),
    (("task_pending", {"reason": "no free slot"}), "◌ train pending: no free slot"),
    (("task_pending", {}), "◌ train pending"),
    (("start_task", {"node_id": "node-a", "gpu_ids": [0]}), "◐ train started on node-a · GPU 0"),
    (
        ("start_task", {"node_ip": "10.0.0.1", "attempt": 2}),
        "◐ train started on 10.0.0.1 (attempt 2)",
    ),
    (("start_task", {}), "◐ train started"),
    (("finish_task", {"duration": 0.12}), "✓ train  0.12 s"),
    (("finish_task", {}), "✓ train"),
    (("finish_task", {"duration": 0.0, "reused_from": "cache"}), "☑ train  from the cache"),
    (
        ("finish_task", {"duration": 0.0, "reused_from": "run 3f9c12ab77aa4c10"}),
        "☑ train  from run 3f9c12ab…",
    ),
    (("finish_task", {"duration": 0.12, "reused_from": ""}), "✓ train  0.12 s"),
    (
        (
            "resume_workflow",
            {"run_id": "3f9c12ab77aa4c10", "reason": "the scheduler was lost", "kept": 7},
        ),
        "▶ run 3f9c12ab… resumed: the scheduler was lost; 7 results kept",
    ),
    (("resume_workflow", {"run_id": "r1", "kept": 1}), "▶ run r1 resumed; 1 result kept"),
    (
        ("task_exception", {"error": {"type": "ValueError", "message": "no rows\nin file"}}),
        "✕ train failed: ValueError: no rows",
    ),
    (("task_exception", {"error": None}), "✕ train failed: Error"),
    (("task_retry", {"reason": "worker lost"}), "↻ train retrying: worker lost"),
    (("task_retry", {"reason": "lost", "delay": 0.0}), "↻ train retrying: lost"),
    (("task_retry", {"reason": "lost", "delay": 4}), "↻ train retrying in 4.0 s: lost"),
    (("task_retry", {"delay": "soon"}), "↻ train retrying"),
    (("task_retry", {"delay": 4, "attempt": 1}), "↻ train retrying in 4.0 s (attempt 2)"),
    (
        (
            "task_retry",
            {
                "reason": "TaskTimeoutError: took more than 2 s",
                "delay": 0.5,
                "error": {"type": "TaskTimeoutError", "message": "took more than 2 s"},
            },
        ),
        "↻ train retrying in 0.50 s: timed out: took more than 2 s",
    ),
    (
        ("task_exception", {"error": {"type": "TaskTimeoutError", "message": "took over 2 s"}}),
        "✕ train timed out: took over 2 s",
    ),
    (
        ("task_exception", {"error": {"type": "MemoryLimitError", "message": "used 2 GB"}}),
        "✕ train out of memory: used 2 GB",
    ),
    (("task_exception", {"error": {"type": "ChildLostError"}}), "✕ train process lost"),
    (
        ("task_exception", {"error": {"type": "PoisonousTaskError", "message": "3 deaths"}}),
        "✕ train given up: 3 deaths",
    ),
    (
        (
            "task_skipped",
            {
                "reason": "task 'load', which it depends on, failed",
                "root_cause": {"task_id": "l", "task_name": "load"},
            },
        ),
        "⤼ train skipped: load failed",
    ),
    (
        (
            "task_skipped",
            {
                "reason": "task 'load', which it depends on, was cancelled",
                "root_cause": {"task_id": "l", "task_name": "load"},
            },
        ),
        "⤼ train skipped: load was cancelled",
    ),
    (
        ("task_skipped", {"root_cause": {"task_id": "l", "task_name": "load"}}),
        "⤼ train skipped: load failed",
    ),
    (("task_skipped", {}), "⤼ train skipped"),
    (("task_skipped", {"reason": "not needed"}), "⤼ train skipped: not needed"),
    (("task_cancelled", {"reason": "asked"}), "⊘ train cancelled: asked"),
    (("task_progress", {"done": 3, "total": 10, "message": "epoch 3"}), "◐ train 3/10 · epoch 3"),
    (("task_progress", {}), "◐ train working"),
    (("task_log", {"text": "one\ntwo\n"}), "  train | one\n  train | two"),
    (("task_dreamt", {}), "? train unknown message 'task_dreamt'"),
    (
        ("finish_workflow", {"run_id": "r1", "status": "succeeded", "duration": 185}),
        "✓ run r1 succeeded in 3 min 05 s",
    ),
    (("finish_workflow", {"run_id": "r1", "status": "timed_out"}), "✕ run r1 timed out"),
    (("finish_workflow", {"run_id": "r1", "status": "interrupted"}), "! run r1 interrupted"),
]


@pytest.mark.parametrize(("said", "line"), CASES, ids=[line for _, line in CASES])
def test_line(said, line):
    kind, data = said
    name = {} if kind.endswith("_workflow") else {"task_id": "t1", "task_name": "train"}
    assert progress_line({"type": kind, "data": {**name, **data}, "seq": 1, "time": 1.0}) == line


@pytest.mark.parametrize("message", [{}, {"type": 3, "data": 4}, {"type": "finish_task"}])
def test_a_malformed_message_still_makes_a_line(message):
    assert progress_line(message).strip()


def test_a_message_in_words_says_that_a_task_finished():
    assert message_text({"type": "finish_task", "data": {"duration": 1.2}}) == "finished in 1.2 s"


def said(kind, item=None, **data):
    task_id, name = ("m", "f") if item is None else (f"m.{item}", f"f[{item}]")
    return {"type": kind, "data": {"task_id": task_id, "task_name": name, **data}}


FOLDED = [
    (
        "long: by tenths, failures by themselves",
        [
            said("task_expanded", count=60),
            *(said("task_pending", n, reason="busy") for n in range(60)),
            *(said("start_task", n) for n in range(60)),
            *(said("finish_task", n, duration=1.0) for n in range(6)),
            said("task_exception", 6, error={"type": "ValueError", "message": "bad"}),
            *(said("finish_task", n, reused_from="run abc") for n in range(7, 60)),
        ],
        [
            "◐ f maps over 60 items",
            "◐ f  6 of 60 items",
            "✕ f[6] failed: ValueError: bad",
            *(f"◐ f  {n} of 60 items  (1 did not succeed)" for n in range(12, 61, 6)),
        ],
    ),
    (
        "short: what waits is told once, what is reused together",
        [
            said("task_expanded", count=4),
            *(said("task_pending", n, reason="busy") for n in range(4)),
            *(said("finish_task", n, reused_from="run abc") for n in range(2)),
            said("start_task", 2),
            said("finish_task", 2, duration=1.0),
            said("task_pending", 3, reason="busy"),
            said("finish_task", 3, reused_from="run abc"),
        ],
        [
            "◐ f maps over 4 items",
            "◌ f pending: busy",
            "☑ f  2 items from run abc",
            "◐ f[2] started",
            "✓ f[2]  1.0 s",
            "☑ f  1 item from run abc",
        ],
    ),
    (
        "short: reused from here and there",
        [
            said("task_expanded", count=3),
            said("finish_task", 0, reused_from="cache"),
            said("finish_task", 1, reused_from="cache"),
            said("finish_task", 2, reused_from="run abc"),
        ],
        ["◐ f maps over 3 items", "☑ f  2 items from the cache", "☑ f  1 item from run abc"],
    ),
]


@pytest.mark.parametrize(
    ("messages", "lines"), [case[1:] for case in FOLDED], ids=[c[0] for c in FOLDED]
)
def test_the_items_of_maps_are_folded(messages, lines):
    folding = ProgressLines()
    assert [line for message in messages for line in folding.of(message)] == lines


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("s3://bucket/run/task", "finished in 1.2 s, files at s3://bucket/run/task"),
        ("file:///results/run/task", "finished in 1.2 s"),
        ("", "finished in 1.2 s"),
        (None, "finished in 1.2 s"),
    ],
)
def test_where_files_went_is_told(location, text):
    data = {"duration": 1.2, "result_location": location}
    assert message_text({"type": "finish_task", "data": data}) == text
