"""Which scheduler a command talks to, and whether it is there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from maze_nb.errors import ConnectionFailedError

ADDRESS_VARIABLES = ("DASK_SCHEDULER_ADDRESS", "MAZE_SCHEDULER")

_POLL_SECONDS = 0.1
_SOON = 2.0
_SILENCE = "no answer"


def address_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--address``."""
    return click.option(
        "--address",
        envvar=ADDRESS_VARIABLES,
        metavar="ADDRESS",
        help=f"The scheduler, such as tcp://host:8786; else {' or '.join(ADDRESS_VARIABLES)}.",
    )(command)


def scheduler_file_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--scheduler-file``."""
    return click.option(
        "--scheduler-file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The file that `dask scheduler --scheduler-file` writes, instead of an address.",
    )(command)


def find_address(
    context: click.Context,
    given: str | None,
    file: Path | None,
    *,
    how: str,
    wait: float = 0,
    takes_kept: bool = False,
) -> str:
    """Return the address of the scheduler: as given, from the file, or as Dask is configured.

    Parameters
    ----------
    given
        The value of the parameter ``address`` of the command, which the environment may have set.
    how
        How an address is given to this command, such as ``"--address tcp://host:8786"``.
    wait
        Seconds that the file may take to be there.
    takes_kept
        Whether the command would have taken the cluster of ``maze-nb up``, if there was one.

    Raises
    ------
    click.UsageError
        If nothing says where the scheduler is, or two things do.
    ConnectionFailedError
        If the file says nothing in time.
    """
    if file is not None and given and is_typed(context, "address"):
        raise click.UsageError("give an address or --scheduler-file, not both", context)
    if file is not None:
        return _address_in(file, wait)
    if given:
        return given
    import dask.config

    configured = dask.config.get("scheduler-address", None)
    if not configured:
        others = f"{how}, --scheduler-file FILE, or set {' or '.join(ADDRESS_VARIABLES)}"
        if takes_kept:
            told = f"no cluster is kept here: `maze-nb up` starts one; or name another by {others}"
        else:
            told = f"no scheduler is named: give {others}; `dask scheduler` starts one"
        raise click.UsageError(told, context)
    return str(configured)


def is_typed(context: click.Context, name: str) -> bool:
    """Say whether a parameter was given on the command line."""
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def ask_scheduler(address: str, seconds: float) -> dict[str, Any]:
    """Return what the scheduler at an address says of itself and its workers.

    Tries until the time is up, and says on standard error that it does.

    Raises
    ------
    ConnectionFailedError
        If no scheduler answers in time, with the last reason.
    """
    deadline = time.monotonic() + seconds
    try:
        return _ask(address, min(_SOON, seconds))
    except OSError as error:
        left = deadline - time.monotonic()
        if left <= _POLL_SECONDS:
            raise _unreachable(address, seconds, error) from error
        click.echo(
            f"{address}: {reason_at(address, error)}; trying for {left:.0f} s more", err=True
        )
    try:
        return _ask(address, left)
    except OSError as error:
        raise _unreachable(address, seconds, error) from error


def _ask(address: str, seconds: float) -> dict[str, Any]:
    """Return the identity of a scheduler; an OSError says that another try may do."""
    import asyncio

    from distributed import Security
    from distributed.comm.core import connect
    from distributed.core import send_recv

    async def ask() -> dict[str, Any]:
        security = Security().get_connection_args("client")
        comm = await connect(address, timeout=seconds, **security)
        try:
            answer: dict[str, Any] = await send_recv(comm, op="identity")
        finally:
            comm.abort()
        return answer

    async def ask_in_time() -> dict[str, Any]:
        # A peer may take the connection and then say nothing.
        return await asyncio.wait_for(ask(), seconds + 0.5)

    try:
        identity = asyncio.run(ask_in_time())
    except (ValueError, TypeError, RuntimeError) as error:
        raise ConnectionFailedError(
            f"{address!r} is no address of a scheduler ({error}): write it as in tcp://host:8786"
        ) from error
    if identity.get("type") != "Scheduler":
        raise ConnectionFailedError(
            f"at {address} is a {identity.get('type', 'stranger')} and no scheduler: "
            f"give the address that `dask scheduler` shows when it starts"
        )
    return identity


def _unreachable(address: str, seconds: float, error: OSError) -> ConnectionFailedError:
    return ConnectionFailedError(
        f"no scheduler answered at {address} within {seconds:g} s: {reason_at(address, error)}. "
        f"Check the address, and that `dask scheduler` runs there and can be reached from here"
    )


def reason_at(address: str, error: BaseException) -> str:
    """Return why nothing answers at an address."""
    reason = reason_of(error)
    if reason == _SILENCE:
        # The last of many tries is cut short, so what the others met is looked for again.
        import socket

        from distributed.comm.addressing import get_address_host_port

        try:
            socket.create_connection(get_address_host_port(address), _POLL_SECONDS).close()
        except OSError as unknown:
            return reason_of(unknown)
    return reason


def reason_of(error: BaseException) -> str:
    """Return what lies at the bottom of a failure, such as to connect."""
    import asyncio
    import socket

    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ConnectionRefusedError):
        return "connection refused, nothing listens there"
    if isinstance(error, socket.gaierror):
        return "no machine is known by that name"
    if isinstance(error, (TimeoutError, asyncio.CancelledError)):
        return _SILENCE
    return str(error) or type(error).__name__


def _address_in(file: Path, wait: float) -> str:
    started, is_told = time.monotonic(), False
    while True:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            waited = time.monotonic() - started
            if _SOON <= waited < wait and not is_told:
                is_told = True
                reason = "no such file" if isinstance(error, FileNotFoundError) else error
                click.echo(
                    f"{file}: {reason}; waiting {wait - waited:.0f} s more for a scheduler "
                    f"to write it",
                    err=True,
                )
            if waited >= wait:
                raise ConnectionFailedError(
                    f"the scheduler file {file} names no scheduler "
                    f"({type(error).__name__}: {error}): give the file that "
                    f"`dask scheduler --scheduler-file` writes"
                ) from error
        time.sleep(_POLL_SECONDS)
