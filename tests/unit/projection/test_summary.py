"""What ``show_results`` returns."""

from __future__ import annotations

import pytest

from maze_nb.projection.summary import summarize


class Untouchable(dict):
    def __getitem__(self, name):
        raise AssertionError(f"{name} was fetched")


def test_a_run_that_succeeded(recorder):
    results = {task: Untouchable(result=task) for task in ("load", "svm", "knn", "compare")}
    recorder.start_run()
    for task, result in results.items():
        recorder.start(task).finish(task, result)
    recorder.finish_run()
    summary = summarize(recorder.messages)
    assert {task: summary["task_results"][task] is result for task, result in results.items()} == (
        dict.fromkeys(results, True)
    )
    del summary["task_results"]
    assert summary == {
        "run_id": "3f9c12ab77aa4c10",
        "status": "succeeded",
        "workflow_completed": True,
        "has_exception": False,
        "exception_tasks": [],
    }


def test_a_run_that_failed(failed_run):
    assert summarize(failed_run.messages) == {
        "run_id": "3f9c12ab77aa4c10",
        "status": "failed",
        "workflow_completed": False,
        "task_results": {"load": {"result": 1}, "knn": {"result": 1}},
        "has_exception": True,
        "exception_tasks": ["svm"],
    }


def test_duplicates_change_nothing(failed_run):
    doubled = [message for message in failed_run.messages for _ in range(2)]
    assert summarize(doubled) == summarize(failed_run.messages)


def test_a_retry_that_succeeds_is_no_exception(make_recorder, make_graph):
    recorder = make_recorder(make_graph(["load"])).start_run().start("load").fail("load")
    recorder.task("task_retry", "load", reason="1 of 2").start("load", attempt=2).finish("load")
    summary = summarize(recorder.finish_run().messages)
    assert summary["workflow_completed"]
    assert not summary["has_exception"]
    assert summary["exception_tasks"] == []


@pytest.mark.parametrize(
    ("status", "is_completed"), [("succeeded", True), ("cancelled", False), ("timed_out", False)]
)
def test_an_empty_workflow(make_recorder, make_graph, status, is_completed):
    recorder = make_recorder(make_graph([])).start_run().finish_run(status)
    summary = summarize(recorder.messages)
    assert (summary["status"], summary["workflow_completed"]) == (status, is_completed)


def test_a_run_that_goes_on(recorder):
    summary = summarize(recorder.start_run().start("load").messages)
    assert (summary["status"], summary["workflow_completed"]) == ("running", False)
    assert summarize([])["status"] == "pending"
