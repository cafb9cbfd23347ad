"""Runs whose scheduler was lost, and that go on later."""

from __future__ import annotations

import json

import pytest

from maze_nb.projection.card_face import face_of
from maze_nb.projection.cards import cards_of
from maze_nb.projection.graph_shape import shape_of
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import RunView, view_of
from maze_nb.projection.still import run_html
from maze_nb.projection.summary import summarize

ERROR = {"type": "OSError", "message": "gone", "host": "node-a"}
HINT = "interrupted: resume it with run.resume() or %maze_resume"


@pytest.fixture
def cut_run(recorder):
    """Record the diamond up to where its scheduler was lost: one of its tasks was running."""
    recorder.start_run().start("load").finish("load").start("svm").start("knn", attempt=1)
    recorder.task("task_progress", "svm", done=1, total=2, message="epoch 1")
    recorder.task("task_retry", "knn", reason="OSError: gone", delay=60.0, error=ERROR)
    return recorder.task("task_pending", "compare", reason="no free slot")


def resumed(recorder, later=100.0):
    recorder.add("resume_workflow", reason="the scheduler was lost", kept=1)
    for message in recorder.messages[-1:]:
        message["time"] += later
    return recorder


def states(snapshot):
    return {task_id: row["state"] for task_id, row in snapshot["tasks"].items()}


def test_nothing_of_it_goes_on(cut_run):
    snapshot = view_of(cut_run.messages, is_interrupted=True).snapshot()
    assert states(snapshot) == {
        "load": "succeeded",
        "svm": "was_running",
        "knn": "waiting",
        "compare": "waiting",
    }
    run, svm, knn = snapshot["run"], snapshot["tasks"]["svm"], snapshot["tasks"]["knn"]
    assert (run["status"], run["finished"]) == ("interrupted", None)
    assert (svm["node_id"], svm["progress"], svm["reason"]) == ("node-a", None, None)
    assert (knn["retry_at"], knn["started"], knn["error"]["type"]) == (None, None, "OSError")
    assert snapshot["tasks"]["compare"]["reason"] is None
    counts = {state: number for state, number in run["counts"].items() if number}
    assert counts == {"succeeded": 1, "was_running": 1, "waiting": 2}
    json.dumps(snapshot, allow_nan=False)


def test_it_can_turn_out_to_go_on_after_all(cut_run):
    view = view_of(cut_run.messages, is_interrupted=True)
    view.snapshot()
    view.is_interrupted = False
    assert view.snapshot() == view_of(cut_run.messages).snapshot()


def test_a_run_that_ended_before_the_scheduler_did_is_not_interrupted(cut_run):
    view = view_of(cut_run.finish_run("cancelled").messages, is_interrupted=True)
    assert view.snapshot()["run"]["status"] == "cancelled"
    assert states(view.snapshot())["svm"] == "running"


def test_resumed_the_unfinished_wait_again(cut_run):
    view = view_of(cut_run.messages, is_interrupted=True)
    view.drop_delta()
    view.fold(resumed(cut_run).messages[-1])
    delta = view.delta()
    assert delta is not None
    assert states(delta) == {"svm": "waiting", "knn": "waiting", "compare": "waiting"}
    assert delta["run"]["status"] == "running"
    assert delta["run"]["counts"]["waiting"] == 3
    svm, knn = delta["tasks"]["svm"], delta["tasks"]["knn"]
    assert (svm["node_id"], svm["attempt"], knn["error"]) == (None, 1, None)


def test_failed_and_skipped_tasks_stay(recorder):
    recorder.start_run().start("load").finish("load").start("svm").fail("svm")
    before = states(view_of(recorder.skip("compare", "svm").messages).snapshot())
    assert states(view_of(resumed(recorder).messages).snapshot()) == before


def test_time_away_is_no_time_of_the_run(cut_run):
    resumed(cut_run).start("svm").finish("svm")
    for message in cut_run.messages[-2:]:
        message["time"] += 100
    resumed(cut_run, 150).finish_run()
    cut_run.messages[-1]["time"] += 150
    snapshot = view_of(cut_run.messages).snapshot()
    run = snapshot["run"]
    assert (run["resumes"], run["away"]) == (2, 152.0)
    assert run["finished"] - run["started"] - run["away"] == 10.0
    assert run_text(cut_run.graph, snapshot).endswith("4 tasks · 10.0 s · resumed 2 times")
    assert "2 min 32 s of it interrupted" in run_html(cut_run.graph, snapshot)


def test_its_text_and_its_still_say_how_to_go_on(cut_run):
    snapshot = view_of(cut_run.messages, is_interrupted=True).snapshot()
    assert run_text(cut_run.graph, snapshot) == (
        f"! digits · run 3f9c12ab… · {HINT} · 1 succeeded · 1 was running · 4 tasks · 7.0 s"
    )
    html = run_html(cut_run.graph, snapshot)
    assert HINT in html
    assert "◒</span> was running" in html


def test_a_card_says_that_it_was_running(cut_run):
    shape = shape_of(cut_run.graph)
    snapshot = view_of(cut_run.messages, is_interrupted=True).snapshot()
    face = face_of(cards_of(shape, 20).cards["svm"], shape, snapshot)
    assert (face.state, face.time, face.note) == ("was_running", "", "was running")
    assert face.tip == "svm · was running · node-a · 1 core"


def test_a_summary_tells_that_it_goes_on(cut_run):
    assert summarize(resumed(cut_run).messages)["status"] == "running"


def test_a_resumed_run_ends_like_any_other(cut_run):
    resumed(cut_run)
    for task in ("svm", "knn", "compare"):
        cut_run.start(task).finish(task)
    summary = summarize(cut_run.finish_run().messages)
    assert summary["workflow_completed"]
    assert view_of(cut_run.messages).is_finished


def test_a_resume_without_particulars_harms_nothing():
    view = RunView()
    assert view.fold({"type": "resume_workflow"})
    assert view.snapshot()["run"]["resumes"] == 1
