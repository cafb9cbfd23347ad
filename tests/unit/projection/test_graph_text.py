"""Graphs as text."""

from __future__ import annotations

import pytest

from maze_nb.projection.graph_text import graph_info, graph_mermaid, graph_print
from maze_nb.projection.run_view import view_of

DIAMOND = [("load", "svm"), ("load", "knn"), ("svm", "compare"), ("knn", "compare")]


@pytest.fixture
def diamond(make_graph):
    return make_graph(["load", "svm", "knn", "compare"], DIAMOND)


def test_print(diamond):
    assert graph_print(diamond) == (
        "digits: 4 tasks, 4 edges, 3 layers\n"
        "\n"
        "layer 1\n"
        "  load\n"
        "layer 2  (2 tasks)\n"
        "  svm  ← load (result)\n"
        "  knn  ← load (result)\n"
        "layer 3\n"
        "  compare  ← svm (result), knn (result)  (end)\n"
    )


def test_print_with_states(failed_run):
    snapshot = view_of(failed_run.messages).snapshot()
    lines = graph_print(failed_run.graph, snapshot).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ["✓", "✕", "✓", "⤼"]


def test_print_of_sixty_tasks_is_narrow(make_graph):
    tasks = ["load", *(f"model_{n}" for n in range(58)), "compare"]
    edges = [("load", t) for t in tasks[1:-1]] + [(t, "compare") for t in tasks[1:-1]]
    lines = graph_print(make_graph(tasks, edges)).splitlines()
    assert len(lines) == 2 + 3 + 60
    assert max(map(len, lines)) <= 160
    assert lines[-1].endswith("… 52 more  (end)")


@pytest.mark.parametrize(
    ("tasks", "text"),
    [
        ([], "digits: 0 tasks, 0 edges, 0 layers\n"),
        (["one"], "digits: 1 task, 0 edges, 1 layer\n\nlayer 1\n  one\n"),
    ],
)
def test_print_of_little(make_graph, tasks, text):
    assert graph_print(make_graph(tasks)) == text


def test_mermaid(diamond):
    assert graph_mermaid(diamond) == (
        "flowchart LR\n"
        '    t0["load"]\n'
        '    t1["svm"]\n'
        '    t2["knn"]\n'
        '    t3["compare"]\n'
        '    t0 -->|"result"| t1\n'
        '    t0 -->|"result"| t2\n'
        '    t1 -->|"result"| t3\n'
        '    t2 -->|"result"| t3\n'
    )


def test_mermaid_escapes_what_would_end_a_label(make_graph):
    text = graph_mermaid(make_graph(['say "hi" <b>&#1;`x`']))
    assert 't0["say #quot;hi#quot; #lt;b#gt;#amp;#35;1;#96;x#96;"]' in text


def test_mermaid_with_states(failed_run):
    text = graph_mermaid(failed_run.graph, view_of(failed_run.messages).snapshot())
    assert "classDef failed stroke:#D55E00" in text
    assert "class t1 failed" in text
    assert "class t0,t2 succeeded" in text


def test_info(diamond):
    info = graph_info(diamond)
    assert info["tasks"] == diamond["tasks"]
    assert info["edges"] == diamond["edges"]
    assert {name: info[name] for name in info if name not in ("tasks", "edges")} == {
        "workflow_id": "w1",
        "name": "digits",
        "task_count": 4,
        "edge_count": 4,
        "layers": [["load"], ["svm", "knn"], ["compare"]],
        "start_tasks": ["load"],
        "end_tasks": ["compare"],
    }


@pytest.mark.parametrize(
    "graph", [{}, {"tasks": None}, {"tasks": [{}, 3], "edges": [{"source": "x"}, None]}]
)
def test_a_malformed_graph_is_an_empty_one(graph):
    assert graph_print(graph) == "workflow: 0 tasks, 0 edges, 0 layers\n"
