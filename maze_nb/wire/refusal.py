"""What the scheduler refuses to do, as a reply: an error raised there would fill its log."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

from maze_nb.errors import MazeError

_REFUSED = "maze_refused"


def refusing(handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return a handler of remote calls that replies with its errors instead of raising them."""

    @functools.wraps(handler)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await handler(*args, **kwargs)
        except MazeError as error:
            return {_REFUSED: pickle.dumps(error)}

    return call


def accept(reply: Any) -> Any:
    """Return a reply of the scheduler, or raise the error that is in it."""
    if isinstance(reply, dict) and _REFUSED in reply:
        raise pickle.loads(reply[_REFUSED])
    return reply
