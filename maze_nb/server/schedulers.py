"""Which schedulers are known on this machine, which of them has a run, and calls to them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import dask.config
from distributed import Security
from distributed.comm.core import CommClosedError
from distributed.comm.core import connect as open_comm
from distributed.core import send_recv

from maze_nb import config
from maze_nb.deploy.kept import find_kept
from maze_nb.errors import ConnectionFailedError, MazeError, VersionError
from maze_nb.sdk.lost_connection import scheduler_without_maze
from maze_nb.sdk.shelf import Shelf
from maze_nb.store.owners import address_of, folder_beside, living
from maze_nb.store.protocol import COPY_OF, StoredRun
from maze_nb.version import __version__
from maze_nb.wire.reply import answer_of
from maze_nb.wire.submission import NodeSummary, decode_nodes

T = TypeVar("T")

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 20.0
_GLANCE_SECONDS = 3.0
_AT_ONCE = 8

_START_ONE = "start one with `maze-nb up`, or set DASK_SCHEDULER_ADDRESS for this server"


@dataclass(frozen=True)
class NodesOfScheduler:
    """The nodes of one scheduler, or why they are not known."""

    address: str
    nodes: tuple[NodeSummary, ...] = ()
    reason: str = ""


class Schedulers:
    """Finds schedulers by the files that they keep in the home, and calls them one call at a time.

    No connection stays open, so there is nothing to end.
    """

    def known(self) -> list[str]:
        """Return the addresses of the schedulers that there are, the kept one first.

        Raises
        ------
        MazeError
            If the files that tell of them cannot be read.
        """
        return list(dict.fromkeys(filter(None, [*_named(), *_owning(), *_copied()])))

    def of_run(self, run: StoredRun) -> str:
        """Return the address of the scheduler that has a run, or could take it up.

        Raises
        ------
        ConnectionFailedError
            If there is none.
        """
        address = _owner_of(run)
        if address:
            return address
        if run.owner.startswith(COPY_OF):
            return run.owner.removeprefix(COPY_OF)
        if run.finished is None and run.status == "running":
            raise ConnectionFailedError(
                f"run {run.run_id} goes on in the process {run.owner}, which does not say where "
                "it is to be asked: do this there"
            )
        here = next(filter(None, [*_named(), *_owning()]), None)
        if here is None:
            state = "has ended" if run.finished is not None else "is interrupted"
            raise ConnectionFailedError(
                f"this takes a scheduler, and that of run {run.run_id}, which {state}, is gone: "
                f"{_START_ONE}"
            )
        return here

    def any(self) -> str:
        """Return the address of a scheduler, for what is about none in particular.

        Raises
        ------
        ConnectionFailedError
            If there is none.
        """
        known = self.known()
        if not known:
            raise ConnectionFailedError(f"no scheduler is known here: {_START_ONE}")
        return known[0]

    def call(self, address: str, operation: str, **arguments: Any) -> Any:
        """Return the answer of an operation of a scheduler, or raise why there is none."""
        return _waited(_answer(address, operation, arguments, _ANSWER_SECONDS))

    def nodes(self) -> list[NodesOfScheduler]:
        """Return the nodes of all schedulers that are known, in bounded time."""
        return _waited(_all_nodes(self.known()))


def _named() -> list[str]:
    kept = find_kept()
    configured = dask.config.get("scheduler-address", None)
    return [kept.address if kept is not None else "", str(configured or "")]


def _owning() -> Iterable[str]:
    file = config.store_file()
    if file is None:
        return []
    folder = folder_beside(file.absolute())
    return [address_of(folder, name) for name in living(folder)]


def _copied() -> Iterable[str]:
    going_on = (run for run in Shelf().runs() if run.finished is None)
    return [run.owner.removeprefix(COPY_OF) for run in going_on if run.owner.startswith(COPY_OF)]


def _owner_of(run: StoredRun) -> str:
    file = config.store_file()
    return "" if file is None else address_of(folder_beside(file.absolute()), run.owner)


def _waited(work: Coroutine[Any, Any, T]) -> T:
    # The thread that waits may have an event loop of its own that must not be entered again.
    with ThreadPoolExecutor(1, thread_name_prefix="maze-call") as thread:
        return thread.submit(asyncio.run, work).result()


async def _all_nodes(addresses: Iterable[str]) -> list[NodesOfScheduler]:
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(address: str) -> NodesOfScheduler:
        async with limit:
            try:
                told = await _answer(address, "maze_nodes", {}, _GLANCE_SECONDS)
                return NodesOfScheduler(address, tuple(decode_nodes(told)))
            except MazeError as error:
                return NodesOfScheduler(address, reason=str(error))

    return list(await asyncio.gather(*map(one, addresses)))


async def _answer(address: str, operation: str, arguments: dict[str, Any], seconds: float) -> Any:
    security = Security().get_connection_args("client")
    try:
        comm = await asyncio.wait_for(open_comm(address, **security), _CONNECT_SECONDS)
        try:
            return await asyncio.wait_for(_asked(comm, address, operation, arguments), seconds)
        finally:
            comm.abort()
    except (OSError, CommClosedError, TimeoutError, ValueError, TypeError) as error:
        raise ConnectionFailedError(
            f"the scheduler at {address} does not answer ({str(error) or type(error).__name__}): "
            f"see that it still runs, or {_START_ONE}"
        ) from error


async def _asked(comm: Any, address: str, operation: str, arguments: dict[str, Any]) -> Any:
    theirs = await send_recv(comm, op="maze_version")
    if theirs is None:
        raise scheduler_without_maze(address)
    if theirs != __version__:
        raise VersionError(
            f"the scheduler at {address} runs maze_nb {theirs}, but this server {__version__}: "
            "install the same version for both, and start the one that is older anew"
        )
    reply = await send_recv(comm, op=operation, **arguments)
    if reply is None:
        raise scheduler_without_maze(address)
    return answer_of(reply)
