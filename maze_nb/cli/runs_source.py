"""Where the runs are that a command is about: on a scheduler, or kept on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.scheduler import (
    address_option,
    ask_scheduler,
    find_address,
    scheduler_file_option,
)

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.run import Run
    from maze_nb.wire.submission import RunSummary

_HOW = "--address tcp://host:8786"


def where_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where the scheduler is."""
    return address_option(scheduler_file_option(command))


@dataclass(frozen=True)
class Source:
    """Runs that can be read, and changed if a scheduler is there.

    Attributes
    ----------
    client
        Offline if there is no scheduler.
    is_connected
        Whether there is one.
    """

    client: MaClient
    is_connected: bool

    def runs(self) -> list[RunSummary]:
        """Return the runs, the newest first."""
        return sorted(self.client.runs(), key=lambda run: run.started, reverse=True)

    def find(self, wanted: str) -> RunSummary:
        """Return the run with this id, the only one whose id begins so, or the ``latest``.

        Raises
        ------
        UnknownRunError
            If there is none, or more than one.
        """
        from maze_nb.config import home
        from maze_nb.sdk.look_up import find_run

        if self.is_connected:
            return find_run(wanted, self.client.runs(), f"at {self.client.address}")
        where = f"in {home()}"
        return find_run(wanted, self.client.runs(), where, f"for runs of a scheduler give {_HOW}")

    def open(self, wanted: str) -> Run:
        """Return the handle of a run named as for `find`, with what is known of it by now."""
        from maze_nb.sdk.look_up import catch_up

        found = self.find(wanted)
        run = self.client.get_run(found.run_id)
        catch_up(run, found)
        return run


@contextlib.contextmanager
def reading(context: click.Context) -> Iterator[Source]:
    """Give the runs of the scheduler that is named or kept, else those on this machine."""
    from maze_nb.errors import MazeError
    from maze_nb.sdk.client import MaClient

    with plainly():
        client = None
        if (address := _named(context)) is not None:
            client = MaClient(address)
        else:
            try:
                client = _kept_client()
            except MazeError as error:
                click.echo(f"{error}. Showing what is kept on this machine", err=True)
        with client or MaClient(offline=True) as given:
            yield Source(given, client is not None)


@contextlib.contextmanager
def acting(context: click.Context) -> Iterator[Source]:
    """Give the runs of the scheduler that is named or kept; there has to be one."""
    from maze_nb.errors import ConnectionFailedError
    from maze_nb.sdk.client import MaClient

    with plainly():
        address = _named(context)
        client = MaClient(address) if address else _kept_client()
        if client is None:
            raise ConnectionFailedError(
                f"this takes a scheduler: `maze-nb up` starts one on this machine, or give "
                f"{_HOW} of another"
            )
        with client:
            yield Source(client, True)


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Say what is raised as one line, without a traceback."""
    from maze_nb.errors import MazeError

    try:
        yield
    except (MazeError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _named(context: click.Context) -> str | None:
    """Return the address that the command line, the environment or Dask's settings name."""
    import dask.config

    from maze_nb import config

    address, file = context.params["address"], context.params["scheduler_file"]
    if not (address or file or dask.config.get("scheduler-address", None)):
        return None
    found = find_address(context, address, file, how=_HOW)
    ask_scheduler(found, config.connect_timeout())
    return found


def _kept_client() -> MaClient | None:
    """Return a client of the cluster that ``maze-nb up`` keeps, None if none is up."""
    from maze_nb.deploy.kept import find_kept
    from maze_nb.sdk.client import MaClient

    return MaClient() if find_kept() is not None else None
