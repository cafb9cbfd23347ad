"""A cluster for maps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from distributed import LocalCluster

from maze_nb import MaClient


@pytest.fixture(scope="module")
def two() -> Iterator[MaClient]:
    """Give a client of a cluster with two workers."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        MaClient(cluster=cluster) as client,
    ):
        yield client
