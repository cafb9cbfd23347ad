"""Modules beside workflow files."""

from __future__ import annotations

from pathlib import Path

import pytest

MODULE = """
from maze_nb import task, workflow

def train(lr: float, epochs=3):
    return {"accuracy": lr}

@task(inputs=["rows"], outputs=["loss", "model"])
def fit(params):
    return {"loss": 0, "model": 1}

def generate():
    yield 1

NUMBER = 5

@workflow
def flow():
    return 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with modules; what is imported from it is forgotten."""
    import sys

    for name, text in {
        "jobs": MODULE,
        "broken": "1 / 0",
        "exits": "raise SystemExit('no')",
        "nonsense": "def (",
        "two": "def add(a, b): return a + b",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path
