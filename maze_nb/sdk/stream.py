"""Brings a run's messages from the scheduler into its log, in the background."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any

from distributed import Client
from distributed.comm.core import CommClosedError

from maze_nb.errors import ConnectionFailedError, MazeError, UnknownRunError
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.lost_connection import (
    interrupted_run,
    is_closed,
    lost_scheduler,
    scheduler_without_maze,
)
from maze_nb.wire.messages import Message, decode_message, split_events
from maze_nb.wire.reply import answer_of

_WAIT = 10.0
_PAUSE = 0.02
_GIVE_UP_AFTER = 30.0

Read = Callable[[Message], Message]
Keep = Callable[[Sequence[bytes]], None]
"""Takes encoded events that have arrived; may block."""


def start_stream(
    client: Client, address: str, log: MessageLog, read: Read, keep: Keep | None = None
) -> Future[None]:
    """Follow a run until its end; the log says if that fails."""
    loop: Any = client.loop
    return asyncio.run_coroutine_threadsafe(
        _guarded(_follow(client, address, log, read, keep), log), loop.asyncio_loop
    )


async def _guarded(following: Coroutine[Any, Any, None], log: MessageLog) -> None:
    try:
        await following
    except asyncio.CancelledError:
        log.fail(
            ConnectionFailedError(
                f"the client was closed while run {log.run_id} was followed; "
                f"connect again and use client.get_run({log.run_id!r})"
            )
        )
        raise
    except (ConnectionFailedError, UnknownRunError) as error:
        log.fail(error, is_lost=True)
    except MazeError as error:
        log.fail(error)
    except Exception as error:  # noqa: BLE001 - the boundary of a background job
        log.fail(MazeError(f"run {log.run_id} cannot be followed: {error!r}"))


async def _follow(
    client: Client, address: str, log: MessageLog, read: Read, keep: Keep | None
) -> None:
    scheduler: Any = client.scheduler
    lost_since: float | None = None
    is_warned = False
    while not log.is_complete:
        try:
            reply = await asyncio.wait_for(
                scheduler.maze_events_after(run_id=log.run_id, seq=log.last_seq, wait=_WAIT),
                3 * _WAIT,
            )
        except (OSError, CommClosedError, TimeoutError, RuntimeError) as error:
            lost_since = lost_since or time.monotonic()
            if is_closed(client) or time.monotonic() - lost_since > _GIVE_UP_AFTER:
                raise lost_scheduler(address, error) from error
            if isinstance(error, RuntimeError):
                raise
            await asyncio.sleep(0.5)
            continue
        if reply is None:
            raise scheduler_without_maze(address)
        lost_since = None
        answer = answer_of(reply)
        events = split_events(answer["events"])
        messages = [read(decode_message(data)) for data in events]
        is_end = bool(messages) and messages[-1]["type"] == "finish_workflow"
        if keep is not None and is_end:
            # Whoever sees the end may close the client at once, or this process may end.
            await asyncio.to_thread(keep, events)
        log.append(messages)
        if keep is not None and events and not is_end:
            await asyncio.to_thread(keep, events)
        if answer["is_interrupted"]:
            raise interrupted_run(log.run_id)
        if answer["trouble"] and not is_warned:
            is_warned = True
            warnings.warn(_kept_in_memory(log.run_id, answer["trouble"]), stacklevel=1)
        await asyncio.sleep(_PAUSE)


def _kept_in_memory(run_id: str, trouble: str) -> str:
    return (
        f"run {run_id} goes on, but what becomes of it is only in the scheduler's memory until "
        f"that is mended: {trouble}"
    )
