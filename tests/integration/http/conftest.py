"""Web servers of real schedulers for the tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from maze_nb import MaClient
from tests.web_receiver import Receiver
from tests.web_site import Site, site_of


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with MaClient() as client:
        yield site_of(client, Path(os.environ["MAZE_HOME"]) / "results")


@pytest.fixture
def start_site(start_cluster: Callable, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Give a function that starts a scheduler and a worker that share no folder."""
    with ExitStack() as stack:

        def start(**env: str) -> Site:
            root = tmp_path / "kept"
            home = str(tmp_path / "home")
            cluster = start_cluster({"MAZE_HOME": home, "RESULTS_DIR": str(root), **env})
            cluster.add_worker("far", env={"RESULTS_DIR": str(tmp_path / "far")})
            return site_of(stack.enter_context(MaClient(cluster.address)), root)

        yield start


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Give a scheduler in a process of its own, which can be killed and started anew."""
    made = Receiver(tmp_path)
    made.start()
    try:
        yield made
    finally:
        made.kill()
