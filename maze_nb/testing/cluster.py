"""The cluster that tests use, in a home of its own, and gone without a trace at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dask.config

from maze_nb import config
from maze_nb.deploy.embedded import EmbeddedCluster
from maze_nb.sdk.client import MaClient

_ADDRESS = "DASK_SCHEDULER_ADDRESS"
_OTHER_ADDRESS = "MAZE_SCHEDULER"


@dataclass(frozen=True)
class MazeCluster:
    """A cluster for tests.

    Attributes
    ----------
    address
        Of its scheduler.
    home
        The folder where its runs are kept.
    slots
        How many worker processes it has.
    """

    address: str
    home: Path
    slots: int
    _clients: list[MaClient] = field(default_factory=list, repr=False)

    def client(self) -> MaClient:
        """Return a client of it, which is closed at the end of the session."""
        made = MaClient(self.address)
        self._clients.append(made)
        return made

    def close_clients(self) -> None:
        """Close all clients that it gave."""
        while self._clients:
            self._clients.pop().close()


@contextlib.contextmanager
def local_cluster(home: Path, slots: int) -> Iterator[MazeCluster]:
    """Give a cluster that clients in this process, and in those it starts, find by themselves.

    Parameters
    ----------
    home
        The folder for its runs.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment({config.HOME_VARIABLE: str(home), _OTHER_ADDRESS: None}))
        started = stack.enter_context(EmbeddedCluster(slots))
        address = str(started.scheduler_address)
        stack.enter_context(_environment({_ADDRESS: address}))
        stack.enter_context(dask.config.set({"scheduler-address": address}))
        cluster = MazeCluster(address, home, slots)
        stack.callback(cluster.close_clients)
        yield cluster


@contextlib.contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Have variables of the environment set, or not set if None, for a while."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
