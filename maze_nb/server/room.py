"""What the handlers of one server share: the open views, and threads for what may block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from maze_nb.sdk.feed.hub import Hub
    from maze_nb.sdk.feed.run_feed import Say
    from maze_nb.server.client import ServerClient
    from maze_nb.server.schedulers import Schedulers

T = TypeVar("T")

_THREADS = 4
_LINGER_SECONDS = 6.0
"""After this a view has let go of what it looked at, and a page that is loaded anew is back."""


class Closing(Protocol):
    """An open view."""

    def leave(self, reason: str) -> None:
        """Close it, with a reason for the other side."""
        ...


class Room:
    """Guards how many views are open, and that none outlives the server.

    All views are answered from one client, so that what several look at is in memory once.

    Parameters
    ----------
    most
        How many views may be open at once.
    """

    SETTING: ClassVar[str] = "maze_nb_room"
    """The name under which the server's settings have it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: set[Closing] = set()
        self._is_closed = False
        self._making = Lock()
        self._client: ServerClient | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="maze-server")

    def admit(self, view: Closing) -> bool:
        """Note that a view is open; False if there are too many."""
        if len(self._open) >= self._most:
            return False
        self._open.add(view)
        return True

    def discharge(self, view: Closing) -> None:
        """Note that a view is open no more; what nobody else looks at is forgotten soon."""
        if view in self._open:
            self._open.remove(view)
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._let_go)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` gives, done in a thread: it may block, the server's loop may not."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def hub(self, say: Say) -> Hub:
        """Return what hears one view; blocks, as nothing of Dask is imported before."""
        from maze_nb.sdk.feed.desk import Desk
        from maze_nb.sdk.feed.hub import Hub

        return Hub(say, Desk(self._shared_client()))

    def schedulers(self) -> Schedulers:
        """Return the schedulers that are known here; blocks as `hub` does."""
        return self._shared_client().schedulers

    async def close(self) -> None:
        """Close all views; nothing is done in threads any more."""
        self._is_closed = True
        for view in list(self._open):
            view.leave("the server ends")
        if self._client is not None:
            self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _shared_client(self) -> ServerClient:
        from maze_nb.server.client import ServerClient
        from maze_nb.server.schedulers import Schedulers

        with self._making:
            if self._client is None:
                self._client = ServerClient(Schedulers())
        return self._client

    def _let_go(self) -> None:
        client = self._client
        if client is not None and not self._is_closed:
            work = client.let_go if self._open else client.let_go_of_all
            self._threads.submit(work)
