"""Where the outputs of a task lie."""

from __future__ import annotations

import pytest

from maze_nb.projection.output_fold import output_rows
from maze_nb.projection.run_view import view_of
from maze_nb.projection.still import run_html

STORED = {
    "path": "/data/results/r1/t1/rows-1.pkl",
    "digest": "ab",
    "nbytes": 50 * 2**20,
    "host": "node-a",
    "node_id": "n1",
}
BIG = {"name": "rows", "type": "list", "summary": "list", "nbytes": 60 * 2**20, "inline": False}


@pytest.mark.parametrize(
    ("info", "place", "path"),
    [
        ({**BIG, "stored": STORED}, "on disk, 50.0 MB", "node-a:/data/results/r1/t1/rows-1.pkl"),
        ({**BIG, "stored": {"nbytes": "x", "path": "/p"}}, "on disk", "/p"),
        ({**BIG, "stored": None}, "in the cluster's memory, 60.0 MB", ""),
        (BIG, "in the cluster's memory, 60.0 MB", ""),
        ({**BIG, "inline": True, "stored": None}, "", ""),
        ({"name": "rows"}, "", ""),
    ],
)
def test_place(info, place, path):
    (row,) = output_rows({"outputs": [info], "result": {"rows": 1}})
    assert (row["place"], row["path"]) == (place, path)


def test_the_still_tells_the_place(recorder):
    recorder.start_run().finish("load", outputs=[{**BIG, "stored": STORED}])
    html = run_html(recorder.graph, view_of(recorder.messages).snapshot())
    assert 'title="node-a:/data/results/r1/t1/rows-1.pkl">(on disk, 50.0 MB)</span>' in html
