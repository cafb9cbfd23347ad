"""Remote calls to the scheduler, with errors that say what became of it."""

from __future__ import annotations

from typing import Any

from distributed import Client
from distributed.comm.core import CommClosedError

from maze_nb.sdk.lost_connection import (
    closed_client,
    is_closed,
    lost_scheduler,
    scheduler_without_maze,
)
from maze_nb.wire.reply import answer_of

_CALL_SECONDS = 60


class Caller:
    """Calls operations of one scheduler.

    Parameters
    ----------
    dask_client
        The Dask client whose connection is used.
    address
        Names the scheduler in errors.
    """

    def __init__(self, dask_client: Client, address: str) -> None:
        self.address = address
        self._dask_client = dask_client
        self._is_closed = False

    def close(self) -> None:
        """Refuse all further calls."""
        self._is_closed = True

    def call(self, operation: str, **arguments: Any) -> Any:
        """Return the answer of an operation of Maze, or raise why it refuses."""
        return answer_of(self.ask(operation, **arguments))

    def ask(self, operation: str, **arguments: Any) -> Any:
        """Return what an operation replies, as it is.

        Raises
        ------
        ConnectionFailedError
            If the scheduler is gone, or was started anew without Maze.
        """

        async def ask() -> Any:
            return await getattr(self._dask_client.scheduler, operation)(**arguments)

        if self._is_closed:
            raise closed_client(self.address)
        if is_closed(self._dask_client):
            raise lost_scheduler(self.address)
        try:
            reply = self._dask_client.sync(ask, callback_timeout=_CALL_SECONDS)
        except (OSError, CommClosedError, TimeoutError) as error:
            raise lost_scheduler(self.address, error) from error
        except (RuntimeError, AttributeError) as error:
            # What the scheduler raises comes here too, and is to be seen as it is.
            if not is_closed(self._dask_client):
                raise
            raise lost_scheduler(self.address, error) from error
        if reply is None:
            raise scheduler_without_maze(self.address)
        return reply
