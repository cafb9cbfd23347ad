"""The magics about runs that were started, as far as they need no cluster."""

from __future__ import annotations

import dask.config
import pytest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%maze_rerun --faled", "did you mean '--failed'?"),
        ("%maze_rerun --from", "--from of %maze_rerun needs its TASK"),
        ("%maze_rerun a b", "cannot take 'b' too; usage: %maze_rerun [RUN_ID] [--failed]"),
        ("%maze_rerun 'a", "No closing quotation; usage: %maze_rerun"),
        ("%maze_rerun --failed=1", "--failed of %maze_rerun takes no value"),
        ("%maze_attach a b", "usage: %maze_attach [RUN_ID]"),
        ("%maze_attach", "this notebook has no run yet"),
        ("%maze_attach ffff", "there are no runs here yet"),
        ("%maze_resume", "this notebook has no run yet"),
        ("%maze_cancel", "every run has ended"),
        ("%maze_runs --al", "did you mean '--all'?"),
    ],
)
def test_what_makes_no_sense_is_told_and_starts_nothing(notebook, line, said):
    assert said in notebook.fail(line)
    assert notebook.session.clients.is_offline


def test_reading_starts_no_cluster(notebook):
    assert notebook.run("%maze_runs") == "no runs yet: start one with %maze_run\n"
    assert notebook.session.clients.is_offline


def test_a_cluster_that_does_not_answer_is_told_once(notebook):
    with dask.config.set({"scheduler-address": "tcp://127.0.0.1:1", "maze.connect-timeout": "1s"}):
        said = notebook.run("%maze_runs")
        assert "127.0.0.1:1" in said
        assert "kept on this machine\nno runs yet" in said
        assert notebook.run("%maze_runs") == "no runs yet: start one with %maze_run\n"
        assert "127.0.0.1:1" in notebook.fail("%maze_nodes")


def test_the_task_of_a_cell_is_the_same_in_a_new_kernel(notebook):
    def mark() -> list[str]:
        notebook.run("%maze_workflow new")
        notebook.run("%%maze_task named\nx = 1")
        notebook.run("%%maze_task\ny = x", cell_id="c1")
        notebook.run("%%maze_task\nz = y", cell_id="c2")
        return [cell.task_id for cell in notebook.session.book.cells()]

    first = mark()
    assert len(set(first)) == 3
    assert mark() == first
