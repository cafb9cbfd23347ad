"""Runs as plain text."""

from __future__ import annotations

import pytest

from maze_nb.projection.graph_shape import shape_of
from maze_nb.projection.output_fold import output_rows
from maze_nb.projection.run_view import view_of
from maze_nb.projection.runs_text import (
    ago_text,
    log_lines,
    results_text,
    runs_text,
    task_lines,
    tasks_text,
    traceback_lines,
)

GRAPH = {
    "workflow_id": "w1",
    "name": "digits",
    "tasks": [{"id": task, "name": task, "outputs": ["x"]} for task in ("load", "train", "report")],
    "edges": [],
}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "now"), (0.4, "now"), (1, "1 s ago"), (59.9, "59 s ago"), (60, "1 min ago"),
        (3599, "59 min ago"), (3600, "1 h ago"), (86_399, "23 h ago"), (86_400, "1 d ago"),
        (1e8, "1,157 d ago"),
    ],
)  # fmt: skip
def test_how_long_ago(seconds, text):
    assert ago_text(seconds) == text


def test_runs_are_a_table():
    run = {
        "run_id": "3f9c12ab77aa4c10", "workflow_name": "digits", "status": "failed",
        "started": 1000.0, "finished": 1001.5, "counts": {"succeeded": 1200, "failed": 2},
        "origin": "/home/ada/study.ipynb", "nbytes": 2048,
    }  # fmt: skip
    going = {"run_id": "ab", "workflow_name": "x\ny", "status": "running", "started": 1059.0}
    heading, first, second = runs_text([run, going], 1060.0).splitlines()
    columns = ["run", "workflow", "status", "started", "took", "tasks", "journal", "from"]
    assert heading.split() == columns
    told = "3f9c12ab digits ✕ failed 1 min ago 1.5 s 2✕ 1,200✓ 2.0 kB study.ipynb"
    assert first.split() == told.split()
    assert second.split() == ["ab", "x", "◐", "running", "1", "s", "ago", "0", "B"]
    assert runs_text([], 0) == "no runs"
    assert len(runs_text([{}], 0).splitlines()) == 2


def test_what_needs_attention_comes_first(make_recorder):
    recorder = make_recorder(GRAPH).start_run().start("load").finish("load").start("report")
    recorder.start("train").fail("train")
    snapshot = view_of(recorder.messages).snapshot()
    lines = task_lines(shape_of(GRAPH), snapshot, now=1010.0)
    assert [line.state for line in lines] == ["failed", "running", "succeeded"]
    assert [line.cells[0] for line in lines] == ["train", "report", "load"]
    assert lines[0].cells[4] == "ValueError: no rows"
    assert lines[1].cells[2] == "6.0 s"
    assert tasks_text(GRAPH, snapshot, 1).splitlines()[2:] == ["… and 2 more, with --all"]
    assert len(tasks_text(GRAPH, snapshot, None).splitlines()) == 4
    assert tasks_text(None, view_of([]).snapshot()) == "no tasks"


def test_a_skipped_task_says_for_what_and_one_tried_again_how_often(make_recorder):
    recorder = make_recorder(GRAPH).start_run().start("load").fail("load").skip("train", "load")
    recorder.start("report", attempt=3)
    text = tasks_text(GRAPH, view_of(recorder.messages).snapshot())
    assert "⤼ skipped" in text
    assert "load failed" in text
    assert "◐ running, attempt 3" in text


def test_a_message_is_a_line_with_the_time_and_a_failure_has_its_traceback(make_recorder):
    recorder = make_recorder(GRAPH).start_run().start("load").fail("load")
    start, begin, failure = recorder.messages
    assert [line[12:] for line in log_lines(begin)] == ["  ◐ load started on node-a"]
    assert log_lines(begin)[0][2:3] == ":"
    assert log_lines({**start, "time": None})[0].startswith(" " * 14 + "▶ digits")
    assert traceback_lines(begin) == []
    assert traceback_lines(failure)[-1] == "ValueError: no rows"
    said = {"message": "command 'x' ended\nIts last output:\nlost"}
    told = {"error": said, "result": f"maze_nb.errors.TaskFailedError: {said['message']}\n"}
    assert traceback_lines({"type": "task_exception", "data": told}) == ["Its last output:", "lost"]
    several = {"type": "task_log", "time": 1.0, "data": {"task_name": "a", "text": "b\nc"}}
    assert [line[14:] for line in log_lines(several)] == ["  a | b", "  a | c"]


def test_results_have_values_where_they_are_small():
    data = {
        "outputs": [
            {"name": "n", "type": "int", "nbytes": 28, "summary": "int", "inline": True},
            {"name": "big", "type": "list", "nbytes": 9e6, "summary": "list, 9 items",
             "inline": False, "stored": {"path": "/r/big", "nbytes": 2048, "host": "h"}},
        ],
        "result": {"n": 7},
    }  # fmt: skip
    heading, first, second = results_text([("load", row) for row in output_rows(data)]).splitlines()
    assert heading.split() == ["task", "output", "type", "value", "kept"]
    assert first.split() == ["load", "n", "int", "7"]
    assert second.split() == [
        "load",
        "big",
        "list",
        "list,",
        "9",
        "items",
        "on",
        "disk,",
        "2.0",
        "kB",
    ]
    assert results_text([]) == "no results"
