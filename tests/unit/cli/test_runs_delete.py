"""Runs of which only a copy is here can be dropped, however they ended where they ran."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from maze_nb.cli.main import main
from maze_nb.store.open import open_store
from maze_nb.store.protocol import COPY_OF, StoredRun


def test_a_copy_that_was_never_heard_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZE_HOME", str(tmp_path))
    run_id = "a" * 32
    store = open_store(tmp_path / "runs.db")
    store.create(StoredRun(run_id, "w", "far", 1.0, owner=f"{COPY_OF}tcp://gone:1"), b"", b"")
    store.close()
    done = CliRunner().invoke(main, ["runs", "delete", run_id])
    assert done.exit_code == 0, done.output
    assert open_store(tmp_path / "runs.db", reading=True).runs() == []
