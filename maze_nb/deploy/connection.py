"""Which cluster a client of Maze talks to, and the connection to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import dask.config
from distributed import Client
from distributed.deploy.cluster import Cluster

from maze_nb.config import use_kept
from maze_nb.deploy.attach import attach
from maze_nb.deploy.attach_kept import attach_kept
from maze_nb.deploy.embedded import embedded_cluster
from maze_nb.deploy.kept import find_kept
from maze_nb.errors import ConnectionFailedError

Kind = Literal["address", "cluster", "configured", "kept", "embedded"]


@dataclass(frozen=True)
class Connection:
    """A client of one cluster.

    Attributes
    ----------
    client
        The Dask client: synchronous, and not the default client of this process.
    kind
        How the cluster was found: a given address, a given cluster object, Dask's own
        configuration, the cluster that ``maze-nb up`` keeps, or the embedded one of this process.
    """

    client: Client
    kind: Kind

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        scheduler = self.client.scheduler
        return "" if scheduler is None else str(scheduler.address)

    def close(self) -> None:
        """Close the client. The cluster stays: whoever started it ends it."""
        self.client.close()


def connect(address: str | None = None, cluster: Cluster | None = None) -> Connection:
    """Connect to a cluster: the one given, else the one Dask is configured for, else our own.

    Parameters
    ----------
    address
        Address of a running scheduler.
    cluster
        A Dask cluster object; give one of the two at most.

    Returns
    -------
    Connection
        Without either, ``DASK_SCHEDULER_ADDRESS`` (the Dask setting ``scheduler-address``) is
        used, without that the cluster that ``maze-nb up`` keeps, and without that the embedded
        one, started once in a process.

    Raises
    ------
    ConnectionFailedError
        The scheduler could not be reached, or both were given.
    VersionError
        The kept cluster runs another version of Maze.
    """
    if address is not None and cluster is not None:
        raise ConnectionFailedError("give an address or a cluster to connect to, not both")
    if address is not None:
        return Connection(attach(address), "address")
    if cluster is not None:
        return Connection(attach(cluster), "cluster")
    configured = dask.config.get("scheduler-address", None)
    if configured:
        return Connection(attach(str(configured)), "configured")
    kept = find_kept() if use_kept() else None
    if kept is not None:
        client = attach_kept(kept)
        if client is not None:
            return Connection(client, "kept")
    return Connection(attach(embedded_cluster()), "embedded")
