"""Attaching a client to a running scheduler, in bounded time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from distributed import Client, Security
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.core import connect as open_comm
from distributed.core import send_recv
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
    if isinstance(target, str):
        _check_address(target)
    timeout = config.connect_timeout()
    address = target if isinstance(target, str) else target.scheduler_address
    security = Security() if isinstance(target, str) else getattr(target, "security", None)
    # A cluster that belongs to a running event loop would make a client that has to be awaited.
    is_direct = isinstance(target, str) or target.asynchronous
    try:
        _ask_who_it_is(address, security or Security(), timeout)
        return Client(address if is_direct else target, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error) or type(error).__name__
        raise ConnectionFailedError(
            f"no Dask scheduler answered at {address!r} within {timeout:g} s ({reason}). "
            "Check that the address is right and reachable from here and that a scheduler runs "
            "there (`dask scheduler`), or leave it out to use an embedded cluster."
        ) from error


def _check_address(address: str) -> None:
    """Raise ConnectionFailedError for what no scheduler can have as its address.

    Dask takes it for one that does not answer yet, and tries on.
    """
    try:
        scheme, place = parse_address(address)
        if scheme not in ("tcp", "tls", "ws", "wss"):
            return
        host, port = parse_host_port(place)
        if not host:
            reason = "it names no host"
        else:
            reason = "" if 0 < int(port) < 2**16 else f"there is no port {port}"
    except ValueError as error:
        reason = str(error)
    if reason:
        raise ConnectionFailedError(
            f"{address!r} is no address of a scheduler ({reason}): write it as `dask scheduler` "
            f"shows it when it starts, such as 'tcp://host:8786'"
        )


def _ask_who_it_is(address: str, security: Security, timeout: float) -> None:
    """Raise unless a scheduler answers in time.

    A Dask client waits for ever on a peer that takes its connection and then says nothing.
    """
    if address.startswith("inproc://"):
        return

    async def ask() -> dict[str, object]:
        return await asyncio.wait_for(_identity(address, security), timeout)

    with ThreadPoolExecutor(1) as thread:
        identity = thread.submit(asyncio.run, ask()).result()
    if identity.get("type") != "Scheduler":
        raise ValueError(f"a {identity.get('type', 'stranger')} is there")


async def _identity(address: str, security: Security) -> dict[str, object]:
    comm = await open_comm(address, **security.get_connection_args("client"))
    try:
        answer: dict[str, object] = await send_recv(comm, op="identity", n_workers=0)
    finally:
        comm.abort()
    return answer
