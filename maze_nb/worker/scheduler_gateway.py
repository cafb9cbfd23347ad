"""Asks the scheduler how its web server is reached."""

from __future__ import annotations

import asyncio
import logging

from distributed.worker import Worker

from maze_nb.artifacts.gateway import Gateway, learn_gateway, set_gateway
from maze_nb.errors import ArtifactError, MazeError
from maze_nb.wire.reply import answer_of

logger = logging.getLogger(__name__)

_SECONDS = 30.0


async def find_gateway(worker: Worker) -> None:
    """Have this process and its child processes know it; where it is not told, it is asked for."""
    learn_gateway(lambda: ask_gateway(worker))
    try:
        set_gateway(await _told(worker))
    except (OSError, TimeoutError, MazeError) as error:
        logger.info("The scheduler does not say where its web server is: %r", error)


def ask_gateway(worker: Worker) -> Gateway:
    """Return what the scheduler of a worker says; called by its threads.

    Raises
    ------
    ArtifactError
        If it does not answer.
    MazeError
        If it has no web server.
    """
    loop = worker.loop.asyncio_loop  # type: ignore[attr-defined]
    try:
        return asyncio.run_coroutine_threadsafe(_told(worker), loop).result(_SECONDS + 5)
    except (OSError, TimeoutError) as error:
        raise ArtifactError(
            f"the scheduler does not say where its web server is ({error!r}): is it there?"
        ) from error


async def _told(worker: Worker) -> Gateway:
    told = await asyncio.wait_for(worker.scheduler.maze_gateway(to_worker=True), _SECONDS)
    found: dict[str, str] = answer_of(told)
    return Gateway(**found)
