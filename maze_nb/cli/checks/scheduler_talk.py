"""What a scheduler says of itself and its workers, asked without installing anything in it."""

from __future__ import annotations

import asyncio
import pickle
import pkgutil
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from maze_nb.errors import ConnectionFailedError

_MAZE = "maze_nb.version:__version__"
_DISTRIBUTED = "distributed:__version__"


@dataclass(frozen=True)
class Peer:
    """A scheduler or a worker: its versions, empty where they are not to be had."""

    address: str
    python: str
    distributed: str
    maze: str


@dataclass(frozen=True)
class Told:
    """What a scheduler told.

    Attributes
    ----------
    has_maze
        Whether Maze is at work in it.
    dashboard
        The port of its dashboard; None if it has none.
    """

    scheduler: Peer
    workers: list[Peer]
    has_maze: bool
    dashboard: int | None
    extra: dict[str, Any] = field(default_factory=dict)


def ask(address: str, seconds: float) -> Told:
    """Return what the scheduler at an address says.

    Raises
    ------
    ConnectionFailedError
        If none answers in time.
    """
    from maze_nb.cli.scheduler import reason_at

    try:
        return asyncio.run(asyncio.wait_for(_ask(address), seconds))
    except (OSError, ValueError, TypeError, RuntimeError, asyncio.CancelledError) as error:
        raise ConnectionFailedError(
            f"no scheduler answers at {address} within {seconds:g} s ({reason_at(address, error)})"
        ) from error


async def _ask(address: str) -> Told:
    from distributed import Security
    from distributed.comm.core import connect
    from distributed.core import send_recv

    comm = await connect(address, **Security().get_connection_args("client"))
    try:
        identity = await send_recv(comm, op="identity")
        if identity.get("type") != "Scheduler":
            raise ValueError(f"a {identity.get('type', 'stranger')} is there")
        found = {
            name: (await _run(comm, call), await _run_on_workers(comm, call))
            for name, call in _CALLS.items()
        }
        has_maze = await send_recv(comm, op="maze_version") is not None
    finally:
        comm.abort()
    workers = [
        Peer(worker, **{name: answers[1].get(worker, "") for name, answers in found.items()})
        for worker in found["python"][1]
    ]
    scheduler = Peer(address, **{name: answers[0] for name, answers in found.items()})
    port = identity.get("services", {}).get("dashboard")
    return Told(scheduler, workers, has_maze, port)


# Only what Python itself has: Maze may be missing there.
_CALLS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "python": (platform.python_version, ()),
    "distributed": (pkgutil.resolve_name, (_DISTRIBUTED,)),
    "maze": (pkgutil.resolve_name, (_MAZE,)),
}


def _message(call: tuple[Callable[..., Any], tuple[str, ...]]) -> dict[str, Any]:
    function, arguments = call
    packed = pickle.dumps(arguments) if arguments else ()
    return {"function": pickle.dumps(function), "args": packed}


async def _run(comm: Any, call: tuple[Callable[..., Any], tuple[str, ...]]) -> str:
    from distributed.core import send_recv

    return _answer(await send_recv(comm, op="run_function", **_message(call)))


async def _run_on_workers(
    comm: Any, call: tuple[Callable[..., Any], tuple[str, ...]]
) -> dict[str, str]:
    from distributed.core import send_recv

    message = {"op": "run", **_message(call)}
    told = await send_recv(comm, op="broadcast", msg=message, on_error="ignore")
    return {worker: _answer(answer) for worker, answer in told.items()}


def _answer(answer: Any) -> str:
    """Return what a call gave as a text, empty if it raised."""
    if isinstance(answer, dict) and answer.get("status") == "OK":
        return str(answer["result"])
    return ""
