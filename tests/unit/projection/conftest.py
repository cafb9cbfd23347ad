"""Graphs and the messages of runs to fold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.recorder import Graph, Recorder, graph_of


@pytest.fixture
def make_graph() -> Callable[..., Graph]:
    return graph_of


@pytest.fixture
def make_recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture
def recorder() -> Recorder:
    """Record a diamond: load, then svm and knn, then compare."""
    edges = [("load", "svm"), ("load", "knn"), ("svm", "compare"), ("knn", "compare")]
    return Recorder(graph_of(["load", "svm", "knn", "compare"], edges))


@pytest.fixture
def failed_run(recorder: Recorder) -> Recorder:
    recorder.start_run().start("load").finish("load").start("svm").start("knn")
    return recorder.finish("knn").fail("svm").skip("compare", "svm").finish_run("failed")
