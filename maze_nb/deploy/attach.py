"""Attaching a client to a running scheduler, in bounded time."""

from __future__ import annotations

from distributed import Client
from distributed.deploy.cluster import Cluster

from maze_nb import config
from maze_nb.errors import ConnectionFailedError


def attach(target: str | Cluster) -> Client:
    """Return a client of the scheduler at an address, or of a Dask cluster object.

    Parameters
    ----------
    target
        ``"tcp://host:8786"``, ``"tls://…"``, or any Dask cluster object.

    Raises
    ------
    ConnectionFailedError
        Nothing that speaks as a Dask scheduler answered in the time of the setting
        ``maze.connect-timeout``.
    """
    timeout = config.connect_timeout()
    address = target if isinstance(target, str) else target.scheduler_address
    # A cluster that belongs to a running event loop would make a client that has to be awaited.
    is_direct = isinstance(target, str) or target.asynchronous
    try:
        return Client(address if is_direct else target, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConnectionFailedError(
            f"no Dask scheduler answered at {address} within {timeout:g} s ({error}). "
            "Check that the address is right and reachable from here and that a scheduler runs "
            "there (`dask scheduler`), or leave it out to use an embedded cluster."
        ) from error
