"""Clusters whose tasks run in child processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maze_nb import MaClient


@pytest.fixture(params=["embedded", "nannied"])
def client(request: pytest.FixtureRequest) -> Iterator[MaClient]:
    """Give a client of each kind of cluster."""
    address = None if request.param == "embedded" else request.getfixturevalue("nannied")
    with MaClient(address) as made:
        yield made
