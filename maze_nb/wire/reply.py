"""How the scheduler replies to remote calls: with an answer, or with why it refuses.

An error that is raised there would fill its log. That every reply is something tells it from that
of a scheduler without Maze, which answers None to what it does not know.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

from maze_nb.errors import MazeError

_ANSWER = "answer"
_REFUSAL = "refusal"


def replying(handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Return a handler of remote calls that replies also with its errors."""

    @functools.wraps(handler)
    async def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return {_ANSWER: await handler(*args, **kwargs)}
        except MazeError as error:
            return {_REFUSAL: pickle.dumps(error)}

    return call


def answer_of(reply: dict[str, Any]) -> Any:
    """Return the answer in a reply, or raise the error that is in it."""
    if _REFUSAL in reply:
        raise pickle.loads(reply[_REFUSAL])
    return reply[_ANSWER]
