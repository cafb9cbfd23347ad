"""A Jupyter server with a home of its own for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maze_nb import config
from tests.served import Served, served


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv(config.HOME_VARIABLE, str(folder))
    return folder


@pytest.fixture
def server(home: Path, tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, "--MazeServerApp.max_sockets=4") as found:
        yield found
